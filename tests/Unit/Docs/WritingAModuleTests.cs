// docs/WRITING-A-MODULE.md: its module compiles (it is ListModule.cs beside this file) and does what the page says.
using System.Text;
using Authd.Core;
using Authd.Tests.Support;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Docs;

public sealed class WritingAModuleTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly LogLines _log = new(debugLevel: 0);
    private readonly BlockingWork _blocking = new(1);

    public void Dispose()
    {
        _blocking.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void The_page_shows_the_file_that_is_compiled()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "WRITING-A-MODULE.md"));
        string code = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Unit", "Docs", "ListModule.cs"));
        Assert.Contains($"```csharp\n{code}```\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_module_finds_checks_and_notices_changes()
    {
        await using ListModule module = Create();
        Assert.Equal(Verdict.TempFail, await AskAsync(module, "john"));

        Write("john {SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g= 1000 1001 /home/john\nbroken x\n");
        Assert.Equal(Verdict.Accept, await AskAsync(module, "john"));
        Assert.Equal(Verdict.Reject, await AskAsync(module, "nosuch"));
        Assert.Equal(Verdict.TempFail, await AskAsync(module, "broken"));
        Assert.Equal(Verdict.Accept, await LogInAsync(module, "john", "password"));
        Assert.Equal(Verdict.Reject, await LogInAsync(module, "john", "wrong"));

        Write("mary {SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g= 1000 1001 /home/mary\n");
        Assert.Equal(Verdict.Reject, await AskAsync(module, "john"));
        Assert.Equal(Verdict.Accept, await AskAsync(module, "mary"));
    }

    private ListModule Create() => new(TestServices.Create(_scratch.Path, _log.Log, _blocking));

    private void Write(string text)
    {
        File.WriteAllText(_scratch["new"], "##NAME: MARKER:0\n" + text, Encoding.ASCII);
        File.Move(_scratch["new"], _scratch["authlistrc"], overwrite: true);
    }

    private static async Task<Verdict> AskAsync(ListModule module, string user) =>
        (await module.LookupAsync(new LookupRequest(new RequestContext("imap"), user), CancellationToken.None)).Verdict;

    private static async Task<Verdict> LogInAsync(ListModule module, string user, string password) =>
        (await module.AuthenticateAsync(
            new AuthRequest(new RequestContext("imap"), "login", $"{user}\n{password}\n"), CancellationToken.None)).Verdict;
}
