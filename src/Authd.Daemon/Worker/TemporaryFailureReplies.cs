// What a client is told whose password cannot be judged now: nothing, or FAIL.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;

namespace Authd.Daemon.Worker;

/// <summary>
/// A connection that closes without a reply is a temporary failure to Courier's client library and to Cyrus SASL. Scripts and
/// published recipes for Exim take anything but FAIL for success: an outage would let everybody in. So only services that are
/// known to understand silence get it, and never a client that has shut down its sending side, which neither library does.
/// </summary>
internal sealed class TemporaryFailureReplies
{
    /// <summary>The services of Courier's programs (authtest's is <c>login</c>) and of those that ask through Cyrus SASL.</summary>
    private const string Usual =
        "imap imaps pop pop3 pop3s esmtp esmtps smtp smtps submission submissions webmail sieve courier login";

    private const string Section = "replies";
    private const string Key = "temporary-failure-services";
    private const int MostNamed = 100;

    private readonly HashSet<string> _services;
    private readonly HashSet<string> _named = [];
    private readonly string _iniPath;
    private readonly Log _log;

    /// <param name="ini">authdaemond.ini: <c>[replies] temporary-failure-services</c>.</param>
    /// <param name="iniPath">Its path, for the log.</param>
    /// <param name="log">Says once for each service why its clients get FAIL.</param>
    internal TemporaryFailureReplies(DaemonIni ini, string iniPath, Log log)
    {
        _services = [.. ini.Words(Section, Key, Usual)];
        _iniPath = iniPath;
        _log = log;
    }

    /// <summary>Whether the client must be told FAIL in place of the silence that it might take for success.</summary>
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
                        + $"silence for success; if it understands a temporary failure, add the service to [{Section}] {Key} in {_iniPath}");
            }
        }

        return true;
    }
}
