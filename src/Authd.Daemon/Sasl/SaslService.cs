using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Daemon.Clients;

namespace Authd.Daemon.Sasl;

/// <summary>The common part of all connections of mail servers in one
/// worker: asks the modules, and counts delayed replies.</summary>
/// <param name="chain">The modules.</param>
/// <param name="logins">Asks the modules about a login, and counts failures.</param>
/// <param name="mechanisms">The offered mechanisms.</param>
/// <param name="hashing">Threads for long computations.</param>
/// <param name="limits">The limits of a client.</param>
/// <param name="mostWaiting">The number of replies to failed logins that may be delayed at a time.</param>
/// <param name="log">The log.</param>
internal sealed class SaslService(
    ModuleChain chain,
    SlowedLogins logins,
    IReadOnlyList<SaslMechanism> mechanisms,
    BlockingWork hashing,
    Limits limits,
    int mostWaiting,
    Log log)
{
    // Postfix waits 10 s for an answer, and takes a later one for a lost connection.
    private const int LongestSeconds = 9;
    private const string AllModules = ".";
    private const int CookieBytes = 16;

    private int _waiting;
    private int _connections;
    private bool _saidWaiting;

    /// <summary>The longest time from a response to its reply.</summary>
    internal TimeSpan LongestAnswer { get; } = TimeSpan.FromSeconds(Math.Min(limits.RequestSeconds, LongestSeconds));

    /// <summary>The offered mechanism of that name.</summary>
    internal SaslMechanism? Find(string name) => mechanisms.FirstOrDefault(one => one.Name == name);

    /// <summary>The services for an exchange.</summary>
    internal SaslPartner Partner(RequestContext context) => new(
        context,
        (user, cancel) => chain.LookupAsync(new ClientRequest.Pre(AllModules, new LookupRequest(context, user)), cancel),
        hashing);

    /// <summary>Asks the modules about a login.</summary>
    internal ValueTask<(AuthOutcome Outcome, TimeSpan Hold)> LogInAsync(AuthRequest login, CancellationToken cancel) =>
        logins.LogInAsync(login, cancel);

    /// <summary>The name that a login was judged by.</summary>
    internal string NameIn(AuthRequest login)
    {
        string sent = LoginData.ClaimedName(login);
        return chain.Names.Of(sent) ?? sent;
    }

    /// <summary>Delays the reply to a failed login, if the limit allows one more.</summary>
    internal async ValueTask WaitAsync(TimeSpan time, CancellationToken end)
    {
        if (Interlocked.Increment(ref _waiting) <= mostWaiting)
        {
            await Task.Delay(time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else if (!_saidWaiting)
        {
            _saidWaiting = true;
            log.Warn($"[sasl] {mostWaiting} replies to failed logins wait in this worker ([penalty] waiting), further ones go out at once");
        }

        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>The server's first lines.</summary>
    internal byte[] Handshake()
    {
        StringBuilder text = new("VERSION\t1\t2\n");
        foreach (SaslMechanism one in mechanisms)
        {
            text.Append(CultureInfo.InvariantCulture, $"MECH\t{one.Name}\t{one.Properties}\n");
        }

        // Cookie and numbers are for a master process that asks about logins afterwards, which this daemon does not support.
        string cookie = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(CookieBytes));
        text.Append(
            CultureInfo.InvariantCulture,
            $"SPID\t{Environment.ProcessId}\nCUID\t{Interlocked.Increment(ref _connections)}\nCOOKIE\t{cookie}\nDONE\n");
        return WireText.ToBytes(text.ToString());
    }
}
