// The reply to a client whose password cannot be judged now: none, or FAIL.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;

namespace Authd.Daemon.Worker;

/// <summary>
/// To Courier's client library and to Cyrus SASL, a connection that closes without a reply is a temporary failure. Scripts and
/// published recipes for Exim take anything but FAIL for success, so an outage would admit every client. Only services that are
/// known to understand silence get it, and never a client that has shut down its sending side, which neither library does.
/// </summary>
internal sealed class TemporaryFailureReplies
{
    private const int MostNamed = 100;

    private readonly IReadOnlySet<string> _services;
    private readonly HashSet<string> _named = [];
    private readonly string _iniPath;
    private readonly Log _log;

    /// <param name="ini">authdaemond.ini: <c>[replies] temporary-failure-services</c>.</param>
    /// <param name="iniPath">Its path, for the log.</param>
    /// <param name="log">Takes one line for each service whose clients get FAIL.</param>
    internal TemporaryFailureReplies(DaemonIni ini, string iniPath, Log log)
    {
        _services = ReplySettings.Read(ini).TemporaryFailureServices;
        _iniPath = iniPath;
        _log = log;
    }

    /// <summary>Whether the client must get FAIL instead of silence, which it might take for success.</summary>
    /// <param name="request">The login that could not be judged.</param>
    /// <param name="hasFinishedSending">The client has shut down its sending side.</param>
    internal bool IsFail(AuthRequest request, bool hasFinishedSending)
    {
        string service = request.Context.Service;
        bool knows = _services.Contains(service);
        if (knows && !hasFinishedSending)
        {
            return false;
        }

        lock (_named)
        {
            if (_named.Count < MostNamed && _named.Add(service))
            {
                _log.Warn(knows
                    ? $"service {service}: a login that cannot be judged now is answered with FAIL, because the client has shut down "
                        + "its side of the connection, as programs do that may take silence for success"
                    : $"service {service}: a login that cannot be judged now is answered with FAIL, because the client may take "
                        + $"silence for success; if it understands a temporary failure, add the service to [replies] temporary-failure-services in {_iniPath}");
            }
        }

        return true;
    }
}
