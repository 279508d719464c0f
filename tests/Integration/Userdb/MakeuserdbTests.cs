// authuserdb beside the real makeuserdb: directories, replacement under load, many accounts.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Modules;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Userdb;

public sealed class MakeuserdbTests : IAsyncLifetime, IDisposable
{
    private readonly UserdbFiles _files = new();
    private readonly List<string> _errors = [];
    private readonly BlockingWork _blocking = new(1);
    private readonly IAuthModule _module;

    public MakeuserdbTests()
    {
        Log log = new((level, text) => _errors.Add($"{level} {text}"), debugLevel: 0);
        _module = ModuleRegistry.Create("authuserdb", TestServices.Create(_files.ConfigDirectory, log, _blocking))!;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    public void Dispose()
    {
        _blocking.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_directory_of_files_with_reverse_entries()
    {
        _files.MakeFromDirectory(
            ("example.com", "john@example.com\tuid=1000|gid=1000|home=/h/john|systempw={SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"),
            ("sub/example.org",
                "# second domain\n\nmary@example.org\tuid=1001|gid=1000|home=/h/mary\n1001=\tmary@example.org\n"),
            (".hidden", "nobody\tuid=1|gid=1|home=/\n"));

        Assert.Equal(
            Verdict.Accept, (await Authenticate("john@example.com", "password")).Verdict);
        Assert.Equal(
            AuthOutcome.Accept(new Account { Uid = 1001, Gid = 1000, Home = "/h/mary", Address = "mary@example.org" }),
            await LookUp("mary@example.org"));
        Assert.Equal(AuthOutcome.Reject(Reasons.UnknownUser), await LookUp("nobody"));
        Assert.Equal(["john@example.com", "mary@example.org"], (await Enumerate()).Order());
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task Replaced_again_and_again_under_lookups()
    {
        const int Generations = 15;
        _files.Make(Generation(0));
        Task replacing = Task.Run(() =>
        {
            for (int i = 1; i <= Generations; i++)
            {
                _files.Make(Generation(i));
            }
        });

        uint last = 1;
        int lookups = 0;
        while (!replacing.IsCompleted)
        {
            foreach (int user in (int[])[0, 499, 999])
            {
                // Each answer is from one whole generation, and none is older than the one before it.
                Account account = Assert.IsType<Account>((await LookUp($"user{user}")).Account);
                Assert.Equal($"/home/{account.Uid}/user{user}", account.Home);
                Assert.True(account.Uid >= last);
                last = account.Uid.Value;
                lookups++;
            }
        }

        await replacing;
        Assert.Equal(Generations + 1u, (await LookUp("user7")).Account?.Uid);
        Assert.True(lookups > Generations);
        Assert.Empty(_errors);
    }

    [Fact]
    public async Task A_hundred_thousand_accounts()
    {
        const int Accounts = 100_000;
        _files.Make(string.Concat(
            Enumerable.Range(1, Accounts).Select(i => $"user{i}@example.com\tuid={i}|gid=100|home=/home/{i}|systempw=x\n")));

        // A list in progress stays with the database that it began with.
        HashSet<string> listed = [];
        await foreach (Account account in _module.EnumerateAsync(CancellationToken.None)!)
        {
            if (listed.Count == Accounts / 2)
            {
                _files.Make("only\tuid=1|gid=1|home=/\n");
            }

            Assert.True(listed.Add(account.Address!));
        }

        Assert.Equal(Accounts, listed.Count);
        Assert.Equal("only", Assert.Single(await Enumerate()));
    }

    [Fact]
    public async Task A_list_can_be_cancelled()
    {
        _files.Make(Generation(0));
        using CancellationTokenSource cancel = new();

        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (Account _ in _module.EnumerateAsync(cancel.Token)!)
            {
                await cancel.CancelAsync();
            }
        });
    }

    private static string Generation(int number) => string.Concat(
        Enumerable.Range(0, 1000).Select(i =>
            $"user{i}\tuid={number + 1}|gid=1|home=/home/{number + 1}/user{i}|systempw=x\n"));

    private ValueTask<AuthOutcome> LookUp(string user) =>
        _module.LookupAsync(new LookupRequest(new RequestContext("imap"), user), CancellationToken.None);

    private ValueTask<AuthOutcome> Authenticate(string user, string password) =>
        _module.AuthenticateAsync(
            new AuthRequest(new RequestContext("imap"), "login", $"{user}\n{password}\n"), CancellationToken.None);

    private async Task<List<string?>> Enumerate()
    {
        List<string?> names = [];
        await foreach (Account account in _module.EnumerateAsync(CancellationToken.None)!)
        {
            names.Add(account.Address);
        }

        return names;
    }
}
