// The deliberate differences of authpam, each on both daemons.
using Authd.Tests.Conformance.Differences;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pam;

public class PamDifferenceTests
{
    private const string NoVerdict = "pam-no-verdict";

    /// <summary>The names under which docs/DIFFERENCES.md explains them.</summary>
    public static IReadOnlyList<string> Ids { get; } = [NoVerdict];

    [Fact]
    public async Task An_error_of_PAM_is_no_wrong_password()
    {
        using CourierSite site = new();
        PrivateEtc accounts = await PamPair.WriteAccountsAsync(site);
        string module = await PamTestModule.CompileAsync(site.Scratch);
        accounts.WriteService("smtp", $"auth required {module} code=9", "account required pam_permit.so");
        accounts.WriteService("sieve", "auth required pam_nosuchmodule.so", "account required pam_permit.so");
        accounts.WriteService("webmail", $"auth required {module} segv", "account required pam_permit.so");
        site.WriteAuthdaemonrc("authpam");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        // pam_unix finds no hash to compare with for a user without an entry in shadow.
        foreach ((string user, string service) in ((string, string)[])
            [("alice", "smtp"), ("alice", "sieve"), ("alice", "webmail"), ("noshadow", "imap")])
        {
            Replies replies = await pair.AskAsync(Requests.Login(user, "password", service));
            Assert.Equal(Difference.Fail, replies.C);
            Assert.Equal(Difference.Nothing, replies.Ours);
        }

        accounts.RemoveService("other");
        Replies without = await pair.AskAsync(Requests.Login("alice", "password", "esmtp"));
        Assert.Equal(Difference.Fail, without.C);
        Assert.Equal(Difference.Nothing, without.Ours);
    }

    /// <summary>Both change the password: the C daemon through expect(1) and passwd(1), ours through PAM itself.</summary>
    [Fact]
    public async Task A_password_change_gives_the_same_answer()
    {
        using CourierSite site = new();
        PrivateEtc accounts = await PamPair.WriteAccountsAsync(site);
        accounts.WriteService("passwd", "password required pam_unix.so obscure yescrypt");
        site.WriteAuthdaemonrc("authpam");
        await using DaemonPair pair = await DaemonPair.StartAsync(site);

        RawReply c = await RawClient.AskAsync(pair.C.SocketPath, Requests.ChangePassword("alice", "password", "Tr0ub4dor&3-horse"));
        RawReply ours = await RawClient.AskAsync(pair.Ours.SocketPath, Requests.ChangePassword("bob", "password", "Tr0ub4dor&3-horse"));

        Assert.Equal(Difference.Reply("OK\n"), c);
        Assert.Equal(c, ours);
        Assert.All((string[])["alice", "bob"], user => Assert.StartsWith("$y$", accounts.HashOf(user), StringComparison.Ordinal));
    }
}
