namespace Authd.Bench.Scenarios;

/// <summary>The configurations that both daemons run with.</summary>
internal enum Backend
{
    /// <summary>authuserdb on the databases that makeuserdb wrote.</summary>
    Userdb,

    /// <summary>authpgsql on a PostgreSQL server on this machine.</summary>
    Pgsql,

    /// <summary>The same, answered from the daemon's cache: [cache], or Dovecot's auth_cache; C has none.</summary>
    PgsqlCached,

    /// <summary>The same, with a socket for mail servers.</summary>
    PgsqlSasl,

    /// <summary>The same server, a round trip of 2 ms away.</summary>
    PgsqlFar,

    /// <summary>The same server, 1 ms away.</summary>
    PgsqlFar1,

    /// <summary>The same server, 4 ms away.</summary>
    PgsqlFar4,

    /// <summary>authmysql on a MariaDB server on this machine.</summary>
    Mysql,

    /// <summary>authsqlite.</summary>
    Sqlite,

    /// <summary>authldap on a slapd on this machine.</summary>
    Ldap,
}
