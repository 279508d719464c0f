// The table of processes is in two documents, and must be the same in both.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public class SecurityModelTests
{
    [Fact]
    public void Both_tables_of_processes_are_the_same()
    {
        string[] table = Table("docs/SECURITY-MODEL.md");
        Assert.Equal(7, table.Length);
        Assert.Equal(table, Table("ARCHITECTURE.md"));
    }

    private static string[] Table(string file) => [.. File.ReadLines(Path.Combine(Repository.Root, file))
        .SkipWhile(static line => !line.StartsWith("| process |", StringComparison.Ordinal))
        .TakeWhile(static line => line.StartsWith('|'))];
}
