using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Authd.Tests.Support;

/// <summary>A private slapd for tests, with one database below <see cref="Root"/> and its own directory, schema, ports and
/// socket; removed when disposed.</summary>
public sealed class SlapdServer : IAsyncDisposable
{
    /// <summary>The tree's root.</summary>
    public const string Root = "dc=test";

    /// <summary>A user with all rights.</summary>
    public const string Admin = "cn=admin,dc=test";

    /// <summary>The daemon's user, who may read all entries and write passwords.</summary>
    public const string Courier = "cn=courier,dc=test";

    /// <summary>The password of both users.</summary>
    public const string Password = "s3cret words";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Courier's attributes below an arc of our own (1.1 is for experiments); homeDirectory and the ids are from the nis schema.
    private const string Schema = """
        include /etc/ldap/schema/core.schema
        include /etc/ldap/schema/cosine.schema
        include /etc/ldap/schema/nis.schema
        attributetype (1.1.77.1.1 NAME 'login' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.2 NAME 'clearPassword' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40)
        attributetype (1.1.77.1.3 NAME 'mailbox' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.4 NAME 'quota' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.5 NAME 'defaultDelivery' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.6 NAME 'disableImap' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.7 NAME 'sharedGroup' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.8 NAME 'handle' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.9 NAME 'realm' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        attributetype (1.1.77.1.10 NAME 'textUid' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15)
        objectclass (1.1.77.2.1 NAME 'testAccount' SUP top STRUCTURAL MUST uid MAY (mail $ login $ cn $ homeDirectory $ uidNumber $
            gidNumber $ userPassword $ clearPassword $ mailbox $ quota $ defaultDelivery $ disableImap $ sharedGroup $ handle $
            realm $ textUid $ description))

        """;

    private readonly ScratchDirectory _scratch = new();
    private Process? _process;

    private SlapdServer(bool tls)
    {
        Port = FreePort();
        TlsPort = tls ? FreePort() : 0;
    }

    /// <summary>TCP port on 127.0.0.1 for ldap.</summary>
    public int Port { get; }

    /// <summary>TCP port on 127.0.0.1 for ldaps; 0: no TLS.</summary>
    public int TlsPort { get; }

    /// <summary><c>ldap://</c>.</summary>
    public string Uri => string.Create(CultureInfo.InvariantCulture, $"ldap://127.0.0.1:{Port}");

    /// <summary><c>ldaps://</c>.</summary>
    public string TlsUri => string.Create(CultureInfo.InvariantCulture, $"ldaps://127.0.0.1:{TlsPort}");

    /// <summary><c>ldapi://</c>: a Unix socket.</summary>
    public string SocketUri => $"ldapi://{System.Uri.EscapeDataString(_scratch["s"])}";

    /// <summary>The process.</summary>
    public int Pid => _process!.Id;

    private string ConfigFile => _scratch["slapd.conf"];

    /// <summary>Makes the database and starts the server.</summary>
    public static async Task<SlapdServer> StartNewAsync(SlapdOptions options)
    {
        SlapdServer server = new(options.Tls is not null);
        Directory.CreateDirectory(server._scratch["db"]);
        await File.WriteAllTextAsync(server.ConfigFile, server.Config(options));
        await File.WriteAllTextAsync(server._scratch["tree.ldif"], Tree(options.Ldif));
        await ProcessRunner.RunOrThrowAsync(
            ["/usr/sbin/slapadd", "-q", "-f", server.ConfigFile, "-l", server._scratch["tree.ldif"]]);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts the stopped server and waits until it listens.</summary>
    public async Task StartAsync()
    {
        string urls = $"{Uri}/ {SocketUri}/{(TlsPort == 0 ? "" : $" {TlsUri}/")}";
        ProcessStartInfo start = new("/usr/sbin/slapd", ["-d", "0", "-f", ConfigFile, "-h", urls])
        {
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        await Eventually.IsTrueAsync(
            () => _process.HasExited ? throw new InvalidOperationException("slapd ended: " + _scratch.Path) : Listens(),
            "slapd listens");
    }

    /// <summary>Stops the server; connections are closed.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false } running)
        {
            await ProcessRunner.SignalAsync(running.Id, "TERM");
            await running.WaitForExitAsync().WaitAsync(Patience);
        }

        _process?.Dispose();
        _process = null;
    }

    /// <summary>Freezes the server: the kernel accepts connections, but they get no answer.</summary>
    public async Task FreezeAsync()
    {
        await ProcessRunner.SignalAsync(Pid, "STOP");

        // The signal reaches one thread after the other.
        await Eventually.IsTrueAsync(
            () => Directory.EnumerateDirectories($"/proc/{Pid}/task").All(
                task => File.ReadAllText($"{task}/stat").Contains(") T ", StringComparison.Ordinal)),
            "slapd stands still");
    }

    /// <summary>Resumes a frozen server.</summary>
    public Task ThawAsync() => ProcessRunner.SignalAsync(Pid, "CONT");

    /// <summary>Applies an LDIF of changes as <see cref="Admin"/>.</summary>
    public Task ModifyAsync(string ldif) =>
        ProcessRunner.RunOrThrowAsync(["ldapmodify", "-x", "-H", Uri, "-D", Admin, "-w", Password], ldif);

    /// <summary>The values of one attribute of one entry, as <see cref="Admin"/> sees them, one char a byte.</summary>
    public async Task<string[]> ValuesAsync(string dn, string attribute)
    {
        string output = await ProcessRunner.RunOrThrowAsync(
            ["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", Uri, "-D", Admin, "-w", Password, "-b", dn, "-s",
                "base", attribute]);
        return
        [
            .. from line in output.Split('\n')
               where line.StartsWith(attribute + ":", StringComparison.OrdinalIgnoreCase)
               let value = line[(attribute.Length + 1)..]
               select value.StartsWith(':')
                   ? Core.WireText.FromBytes(Convert.FromBase64String(value[1..].Trim())) : value.Trim(),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await ThawAsync();
        }

        await StopAsync();
        _scratch.Dispose();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Tree(string ldif) => $"""
        dn: {Root}
        objectClass: dcObject
        objectClass: organization
        dc: test
        o: test

        dn: {Courier}
        objectClass: person
        cn: courier
        sn: courier
        userPassword: {Password}

        {ldif}
        """;

    private string Config(SlapdOptions options) => $"""
        {Schema}
        pidfile {_scratch["pid"]}
        modulepath /usr/lib/ldap
        moduleload back_mdb
        {(options.Tls is { } tls ? $"TLSCertificateFile {tls.Certificate}\nTLSCertificateKeyFile {tls.Key}" : "")}
        {options.Global}
        database mdb
        suffix {Root}
        directory {_scratch["db"]}
        maxsize 67108864
        dbnosync
        rootdn {Admin}
        rootpw "{Password}"
        index objectClass,uid,mail,login,handle eq
        {options.Database}
        access to attrs=userPassword,clearPassword by dn.exact={Courier} write by self write by anonymous auth by * none
        access to * by * read

        """;

    private bool Listens()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false; // Not ready yet: the caller asks again.
        }
    }
}
