using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Clients;

/// <summary>A site for Debian's client programs: authuserdb with accounts
/// whose homes exist. The same program runs against either daemon.</summary>
public sealed class ClientsPair : PairFixture
{
    /// <summary>uid and gid of all accounts; no user of the machine needs to have them.</summary>
    private const string Owner = "61234";

    /// <summary>The home of account <paramref name="name"/>; it holds a maildir called Maildir.</summary>
    public string Home(string name) => Site.Scratch[name];

    /// <summary>Runs a program against both daemons, asserts the same output and exit code, and returns them.</summary>
    public async Task<ProgramResult> AssertSameAsync(
        IReadOnlyList<string> command, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        ProgramResult c = await Pair.C.RunClientAsync(command, input, environment);
        ProgramResult ours = await Pair.Ours.RunClientAsync(command, input, environment);
        Assert.Equal(c, ours);
        return ours;
    }

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb", 2, "DEFAULTOPTIONS=sharedgroup=x");
        Site.Write("imapd", await File.ReadAllTextAsync("/etc/courier/imapd"));
        Site.Write("imapd-ssl", await File.ReadAllTextAsync("/etc/courier/imapd-ssl"));
        string hash = $"systempw={UserdbAccounts.Md5Crypt}";
        string ids = $"uid={Owner}|gid={Owner}";
        await Site.WriteUserdbAsync(
            $"john@example.com\t{ids}|home={Home("john")}|mail=Maildir|quota=10000000S|gecos=John|{hash}|hmac-md5pw={UserdbAccounts.HmacMd5}\n"
            + $"mary@example.com\t{ids}|home={Home("mary")}|mail={Home("mary")}/Maildir|{hash}\n"
            + $"bare\t{ids}|home={Home("bare")}|{hash}\n"
            + $"noimap\t{ids}|home={Home("john")}|options=disableimap=1|{hash}\n"
            + $"hidden\t{ids}|home={Home("john")}|options=disableshared=1|{hash}\n"
            + $"a b\t{ids}|home={Home("john")}|{hash}\n");
        foreach (string name in (string[])["john", "mary", "bare"])
        {
            await ProcessRunner.RunOrThrowAsync(["install", "-d", "-o", Owner, "-g", Owner, "-m", "0700", Home(name)]);
            await ProcessRunner.RunOrThrowAsync(
                ["setpriv", $"--reuid={Owner}", $"--regid={Owner}", "--clear-groups", "maildirmake.courier", Home(name)
                    + "/Maildir"]);
        }
    }
}

/// <summary>The classes that share <see cref="ClientsPair"/>.</summary>
[CollectionDefinition(Name)]
public sealed class ClientsGroup : ICollectionFixture<ClientsPair>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "clients";
}
