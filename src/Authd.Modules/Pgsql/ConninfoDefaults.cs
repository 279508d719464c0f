// What a conninfo leaves out: the service file, then the PG* environment variables, in libpq's order.
using Authd.Core;

namespace Authd.Modules.Pgsql;

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

    /// <summary>Adds what <paramref name="given"/> does not say.</summary>
    /// <exception cref="FormatException">A service is asked for that no file defines, or the file is malformed.</exception>
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

    /// <summary>A file in the user's home directory, <c>null</c> when there is no such directory.</summary>
    public string? InHome(string name) => environment("HOME") is { Length: > 0 } home ? Path.Combine(home, name) : null;

    private Dictionary<string, string> Service(string service)
    {
        string? own = environment("PGSERVICEFILE") ?? InHome(".pg_service.conf");
        string[] directories = environment("PGSYSCONFDIR") is { } set ? [set] : ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];
        string?[] files = [own, .. directories.Select(directory => Path.Combine(directory, "pg_service.conf"))];
        foreach (string file in files.OfType<string>().Where(File.Exists))
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
        foreach (string line in WireText.FromBytes(File.ReadAllBytes(file)).Split('\n').Select(line => line.Trim()))
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
