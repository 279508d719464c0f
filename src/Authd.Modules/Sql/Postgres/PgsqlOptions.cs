// A completed conninfo in Npgsql's terms. Settings that Npgsql cannot honour are errors that name them.
using System.Globalization;
using System.Security.Authentication;
using Authd.Core;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>One server of a conninfo.</summary>
/// <param name="Host">Host name, address or socket directory, as the password file names it.</param>
/// <param name="Address">The address to connect to: <c>hostaddr</c> if it is given.</param>
/// <param name="Port">TCP port, or the number in the socket's name.</param>
public sealed record PgsqlHost(string Host, string Address, int Port)
{
    /// <summary>The address is a directory with a Unix socket in it (or an abstract name).</summary>
    public bool IsSocket => Address[0] is '/' or '@';
}

/// <summary>A conninfo, parsed and checked.</summary>
public sealed class PgsqlOptions
{
    private const string DefaultSocketDirectory = "/var/run/postgresql";

    // Keywords that need no action at these values. Any other value asks for a feature that Npgsql lacks and that matters:
    // without it the connection would be less safe, or lead elsewhere.
    private static readonly Dictionary<string, string[]> Harmless = new(StringComparer.Ordinal)
    {
        ["gssencmode"] = ["disable", "prefer"],
        ["sslcertmode"] = ["allow", "disable"],
        ["replication"] = ["false", "off", "no", "0"],
        ["requirepeer"] = [],
        ["sslcrl"] = [],
        ["sslcrldir"] = [],
        ["scram_client_key"] = [],
        ["scram_server_key"] = [],
        ["servicefile"] = [],
    };

    // Keywords for tuning: values that Npgsql cannot honour are ignored. After each, the values that ask for nothing.
    private static readonly Dictionary<string, string[]> Tuning = new(StringComparer.Ordinal)
    {
        ["keepalives_count"] = ["0"],
        ["tcp_user_timeout"] = ["0"],
        ["gsslib"] = ["gssapi"],
        ["gssdelegation"] = ["0"],
        ["sslcompression"] = ["0", "1"],
        ["sslsni"] = ["1"],
        ["sslkeylogfile"] = [],
        ["min_protocol_version"] = ["3.0"],
        ["max_protocol_version"] = ["3.0", "latest"],
        ["authtype"] = [],
        ["tty"] = [],
    };

    private static readonly string[] Known =
    [
        "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "connect_timeout", "application_name",
        "fallback_application_name", "options", "client_encoding", "sslmode", "sslrootcert", "sslcert", "sslkey",
        "sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs",
        "load_balance_hosts", "keepalives", "keepalives_idle", "keepalives_interval", "channel_binding", "require_auth",
        "krbsrvname",
    ];

    private readonly Dictionary<string, string> _given;
    private readonly List<string> _passedOver = [];
    private readonly ConninfoDefaults _defaults;
    private readonly string? _rootCertificate;
    private readonly string _sslMode;

    /// <summary>Reads and checks everything.</summary>
    /// <exception cref="FormatException">A keyword is malformed, unknown or cannot be honoured; the message names it.</exception>
    public PgsqlOptions(string conninfo, ConninfoDefaults defaults)
    {
        _defaults = defaults;
        _given = defaults.Complete(Conninfo.Parse(conninfo));
        CheckKeywords();
        User = Text("user") ?? Environment.UserName;
        Database = Text("dbname") ?? User;
        Hosts = ReadHosts();
        _rootCertificate = Text("sslrootcert") ?? DefaultRootCertificate();
        _sslMode = SslModeName();
        TargetSession = OneOf(
            "target_session_attrs", "any", "read-write", "read-only", "primary", "standby", "prefer-standby");
        ShuffleHosts = OneOf("load_balance_hosts", "disable", "random") == "random";
        ConnectTimeout = Number("connect_timeout") is { } seconds and > 0 ? Math.Max(seconds, 2) : null;

        // Npgsql checks the rest (except file names) here instead of at the first request.
        foreach (PgsqlHost host in Hosts)
        {
            Builder(host);
        }
    }

    /// <summary>The keywords that are ignored, for a warning.</summary>
    public IReadOnlyList<string> PassedOver => _passedOver;

    /// <summary>Servers in the order of the conninfo; at least one.</summary>
    public IReadOnlyList<PgsqlHost> Hosts { get; }

    /// <summary>The role to connect as.</summary>
    public string User { get; }

    /// <summary>The database; by default the user's name, as in libpq.</summary>
    public string Database { get; }

    /// <summary><c>target_session_attrs</c>.</summary>
    public string TargetSession { get; }

    /// <summary><c>load_balance_hosts=random</c>.</summary>
    public bool ShuffleHosts { get; }

    /// <summary><c>connect_timeout</c> for each server, seconds.</summary>
    public int? ConnectTimeout { get; }

    /// <summary><c>client_encoding</c>; <c>auto</c> means the server's, because a daemon runs without a locale.</summary>
    public string? ClientEncoding => Text("client_encoding") is { } name && name != "auto" ? name : null;

