// Mail clients log in through a real Exim, which asks the daemon by Dovecot's protocol.
using Authd.Tests.Integration.Daemon;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sasl;

public sealed class EximLoginTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly EximServer _exim;

    public EximLoginTests()
    {
        File.SetUnixFileMode(_scratch.Path, (UnixFileMode)Convert.ToInt32("755", 8));
        _exim = EximServer.AskingAt(Socket, "PLAIN", "LOGIN");
    }

    private string Socket => _scratch["auth"];

    public void Dispose()
    {
        _exim.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Exim_logs_in_by_both_mechanisms_and_knows_an_outage()
    {
        // 4243 is Exim's user in this test.
        using CourierSite site = await DaemonSite.NewAsync(2, $"[sasl]\nlisten = {Socket}\nowner = 4243\nmode = 0600\n");
        site.WriteAuthdaemonrc("authuserdb authpgsql");
        site.WriteAuthpgsqlrc("host=/nonexistent dbname=mail", "PGSQL_USER_TABLE passwd", "PGSQL_CRYPT_PWFIELD crypt");
        await using (OurDaemon daemon = await SaslSite.StartAsync(site, Socket))
        {
            Assert.StartsWith("235 ", await _exim.LoginAsync(DaemonSite.User, DaemonSite.Password), StringComparison.Ordinal);
            Assert.StartsWith("235 ", await _exim.LoginByStepsAsync(DaemonSite.User, DaemonSite.Password), StringComparison.Ordinal);
            Assert.StartsWith("435 ", await _exim.LoginAsync("away", "x"), StringComparison.Ordinal);
            Assert.StartsWith("435 ", await _exim.LoginByStepsAsync("away", "x"), StringComparison.Ordinal);
        }

        Assert.StartsWith("435 ", await _exim.LoginAsync(DaemonSite.User, DaemonSite.Password), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_passwords_and_unknown_names_are_rejected_and_logged_with_the_clients_address()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, $"[sasl]\nlisten = {Socket}\nowner = 4243\nmode = 0600\n");
        await using OurDaemon daemon = await SaslSite.StartAsync(site, Socket);
        Assert.StartsWith("535 ", await _exim.LoginAsync(DaemonSite.User, "wrong"), StringComparison.Ordinal);
        Assert.StartsWith("535 ", await _exim.LoginByStepsAsync("nobody", DaemonSite.Password), StringComparison.Ordinal);
        await daemon.LogHasAsync(
            $"LOGIN FAILED, user={DaemonSite.User}, ip=[{EximServer.ClientAddress}], service=smtp, module=authuserdb, reason=wrong password");
    }

    [Fact]
    public async Task Reloads_under_load_fail_no_login()
    {
        using CourierSite site = await DaemonSite.NewAsync(2, $"[sasl]\nlisten = {Socket}\nowner = 4243\nmode = 0600\n");
        await using OurDaemon daemon = await SaslSite.StartAsync(site, Socket);
        using CancellationTokenSource enough = new();
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => LogInUntilAsync(enough.Token))];
        for (int reload = 0; reload < 3; reload++)
        {
            IReadOnlyList<int> before = daemon.Workers;
            await ProcessRunner.SignalAsync(daemon.Pid, "HUP");
            await Eventually.IsTrueAsync(() => !daemon.Workers.Intersect(before).Any(), "new workers");
        }

        await enough.CancelAsync();
        await Task.WhenAll(clients);
    }

    private async Task LogInUntilAsync(CancellationToken enough)
    {
        do
        {
            Assert.StartsWith("235 ", await _exim.LoginAsync(DaemonSite.User, DaemonSite.Password), StringComparison.Ordinal);
        }
        while (!enough.IsCancellationRequested);
    }
}
