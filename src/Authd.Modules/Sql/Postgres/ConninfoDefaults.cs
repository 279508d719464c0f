// The defaults of a conninfo: the service file, then the PG* environment variables, in libpq's order.
using Authd.Core;
using Authd.Linux.Files;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Completes a conninfo as libpq does.</summary>
/// <param name="environment">Reads an environment variable.</param>
public sealed class ConninfoDefaults(Func<string, string?> environment)
{
    private static readonly (string Variable, string Keyword)[] Variables =
    [
        ("PGHOST", "host"), ("PGHOSTADDR", "hostaddr"), ("PGPORT", "port"), ("PGDATABASE", "dbname"), ("PGUSER", "user"),
        ("PGPASSWORD", "password"), ("PGPASSFILE", "passfile"), ("PGOPTIONS", "options"), ("PGAPPNAME", "application_name"),
        ("PGCLIENTENCODING", "client_encoding"), ("PGCONNECT_TIMEOUT", "connect_timeout"), ("PGSSLMODE", "sslmode"),
        ("PGSSLNEGOTIATION", "sslnegotiation"), ("PGSSLCERT", "sslcert"), ("PGSSLKEY", "sslkey"),
        ("PGSSLROOTCERT", "sslrootcert"), ("PGSSLCRL", "sslcrl"), ("PGSSLCRLDIR", "sslcrldir"), ("PGSSLSNI", "sslsni"),
        ("PGSSLCERTMODE", "sslcertmode"), ("PGREQUIREPEER", "requirepeer"),
        ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"), ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
        ("PGCHANNELBINDING", "channel_binding"), ("PGREQUIREAUTH", "require_auth"), ("PGGSSENCMODE", "gssencmode"),
        ("PGKRBSRVNAME", "krbsrvname"), ("PGTARGETSESSIONATTRS", "target_session_attrs"),
        ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ];

    /// <summary>Adds the keywords that <paramref name="given"/> does not set.</summary>
    /// <exception cref="FormatException">The requested service is not defined in any file, or the file is malformed.</exception>
    public Dictionary<string, string> Complete(Dictionary<string, string> given)
    {
        Dictionary<string, string> all = new(given, StringComparer.Ordinal);
        string? service = given.GetValueOrDefault("service") ?? environment("PGSERVICE");
        if (!string.IsNullOrEmpty(service))
        {
            foreach ((string keyword, string value) in Service(service))
            {
                all.TryAdd(keyword, value);
            }
        }

        all.Remove("service");
        foreach ((string variable, string keyword) in Variables)
        {
            if (environment(variable) is { Length: > 0 } value)
            {
                all.TryAdd(keyword, WireText.FromUnicode(value));
            }
        }

        return all;
    }

    /// <summary>A file in the user's home directory, <c>null</c> without a home directory.</summary>
    public string? InHome(string name) => environment("HOME") is { Length: > 0 } home ? Path.Combine(home, name) : null;

    /// <summary>The service files, in order.</summary>
    internal IEnumerable<string> ServiceFiles()
    {
        string? own = environment("PGSERVICEFILE") ?? InHome(".pg_service.conf");
        string[] directories = environment("PGSYSCONFDIR") is { } set ? [set] : ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];
        string?[] files = [own, .. directories.Select(directory => Path.Combine(directory, "pg_service.conf"))];
        return files.OfType<string>();
    }

    private Dictionary<string, string> Service(string service)
    {
        foreach (string file in ServiceFiles().Where(RootFiles.Exists))
        {
            if (ReadService(file, service) is { } found)
            {
                return found;
            }
        }

        throw new FormatException($"definition of service \"{service}\" not found");
    }

    private static Dictionary<string, string>? ReadService(string file, string service)
    {
        Dictionary<string, string>? found = null;
        foreach (string line in WireText.FromBytes(RootFiles.ReadAll(file)).Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                if (found is not null)
                {
                    return found;
                }

                found = line == $"[{service}]" ? new Dictionary<string, string>(StringComparer.Ordinal) : null;
            }
            else if (found is not null && line.Length > 0 && line[0] != '#')
            {
                int equals = line.IndexOf('=');
                if (equals <= 0 || line.StartsWith("service=", StringComparison.Ordinal))
                {
                    throw new FormatException($"syntax error in service file \"{file}\", service \"{service}\"");
                }

                found[line[..equals]] = line[(equals + 1)..];
            }
        }

        return found;
    }
}