    /// <summary><c>options</c>.</summary>
    public string? ServerOptions => Text("options");

    /// <summary>Npgsql's settings for one server.</summary>
    public NpgsqlSlimDataSourceBuilder Builder(PgsqlHost host)
    {
        NpgsqlSlimDataSourceBuilder builder = new();
        NpgsqlConnectionStringBuilder settings = builder.ConnectionStringBuilder;
        settings.Host = host.Address;
        settings.Port = host.Port;
        settings.Username = User;
        settings.Database = Database;
        settings.ApplicationName = Text("application_name") ?? Text("fallback_application_name");
        settings.GssEncryptionMode = GssEncryptionMode.Disable;
        settings.KerberosServiceName = Text("krbsrvname") ?? "postgres";
        settings.ChannelBinding = Enum.Parse<ChannelBinding>(OneOf("channel_binding", "prefer", "disable", "require"), true);
        settings.RequireAuth = RequiredAuth();
        KeepAlive(settings, host);
        Security(builder, host);
        return builder;
    }

    /// <summary>The password for one server: from the conninfo, else from the password file.</summary>
    /// <param name="host">The server.</param>
    /// <param name="warn">Takes the reason why the password file is not used.</param>
    public string? Password(PgsqlHost host, Action<string> warn)
    {
        if (Text("password") is { Length: > 0 } given)
        {
            return given;
        }

        // libpq looks up its own default socket directory under the name localhost.
        string name = host.Host == DefaultSocketDirectory ? "localhost" : host.Host;
        string port = host.Port.ToString(CultureInfo.InvariantCulture);
        return PasswordFile is { } path
            && PassFile.Find(path, [name, port, Database, User], warn) is { } found ? WireText.ToUnicode(found) : null;
    }

    /// <summary>The password file for <see cref="Password"/>; <c>null</c>: none.</summary>
    internal string? PasswordFile => Text("passfile") ?? _defaults.InHome(".pgpass");

    /// <summary>TLS files that are named, or are used if they exist.</summary>
    internal IEnumerable<string?> TlsFiles => [Text("sslcert"), Text("sslkey"), _rootCertificate];

    /// <summary>A value as .NET text. Npgsql sends such text as UTF-8.</summary>
    private string? Text(string keyword)
    {
        if (!_given.TryGetValue(keyword, out string? value) || value.Length == 0)
        {
            return null;
        }

        string text = WireText.ToUnicode(value);
        return WireText.FromUnicode(text) == value ? text : throw new FormatException($"{keyword}: not UTF-8");
    }

    private void CheckKeywords()
    {
        foreach ((string keyword, string value) in _given)
        {
            if (Tuning.TryGetValue(keyword, out string[]? usual))
            {
                if (value.Length > 0 && !usual.Contains(value))
                {
                    _passedOver.Add($"{keyword} has no effect here and is passed over");
                }

                continue;
            }

            bool harmless = Harmless.TryGetValue(keyword, out string[]? values);
            if (!harmless && !Known.Contains(keyword))
            {
                throw new FormatException($"invalid connection option \"{keyword}\"");
            }

            if (harmless && value.Length > 0 && !values!.Contains(value))
            {
                throw new FormatException($"{keyword}={value} is not supported");
            }
        }
    }

    private string OneOf(string keyword, params string[] values)
    {
        string value = Text(keyword) ?? values[0];
        return values.Contains(value) ? value : throw new FormatException($"invalid {keyword} value: \"{value}\"");
    }

    private int? Number(string keyword)
    {
        if (Text(keyword) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number : throw new FormatException($"invalid integer value \"{text}\" for connection option \"{keyword}\"");
    }

    private List<PgsqlHost> ReadHosts()
    {
        string[] hosts = (Text("host") ?? "").Split(',');
        string[] addresses = (Text("hostaddr") ?? "").Split(',');
        string[] ports = (Text("port") ?? "").Split(',');
        int count = Text("hostaddr") is null ? hosts.Length : addresses.Length;
        if (Text("host") is not null && hosts.Length != count)
        {
            throw new FormatException($"could not match {hosts.Length} host names to {count} hostaddr values");
        }

        if (ports.Length != 1 && ports.Length != count)
        {
            throw new FormatException($"could not match {ports.Length} port numbers to {count} hosts");
        }

        return [.. Enumerable.Range(0, count).Select(i => Host(
            i < hosts.Length ? hosts[i] : "", i < addresses.Length ? addresses[i] : "", ports[ports.Length == 1 ? 0 : i]))];
    }

    private static PgsqlHost Host(string host, string address, string port)
    {
        int number = 5432;
        if (port.Length > 0 && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number is > 0 and <= 65535))
        {
            throw new FormatException($"invalid port number: \"{port}\"");
        }

        string target = address.Length > 0 ? address : host.Length > 0 ? host : SocketDirectory(number);
        return new PgsqlHost(host.Length > 0 ? host : target, target, number);
    }

    /// <summary>The directory of the socket of a server without a host: Debian's and Red Hat's, else PostgreSQL's own.</summary>
    private static string SocketDirectory(int port) =>
        File.Exists($"/tmp/.s.PGSQL.{port}") && !File.Exists($"{DefaultSocketDirectory}/.s.PGSQL.{port}")
            ? "/tmp" : DefaultSocketDirectory;

