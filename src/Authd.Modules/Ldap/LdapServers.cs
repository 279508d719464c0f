// The servers of LDAP_URI: the order of attempts, and the failures that the log already has.
using Authd.Core.Logging;
using Authd.Linux.Ldap;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>Opens connections. All members may be used from several threads; opening blocks.</summary>
internal sealed class LdapServers
{
    private const int LatestVersion = 3;

    /// <summary>A server that has failed is tried last for so long.</summary>
    private static readonly TimeSpan Disfavour = TimeSpan.FromSeconds(30);

    /// <summary>A failure that takes longer has another reason than distrust.</summary>
    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(1);

    /// <summary>libldap's text for a TLS failure without details.</summary>
    private const string NoDetails = " ((unknown error code))";

    private readonly LdapSettings _settings;
    private readonly TimeSpan _timeout;
    private readonly Log _log;
    private readonly Lock _sync = new();
    private readonly LdapServer[] _servers;

    /// <summary>Connects to nothing yet.</summary>
    public LdapServers(LdapSettings settings, PoolLimits limits, Log log)
    {
        (_settings, _log) = (settings, log);
        _servers = [.. settings.Uris.Select(static uri => new LdapServer(uri))];

        // Even if all but one are silent, the last one's answer comes within the request's time.
        TimeSpan share = limits.AnswerTimeout / _servers.Length;
        _timeout = settings.Timeout is { } given && given < share ? given : share;
    }

    /// <summary>The time limit for connecting to one server, and for an operation without a limit of its own.</summary>
    public TimeSpan Timeout => _timeout;

    /// <summary>A server exists that has not failed lately.</summary>
    public bool HasFavoured
    {
        get
        {
            lock (_sync)
            {
                return Array.Exists(_servers, static server => !IsDisfavoured(server));
            }
        }
    }

    /// <summary>No server can be used, and one of them is there and does not let us in.</summary>
    public bool Refuses
    {
        get
        {
            lock (_sync)
            {
                return Array.TrueForAll(_servers, static server => server.Failure is not null)
                    && Array.Exists(_servers, static server => server.Refuses);
            }
        }
    }

    /// <summary>A connection to the first server that answers, ready for searches; <c>null</c> when none answers, which is logged
    /// once an outage.</summary>
    /// <param name="bound">Bind as LDAP_BINDDN, if it is set.</param>
    public (LdapConnection Connection, LdapServer Server)? Open(bool bound)
    {
        foreach (LdapServer server in InOrder())
        {
            try
            {
                LdapConnection connection = Connect(server.Uri, bound);
                MarkHealthy(server);
                return (connection, server);
            }
            catch (LdapException failure)
            {
                MarkFailed(server, failure.Message, Cure(server.Uri, failure, bound), LdapCode.IsRefusal(failure.Code));
            }
            catch (TypeLoadException missing)
            {
                // The library existed when the daemon started.
                MarkFailed(server, missing.Message);
            }
        }

        return null;
    }

    /// <summary>The URIs, in the file's order.</summary>
    public IEnumerable<string> Uris => _servers.Select(static server => server.Uri);

    /// <summary>A connection to one server, for a check; blocks.</summary>
    /// <exception cref="LdapException">It cannot be had; the message says why and what to do.</exception>
    public LdapConnection OpenOne(string uri)
    {
        try
        {
            return Connect(uri, bound: true);
        }
        catch (LdapException failure)
        {
            string cure = Cure(uri, failure, bound: true);
            throw LdapException.Explained(failure, $"{failure.Message} [{uri}]{(cure.Length > 0 ? $": {cure}" : "")}");
        }
    }

    /// <summary>Records that a server cannot be used, and logs it when that is new.</summary>
    /// <param name="server">The server.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="cure">The cure; empty: it is not known.</param>
    /// <param name="refuses">It is there, and does not let us in.</param>
    public void MarkFailed(LdapServer server, string problem, string cure = "", bool refuses = false)
    {
        bool news;
        lock (_sync)
        {
            news = server.Failure is null || server.Refuses != refuses;
            (server.Failure, server.Refuses) = (PoolClock.System.Now, refuses);
        }

        if (news)
        {
            _log.Err($"{problem} [{server.Uri}]{(cure.Length > 0 ? $": {cure}" : "")}");
        }
    }

    /// <summary>The administrator's cure for a failure to connect; empty: it is not known.</summary>
    public string Cure(string uri, LdapException failure, bool bound)
    {
        if (LdapCode.IsRefusal(failure.Code))
        {
            return bound && _settings.InitialBind is { } bind
                ? $"as '{bind.Dn}'; correct LDAP_BINDDN or LDAP_BINDPW in authldaprc"
                : "without a name; set LDAP_INITBIND, LDAP_BINDDN and LDAP_BINDPW in authldaprc";
        }

        return failure.Code is LdapCode.ServerDown or LdapCode.ConnectError or LdapCode.Timeout && !failure.IsExplained
            ? $"is the server started, and may we reach it? LDAP_URI in authldaprc names {(uri.StartsWith("ldapi", StringComparison.OrdinalIgnoreCase) ? "its socket" : "host and port")}"
            : "";
    }

    private static bool IsDisfavoured(LdapServer server) =>
        server.Failure is { } failure && PoolClock.System.Now - failure < Disfavour;

    private LdapServer[] InOrder()
    {
        lock (_sync)
        {
            return [.. _servers.OrderBy(IsDisfavoured)];
        }
    }

    private LdapConnection Connect(string uri, bool bound)
    {
        _log.Debug($"authldaplib: connecting to {uri}");
        TimeSpan start = PoolClock.System.Now;
        // By default libldap would speak version 2.
        int version = _settings.ProtocolVersion == 0 ? LatestVersion : _settings.ProtocolVersion;
        bool isTls = uri.StartsWith("ldaps:", StringComparison.OrdinalIgnoreCase);
        bool startsTls = _settings.StartTls && !isTls;
        LdapConnection connection = new(uri, version, _settings.Dereference, _timeout);
        try
        {
            _log.Debug($"timeout set to {(int)Math.Ceiling((_settings.Timeout ?? _timeout).TotalSeconds)}");
            if (_settings.ProtocolVersion != 0)
            {
                _log.Debug($"selected ldap protocol version {_settings.ProtocolVersion}");
            }

            if (startsTls)
            {
                connection.StartTls();
            }

            Prove(connection, bound);
            return connection;
        }
        catch (LdapException failure)
        {
            connection.Dispose();
            throw MayBeDistrust(failure) && PoolClock.System.Now - start < LongestHandshake
                && LdapConnection.Distrust(uri, startsTls, _timeout) is { } why
                ? LdapException.Explained(failure, $"{failure.Message.Replace(NoDetails, "", StringComparison.Ordinal)}: {why}") : failure;
        }

        bool MayBeDistrust(LdapException failure) =>
            (startsTls || isTls) && failure.Code is LdapCode.ServerDown or LdapCode.ConnectError;
    }

    private void Prove(LdapConnection connection, bool bound)
    {
        if (!bound || _settings.InitialBind is not { } bind)
        {
            connection.Probe();
            return;
        }

        _log.Debug($"binding to LDAP server as DN '{bind.Dn}'{(_log.ShowingPasswords ? $", password '{bind.Password}'" : "")}");
        connection.BindAs(bind.Dn, bind.Password);
    }

    private void MarkHealthy(LdapServer server)
    {
        bool again;
        lock (_sync)
        {
            again = server.Failure is not null;
            (server.Failure, server.Refuses) = (null, false);
        }

        if (again)
        {
            _log.Info($"authldap: {server.Uri} answers again");
        }
    }
}
