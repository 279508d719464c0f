// Every deliberate difference that a test asserts is explained to administrators.
using Authd.Tests.Conformance.Ldap;
using Authd.Tests.Conformance.Modules;
using Authd.Tests.Conformance.Mysql;
using Authd.Tests.Conformance.Pam;
using Authd.Tests.Conformance.Pgsql;
using Authd.Tests.Conformance.Pipe;
using Authd.Tests.Conformance.Sql;
using Authd.Tests.Conformance.Sqlite;
using Xunit;

namespace Authd.Tests.Conformance.Differences;

public class DocumentTests
{
    public static TheoryData<string> Ids =>
    [
        .. UserdbDifferences.All.Select(d => d.Id).Append(UserdbDifferences.AuthServiceEnumerate)
            .Concat([.. PgsqlDifferenceTests.Ids, .. MysqlDifferenceTests.Ids, .. SqliteDifferenceTests.Ids,
                .. PasswordChangeTests.Ids])
            .Concat([.. UserdbToolDifferenceTests.Ids, .. PipeDifferenceTests.Ids, .. LdapDifferenceTests.Ids,
                .. PamDifferenceTests.Ids, ModuleListTests.MissingModules])
            .Distinct(),
    ];

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_document_has_it(string id) => Assert.Contains($"`{id}`", Document(), StringComparison.Ordinal);

    private static string Document()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "docs", "DIFFERENCES.md");
            if (File.Exists(candidate))
            {
                return File.ReadAllText(candidate);
            }
        }

        throw new FileNotFoundException("docs/DIFFERENCES.md");
    }
}
