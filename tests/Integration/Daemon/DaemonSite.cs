using Authd.Tests.Support;

namespace Authd.Tests.Integration.Daemon;

/// <summary>Makes sites with the accounts and limits of the daemon's own tests.</summary>
internal static class DaemonSite
{
    /// <summary>An account with <see cref="Password"/>.</summary>
    internal const string User = "john@example.com";

    /// <summary>The password of <see cref="User"/> and <see cref="SlowUser"/>.</summary>
    internal const string Password = "password";

    /// <summary>An account whose hash takes a noticeable time to check.</summary>
    internal const string SlowUser = "slow";

    /// <summary>The lookup that most tests repeat.</summary>
    internal static string Lookup { get; } = Requests.Lookup(User);

    /// <summary>A site with authuserdb and the two accounts.</summary>
    /// <param name="daemons">Number of workers.</param>
    /// <param name="ini">authdaemond.ini; empty: none.</param>
    /// <param name="more">Further lines of authdaemonrc.</param>
    internal static async Task<CourierSite> NewAsync(int daemons = 2, string ini = "", params string[] more)
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc("authuserdb", daemons, more);
        if (ini.Length > 0)
        {
            site.Write("authdaemond.ini", ini);
        }

        await site.WriteUserdbAsync(
            $"{User}\tuid=2001|gid=2001|home=/home/john|systempw=$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/\n"
            + $"{SlowUser}\tuid=2002|gid=2002|home=/home/slow|systempw=$2b$12$abcdefghijklmnopqrstuutwZ1IOTtu3SsEBT5lI/LFncP31tIybm\n");
        return site;
    }

    /// <summary>Whether the daemon answers the usual lookup.</summary>
    internal static async Task<bool> AnswersAsync(IAuthDaemon daemon) =>
        (await RawClient.AskAsync(daemon.SocketPath, Lookup)).Text.StartsWith("UID=2001\n", StringComparison.Ordinal);
}