    private string RequiredAuth()
    {
        string asked = Text("require_auth") ?? "";
        IEnumerable<string> methods = asked.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(method => method switch
        {
            "password" => "Password",
            "!password" => "!Password",
            "md5" => "MD5",
            "!md5" => "!MD5",
            "scram-sha-256" => "ScramSHA256",
            "!scram-sha-256" => "!ScramSHA256",
            "none" => "None",
            "!none" => "!None",
            "gss" or "!gss" or "sspi" or "!sspi" => throw new FormatException($"require_auth={method} is not supported"),
            _ => throw new FormatException($"invalid require_auth value: \"{method}\""),
        });
        return string.Join(',', methods);
    }

    /// <summary>Keepalive is on by default, as in libpq, but a server that
    /// has vanished is noticed within two minutes, not two hours.</summary>
    private void KeepAlive(NpgsqlConnectionStringBuilder settings, PgsqlHost host)
    {
        settings.TcpKeepAlive = !host.IsSocket && Number("keepalives") is not 0;
        if (settings.TcpKeepAlive)
        {
            settings.TcpKeepAliveTime = Number("keepalives_idle") is { } idle and > 0 ? idle : 60;
            settings.TcpKeepAliveInterval = Number("keepalives_interval") is { } interval and > 0 ? interval : 10;
        }
    }

    private string? DefaultRootCertificate() =>
        _defaults.InHome(".postgresql/root.crt") is { } path && File.Exists(path) ? path : null;

    /// <summary>libpq's rules: 'require' checks the certificate if there is a root certificate.</summary>
    private string SslModeName()
    {
        bool system = _rootCertificate == "system";
        string mode = Text("sslmode") is null && system
            ? "verify-full" : OneOf("sslmode", "prefer", "disable", "allow", "require", "verify-ca", "verify-full");
        if (system && mode != "verify-full")
        {
            throw new FormatException($"weak sslmode \"{mode}\" may not be used with sslrootcert=system");
        }

        bool verifies = mode is "verify-ca" or "verify-full";
        if (verifies && !system && (_rootCertificate is null || !File.Exists(_rootCertificate)))
        {
            throw new FormatException($"root certificate file \"{_rootCertificate ?? "~/.postgresql/root.crt"}\" does not exist");
        }

        return mode == "require" && _rootCertificate is not null && File.Exists(_rootCertificate) ? "verify-ca" : mode;
    }

    private void Security(NpgsqlSlimDataSourceBuilder builder, PgsqlHost host)
    {
        NpgsqlConnectionStringBuilder settings = builder.ConnectionStringBuilder;

        // libpq never encrypts a Unix socket, whatever sslmode says.
        settings.SslMode = host.IsSocket ? SslMode.Disable : _sslMode switch
        {
            "disable" => SslMode.Disable,
            "allow" => SslMode.Allow,
            "require" => SslMode.Require,
            "verify-ca" => SslMode.VerifyCA,
            "verify-full" => SslMode.VerifyFull,
            _ => SslMode.Prefer,
        };
        SslProtocols protocols = Protocols();
        string? certificate = Existing("sslcert");
        string? key = Existing("sslkey");
        if (settings.SslMode == SslMode.Disable)
        {
            return;
        }

        builder.EnableTransportSecurity();
        settings.SslNegotiation =
            OneOf("sslnegotiation", "postgres", "direct") == "direct" ? SslNegotiation.Direct : SslNegotiation.Postgres;
        settings.SslCertificate = Text("sslcertmode") == "disable" ? null : certificate;
        settings.SslKey = key;
        settings.SslPassword = Text("sslpassword");
        settings.RootCertificate = _rootCertificate is not null and not "system" && settings.SslMode >= SslMode.VerifyCA
            ? _rootCertificate : null;
        builder.UseSslClientAuthenticationOptionsCallback(options =>
        {
            options.TargetHost = host.Host;
            options.EnabledSslProtocols = protocols;
        });
    }

    private string? Existing(string keyword)
    {
        string? path = Text(keyword);
        return path is null || File.Exists(path) ? path : throw new FormatException($"{keyword}: file \"{path}\" does not exist");
    }

    private SslProtocols Protocols()
    {
        string[] names = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
        string least = OneOf("ssl_min_protocol_version", ["TLSv1.2", .. names]);
        string most = OneOf("ssl_max_protocol_version", ["TLSv1.3", .. names]);
        int from = Array.IndexOf(names, least);
        int to = Array.IndexOf(names, most);
        if (from < 2)
        {
            throw new FormatException($"ssl_min_protocol_version={least} is not supported");
        }

        return (from, to) switch
        {
            (2, 2) => SslProtocols.Tls12,
            (3, 3) => SslProtocols.Tls13,
            (2, 3) => SslProtocols.Tls12 | SslProtocols.Tls13,
            _ => throw new FormatException("ssl_min_protocol_version is above ssl_max_protocol_version"),
        };
    }
}
