// Where the accounts are.
namespace Authd.Bench.Scenarios;

/// <summary>The configurations that both daemons run with.</summary>
internal enum Backend
{
    /// <summary>authuserdb on the databases that makeuserdb wrote.</summary>
    Userdb,

    /// <summary>authpgsql on a PostgreSQL server on this machine.</summary>
    Pgsql,

    /// <summary>The same server, a round trip of 2 ms away.</summary>
    PgsqlFar,

    /// <summary>authmysql on a MariaDB server on this machine.</summary>
    Mysql,

    /// <summary>authsqlite.</summary>
    Sqlite,
}
