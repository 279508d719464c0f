using System.Text;

namespace Authd.Tests.Support;

/// <summary>
/// Debian's Exim, unpacked but not installed, with an authenticator that asks the daemon through <c>readsocket</c>, as published
/// recipes do, or by Dovecot's protocol. It talks SMTP on its standard input and output, one conversation at a time. Needs root.
/// </summary>
public sealed class EximServer : IDisposable
{
    // Exim looks up its own user, which Debian's package creates; here a private /etc/passwd has it.
    private const string WithEximsUser =
        """
        own=$(mktemp -d -p "$1")
        for file in passwd group; do
            { cat /etc/$file; echo "Debian-exim:x:4243:4243::/:/bin/false"; } >"$own/$file" && mount --bind "$own/$file" /etc/$file
        done
        shift && exec "$@"
        """;

    /// <summary>The address of its clients.</summary>
    public const string ClientAddress = "192.0.2.7";

    private const string Light = "exim4-daemon-light";
    private const string Heavy = "exim4-daemon-heavy";

    private readonly ScratchDirectory _scratch = new();
    private readonly string _package;

    /// <summary>Exim with an authenticator that decides by a condition.</summary>
    /// <param name="condition"><c>server_condition</c> of a PLAIN authenticator: $auth2 is the name, $auth3 the password.</param>
    public EximServer(string condition)
        : this(
            Light,
            $"""
            plain:
              driver = plaintext
              public_name = PLAIN
              server_prompts = :
              server_condition = {condition}

            """)
    {
    }

    private EximServer(string package, string authenticators)
    {
        _package = package;
        File.SetUnixFileMode(_scratch.Path, (UnixFileMode)Convert.ToInt32("777", 8));
        File.WriteAllText(
            _scratch["conf"],
            $"""
            primary_hostname = mail.example
            exim_user = 4243
            exim_group = 4243
            log_file_path = {_scratch.Path}/%slog
            spool_directory = {_scratch.Path}
            keep_environment =
            begin authenticators
            {authenticators}
            """);
    }

    /// <summary>Exim with authenticators that use a socket with Dovecot's protocol.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="mechanisms">PLAIN and so on.</param>
    public static EximServer AskingAt(string socket, params string[] mechanisms) => new(
        Heavy,
        string.Concat(mechanisms.Select(mechanism => $"""
            {mechanism.Replace('-', '_')}:
              driver = dovecot
              public_name = {mechanism}
              server_socket = {socket}
              server_set_id = $auth1

            """)));

    /// <summary>Exim's reply to AUTH PLAIN: <c>235 ...</c>, <c>535 ...</c> or <c>435 ...</c>.</summary>
    public Task<string> LoginAsync(string user, string password) =>
        TalkAsync($"AUTH PLAIN {Convert.ToBase64String(Encoding.Latin1.GetBytes($"\0{user}\0{password}"))}");

    /// <summary>Exim's reply to AUTH LOGIN, likewise.</summary>
    public Task<string> LoginByStepsAsync(string user, string password) =>
        TalkAsync($"AUTH LOGIN\r\n{Requests.Base64(user)}\r\n{Requests.Base64(password)}");

    private async Task<string> TalkAsync(string commands)
    {
        string unpacked = Path.Combine(Repository.Root, "out/unpacked");
        ProgramResult result = await ProcessRunner.RunAsync(
            [
                "unshare", "--mount", "sh", "-euc", WithEximsUser, "sh", _scratch.Path,
                "env", $"LD_LIBRARY_PATH={unpacked}/libspf2-2/usr/lib",
                Path.Combine(unpacked, _package, "usr/sbin/exim4"), "-C", _scratch["conf"], "-oMa", ClientAddress, "-bs",
            ],
            $"EHLO client.example\r\n{commands}\r\nQUIT\r\n");
        return result.Output.Split("\r\n").LastOrDefault(line => line.Length > 2 && line[1] == '3')
            ?? throw new InvalidOperationException(result.Output + result.Error);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
