// A daemon as a package installs it: the state directory belongs to the mail system's user, and modules need root now and then.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Security;

/// <summary>One daemon for the tests that do not change it.</summary>
public sealed class PrivilegeFixture : IAsyncLifetime
{
    /// <summary>A system user whose hash is in shadow.</summary>
    public const string Sally = "sally";

    /// <summary>A system user who can log in only through PAM.</summary>
    public const string Penny = "penny";

    /// <summary>A user of userdb.</summary>
    public const string Uma = "uma@example.com";

    public CourierSite Site { get; private set; } = null!;

    public PrivateEtc Accounts { get; private set; } = null!;

    public OurDaemon Daemon { get; private set; } = null!;

    /// <summary>The mail system's user, as /proc shows it.</summary>
    public string MailUid { get; private set; } = "";

    public Task InitializeAsync() => StartAsync();

    /// <summary>Starts the daemon.</summary>
    /// <param name="under">A command that runs the following one.</param>
    public async Task StartAsync(params string[] under)
    {
        Site = new CourierSite();
        Accounts = await PrivateEtc.NewAsync(Site);
        Accounts.Add(Sally, 5001);
        Accounts.Add(Penny, 5002, hash: "*");
        Accounts.WriteService("imap", "auth required pam_unix.so nodelay", "account required pam_unix.so");
        Accounts.WriteService("pop3", "auth required pam_permit.so", "account required pam_permit.so");
        Accounts.WriteService("passwd", "password required pam_unix.so yescrypt");
        Site.WriteAuthdaemonrc("authuserdb authshadow authpam", 2, "DEBUG_LOGIN=1", "LD_PRELOAD=/nonexistent.so", "SPECIAL=yes");
        await WriteUserdbAsync("first");
        string ids = await ProcessRunner.RunOrThrowAsync(["id", "-u", "courier"]);
        MailUid = ids.Trim();
        Daemon = await OurDaemon.StartAsync(Site, null, under);
        await Eventually.IsTrueAsync(() => Daemon.Workers.Count == 2 && Daemon.Brokers.Count == 1, "workers and broker");
    }

    /// <summary>Writes userdb anew, as root, with a password for <see cref="Uma"/>.</summary>
    public async Task WriteUserdbAsync(string password)
    {
        await Site.WriteUserdbAsync($"{Uma}\tuid=2001|gid=2001|home=/h|systempw={{PLAIN}}{password}\n");
        File.SetUnixFileMode(Path.Combine(Site.Config, "userdb.dat"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public async Task<string> AskAsync(string request) => (await RawClient.AskAsync(Daemon.SocketPath, request)).Text;

    /// <summary>Whether the login succeeds.</summary>
    public async Task<bool> LogsInAsync(string user, string password, string service = "imap") =>
        (await AskAsync(Requests.Login(user, password, service))).EndsWith(
            string.Create(CultureInfo.InvariantCulture, $"PASSWD2={password}\n.\n"), StringComparison.Ordinal);

    public async Task DisposeAsync()
    {
        await Daemon.DisposeAsync();
        Site.Dispose();
    }
}
