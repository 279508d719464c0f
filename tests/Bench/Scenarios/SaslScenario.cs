// Logins as a mail server makes them: C through Cyrus SASL's library, ours and Dovecot's by Dovecot's protocol for its clients.
using System.Globalization;
using System.Text;
using Authd.Bench.Load;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>
/// Each client is a process of smtpd: it waits for a login's answer before it sends the next. Cyrus SASL connects anew for each login.
/// By Dovecot's protocol an smtpd keeps its connection; a new one for each login is what a server pays whose processes serve one client.
/// </summary>
internal sealed class SaslScenario : LoadScenario
{
    private const int WarmUpLogins = 1000;

    // The server's: version, one mechanism, its process, connection and cookie, and the end.
    private const int HelloLines = 6;

    private readonly Greeting _greeting;
    private readonly int _clients;
    private readonly HashSet<IAuthDaemon> _warm = [];

    internal SaslScenario(string name, string what, int clients, bool keepsConnection)
        : base(name, what, Backend.PgsqlSasl, clients, [])
    {
        DovecotExchanges = [];
        _clients = clients;

        // Dovecot takes one connection of a process; the next round's generator counts from 1 again when this one's are closed.
        _greeting = new Greeting(
            static number => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"VERSION\t1\t2\nCPID\t{number}\n")),
            HelloLines,
            keepsConnection);
    }

    /// <inheritdoc/>
    private protected override ILoad CreateLoad(Testbed testbed, IAuthDaemon daemon, Contender contender)
    {
        BenchAccount[] accounts = [.. RequestList.Shuffled(BenchAccount.All.Where(static account => !account.HasSlowHash))];
        ILoad load = contender == Contender.C
            ? new CyrusLoad(daemon.SocketPath, testbed.Files, [.. accounts.Select(static account => account.PlainMessage)])
            : new LoadGenerator(
                daemon is DovecotAuth dovecot ? dovecot.ClientSocketPath : testbed.SaslPath(Backend.PgsqlSasl),
                [.. accounts.Select(account => account.SaslLogin(daemon is DovecotAuth))],
                _greeting);
        if (_warm.Add(daemon))
        {
            load.Run(_clients, Effort.Full.Patience, Effort.Full.Patience, WarmUpLogins);
        }

        return load;
    }
}
