// Debian's Exim, unpacked but not installed, asked for one SMTP conversation at a time.
using System.Text;

namespace Authd.Tests.Support;

/// <summary>
/// Exim with an authenticator that asks the daemon through <c>readsocket</c>, as published recipes do. It talks SMTP on its
/// standard input and output. Needs root.
/// </summary>
public sealed class EximServer : IDisposable
{
    // Exim looks its own user up, and Debian's package makes that user; here a private /etc/passwd has it.
    private const string WithEximsUser =
        """
        for file in passwd group; do
            { cat /etc/$file; echo "Debian-exim:x:4243:4243::/:/bin/false"; } >"$1/$file" && mount --bind "$1/$file" /etc/$file
        done
        shift && exec "$@"
        """;

    private readonly ScratchDirectory _scratch = new();

    /// <summary>Writes Exim's configuration.</summary>
    /// <param name="condition"><c>server_condition</c> of a PLAIN authenticator: $auth2 is the name, $auth3 the password.</param>
    public EximServer(string condition)
    {
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
            plain:
              driver = plaintext
              public_name = PLAIN
              server_prompts = :
              server_condition = {condition}

            """);
    }

    /// <summary>Exim's reply to AUTH PLAIN: <c>235 ...</c>, <c>535 ...</c> or <c>435 ...</c>.</summary>
    public async Task<string> LoginAsync(string user, string password)
    {
        string credentials = Convert.ToBase64String(Encoding.Latin1.GetBytes($"\0{user}\0{password}"));
        ProgramResult result = await ProcessRunner.RunAsync(
            [
                "unshare", "--mount", "sh", "-euc", WithEximsUser, "sh", _scratch.Path,
                Path.Combine(Repository.Root, "out/unpacked/exim4-daemon-light/usr/sbin/exim4"), "-C", _scratch["conf"], "-bs",
            ],
            $"EHLO client.example\r\nAUTH PLAIN {credentials}\r\nQUIT\r\n");
        return result.Output.Split("\r\n").LastOrDefault(line => line.Length > 2 && line[1] == '3')
            ?? throw new InvalidOperationException(result.Output + result.Error);
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}
