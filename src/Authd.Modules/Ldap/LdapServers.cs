// The servers of LDAP_URI: which to try first, and what the log already knows of those that fail.
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>Opens connections. All members may be used from several threads; opening blocks.</summary>
internal sealed class LdapServers
{
    /// <summary>Milliseconds for which a server that has failed is tried last.</summary>
    private const int Disfavour = 30_000;

    private const int LatestVersion = 3;

    private readonly LdapSettings _settings;
    private readonly TimeSpan _timeout;
    private readonly Log _log;
    private readonly Lock _sync = new();
    private readonly LdapServer[] _servers;

    /// <summary>Connects to nothing yet.</summary>
    public LdapServers(LdapSettings settings, LaneLimits limits, Log log)
    {
        (_settings, _log) = (settings, log);
        _servers = [.. settings.Uris.Select(static uri => new LdapServer(uri))];

        // Even if all but one are silent, a request lives to see the last one's answer.
        TimeSpan share = limits.AnswerTimeout / _servers.Length;
        _timeout = settings.Timeout is { } given && given < share ? given : share;
    }

    /// <summary>How long one server may take to connect, or for an operation without a limit of its own.</summary>
    public TimeSpan Timeout => _timeout;

    /// <summary>There is a server that has not failed lately.</summary>
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

    /// <summary>A connection to the first server that answers, on which searches may be made; <c>null</c> when none does:
    /// the log says why, once an outage.</summary>
    /// <param name="bound">Bind as LDAP_BINDDN, where the settings say so.</param>
    public (LdapConnection Connection, LdapServer Server)? Open(bool bound)
    {
        foreach (LdapServer server in InOrder())
        {
            try
            {
                LdapConnection connection = Connect(server.Uri, bound);
                Works(server);
                return (connection, server);
            }
            catch (LdapException failure)
            {
                Fails(server, failure.Message);
            }
            catch (TypeLoadException missing)
            {
                // The library was there when the daemon started.
                Fails(server, missing.Message);
            }
        }

        return null;
    }

    /// <summary>A server cannot be used; the log says so when that is new.</summary>
    public void Fails(LdapServer server, string problem)
    {
        bool news;
        lock (_sync)
        {
            news = server.Failure is null;
            server.Failure = Environment.TickCount64;
        }

        if (news)
        {
            _log.Err($"{problem} [{server.Uri}]");
        }
    }

    private static bool IsDisfavoured(LdapServer server) =>
        server.Failure is { } failure && Environment.TickCount64 - failure < Disfavour;

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
        // Left alone, libldap would speak version 2.
        int version = _settings.ProtocolVersion == 0 ? LatestVersion : _settings.ProtocolVersion;
        LdapConnection connection = new(uri, version, _settings.Dereference, _timeout);
        try
        {
            _log.Debug($"timeout set to {(int)Math.Ceiling((_settings.Timeout ?? _timeout).TotalSeconds)}");
            if (_settings.ProtocolVersion != 0)
            {
                _log.Debug($"selected ldap protocol version {_settings.ProtocolVersion}");
            }

            if (_settings.StartTls && !uri.StartsWith("ldaps:", StringComparison.OrdinalIgnoreCase))
            {
                connection.StartTls();
            }

            Prove(connection, bound);
            return connection;
        }
        catch (LdapException)
        {
            connection.Dispose();
            throw;
        }
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

    private void Works(LdapServer server)
    {
        bool again;
        lock (_sync)
        {
            again = server.Failure is not null;
            server.Failure = null;
        }

        if (again)
        {
            _log.Info($"authldap: {server.Uri} answers again");
        }
    }
}
