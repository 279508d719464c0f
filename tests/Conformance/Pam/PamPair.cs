// Both daemons with authpam on one private /etc.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Pam;

/// <summary>System users of every kind, and PAM services for them.</summary>
public sealed class PamPair : PairFixture
{
    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        await WriteAccountsAsync(Site);
        Site.WriteAuthdaemonrc("authpam");
    }

    /// <summary>Makes the users and services. They omit pam_unix's delay, for which the C daemon would sleep.</summary>
    internal static async Task<PrivateEtc> WriteAccountsAsync(CourierSite site)
    {
        PrivateEtc accounts = await PrivateEtc.NewAsync(site);
        accounts.Add("alice", 5001, gecos: "Alice A,Room 1,,");
        accounts.Add("bob", 5002);
        accounts.Add("expired", 5003, ages: "19000:::::1:");
        accounts.Add("mustchange", 5004, ages: "0:0:90:7:::");
        accounts.Add("aged", 5005, ages: "10000:0:30:7:::");
        accounts.Add("locked", 5006, "!" + PrivateEtc.Hash);
        accounts.Add("empty", 5007, "");
        accounts.Add("noshadow", 5008, hash: null, gecos: ",x");
        accounts.Add("below", 99);
        accounts.Add("least", 100);
        accounts.Add("UPPER", 5009);
        accounts.Add("with@sign", 5010);
        accounts.WriteService("imap", "auth required pam_unix.so nodelay", "account required pam_unix.so");
        accounts.WriteService("pop3", "auth required pam_permit.so", "account required pam_permit.so");
        accounts.WriteService("denied", "auth required pam_permit.so", "account required pam_deny.so");
        accounts.WriteService("other", "auth required pam_deny.so", "account required pam_deny.so");
        return accounts;
    }
}
