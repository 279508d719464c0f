using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

/// <summary>A daemon with authpostfix: makes sites, logs in, asks for relaying.</summary>
internal static class RelaySite
{
    /// <summary>smtpd's answer to a stranger.</summary>
    internal const string Denied = "554 5.7.1 <jane@elsewhere.example>: Relay access denied";

    /// <summary>A site whose logins go into <paramref name="table"/>.</summary>
    internal static async Task<CourierSite> NewAsync(string table, string ini = "")
    {
        CourierSite site = await DaemonSite.NewAsync(2, ini);
        site.WriteAuthdaemonrc("authuserdb authpostfix", 2, $"LOGINDB=\"{table}\"");
        return site;
    }

    /// <summary>The prelude of a client's requests.</summary>
    internal static string From(string address) => $"TCPREMOTEIP={address}\n";

    /// <summary>Logs in.</summary>
    internal static async Task LoginAsync(OurDaemon daemon, string address)
    {
        RawReply reply = await RawClient.AskAsync(
            daemon.SocketPath, From(address) + Requests.Login(DaemonSite.User, DaemonSite.Password, "pop3"));
        Assert.EndsWith("\n.\n", reply.Text, StringComparison.Ordinal);
    }

    /// <summary>Waits until smtpd relays for the address, because the daemon replies before it records the login.</summary>
    internal static Task MayRelayAsync(PostfixServer postfix, string address) => Eventually.IsTrueAsync(
        async () => (await postfix.RelayAsync(address)).StartsWith("250 ", StringComparison.Ordinal),
        $"relaying for {address}");
}
