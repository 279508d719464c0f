namespace Authd.Tests.Support;

/// <summary>
/// Debian's Dovecot, unpacked but not installed, with only its auth service on a PostgreSQL table. Its socket takes lookups in
/// the protocol of Dovecot's authentication master. Needs root.
/// </summary>
public sealed class DovecotAuth : DaemonProcess
{
    // Its programs and modules look for each other below /usr, where this process's own mount namespace has them.
    private const string AsIfInstalled =
        """
        mount -t overlay overlay -o "ro,lowerdir=$1:$2:/usr" /usr && exec /usr/sbin/dovecot -F -c "$3"
        """;

    private DovecotAuth(CourierSite site, string state)
        : base(site, state, ["sh", "-euc", AsIfInstalled, "sh", Unpacked("dovecot-core"), Unpacked("dovecot-pgsql"),
            Path.Combine(state, "dovecot.conf")])
    {
    }

    /// <inheritdoc/>
    public override string Name => "Dovecot";

    /// <summary>Where mail servers log their clients in.</summary>
    public string ClientSocketPath => Path.Combine(State, "run", "auth-client");

    /// <summary>Starts it and waits until it accepts.</summary>
    /// <param name="site">The directory for its state.</param>
    /// <param name="conninfo">libpq's connection string for the database,
    /// whose table passwd has id, crypt, uid, gid, home, maildir.</param>
    /// <param name="caches">With auth_cache.</param>
    public static async Task<DovecotAuth> StartAsync(CourierSite site, string conninfo, bool caches = false)
    {
        string state = await site.NewStateAsync();
        await File.WriteAllTextAsync(
            Path.Combine(state, "sql.conf"),
            $"""
            driver = pgsql
            connect = {conninfo}
            user_query = SELECT home, uid, gid, maildir AS mail FROM passwd WHERE id = '%u'
            password_query = SELECT id AS user, crypt AS password FROM passwd WHERE id = '%u'

            """);
        await File.WriteAllTextAsync(
            Path.Combine(state, "dovecot.conf"),
            $$"""
            base_dir = {{state}}/run
            state_dir = {{state}}/state
            log_path = /dev/stderr
            protocols =
            ssl = no
            default_internal_user = nobody
            default_internal_group = nogroup
            default_login_user = nobody
            auth_mechanisms = plain
            {{(caches ? "auth_cache_size = 64M\n            auth_cache_ttl = 1 hour" : "")}}
            service auth {
              client_limit = 1000
            }
            passdb {
              driver = sql
              args = {{state}}/sql.conf
            }
            userdb {
              driver = sql
              args = {{state}}/sql.conf
            }

            """);
        DovecotAuth daemon = new(site, state);
        File.CreateSymbolicLink(daemon.SocketPath, Path.Combine(state, "run", "auth-userdb"));
        await daemon.ReadyAsync();
        return daemon;
    }

    private static string Unpacked(string package) => Path.Combine(Repository.Root, "out/unpacked", package, "usr");
}
