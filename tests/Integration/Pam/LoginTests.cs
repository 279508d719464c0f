// Logins through real PAM stacks.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Pam;

/// <summary>A daemon whose users have every fault that an account can have.</summary>
public sealed class PamLogins : IAsyncLifetime
{
    internal PamHost Host { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        Host = await PamHost.StartAsync();
        Host.Accounts.Add("expired", 5002, ages: "19000:::::1:");
        Host.Accounts.Add("mustchange", 5003, ages: "0:0:90:7:::");
        Host.Accounts.Add("aged", 5004, ages: "10000:0:30:7:::");
        Host.Accounts.Add("longago", 5005, ages: "10000:0:30:7:5::");
        Host.Accounts.Add("locked", 5006, "!" + PrivateEtc.Hash);
        Host.Accounts.Add("star", 5007, "*");
        Host.Accounts.Add("empty", 5008, "");
        Host.Accounts.Add("noshadow", 5009, hash: null);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Host.DisposeAsync();
}

public class LoginTests(PamLogins logins) : IClassFixture<PamLogins>
{
    private readonly PamHost _host = logins.Host;

    [Fact]
    public async Task The_right_password_gives_the_account() => Assert.Equal(
        $"USERNAME=alice\nGID=5001\nHOME=/home/alice\nADDRESS=alice\nNAME=Alice A\nPASSWD={PrivateEtc.Hash}\nPASSWD2=password\n.\n",
        await _host.LogInAsync());

    [Theory]
    [InlineData("alice", "wrong", "wrong password")]
    [InlineData("expired", PrivateEtc.Password, "account expired")]
    [InlineData("expired", "wrong", "wrong password")]
    [InlineData("mustchange", PrivateEtc.Password, "password expired")]
    [InlineData("aged", PrivateEtc.Password, "password expired")]
    [InlineData("longago", PrivateEtc.Password, "password expired")]
    [InlineData("locked", PrivateEtc.Password, "wrong password")]
    [InlineData("star", PrivateEtc.Password, "wrong password")]
    [InlineData("empty", PrivateEtc.Password, "wrong password")]
    [InlineData("nobody-has-this-name", PrivateEtc.Password, "unknown user")]
    public async Task A_login_that_PAM_refuses_fails_and_the_log_says_why(string user, string password, string reason)
    {
        string remote = $"192.0.2.{user.Length + password.Length}";
        Assert.Equal("FAIL\n", await _host.AskAsync($"TCPREMOTEIP={remote}\n{Requests.Login(user, password)}"));
        await _host.Daemon.LogHasAsync(
            $"INFO: LOGIN FAILED, user={user}, ip=[{remote}], service=imap, module=authpam, reason={reason}");
    }

    [Theory]
    [InlineData("auth required pam_permit.so", "account required pam_permit.so", true)]
    [InlineData("auth required pam_deny.so", "account required pam_permit.so", false)]
    [InlineData("auth required pam_permit.so", "account required pam_deny.so", false)]
    public async Task The_stack_of_the_service_decides(string auth, string account, bool accepted)
    {
        _host.Accounts.WriteService("stack", auth, account);
        string reply = await _host.LogInAsync("stack");
        Assert.Equal(accepted, PamHost.Succeeded(reply));
        Assert.True(accepted || reply == "FAIL\n");
    }

    [Fact]
    public async Task A_service_without_a_file_has_the_stack_called_other()
    {
        _host.Accounts.WriteService("other", "auth required pam_permit.so", "account required pam_permit.so");
        Assert.True(PamHost.Succeeded(await _host.LogInAsync("nofile")));
        _host.Accounts.WriteService("other", "auth required pam_deny.so", "account required pam_deny.so");
        Assert.Equal("FAIL\n", await _host.LogInAsync("nofile"));
    }

    [Fact]
    public async Task The_clients_address_is_PAM_RHOST()
    {
        string service = _host.Service("rhost=::ffff:192.0.2.7");
        string login = Requests.Login(PamHost.Alice, PrivateEtc.Password, service);
        Assert.True(PamHost.Succeeded(await _host.AskAsync("TCPREMOTEIP=::ffff:192.0.2.7\n" + login)));
        Assert.Equal("FAIL\n", await _host.AskAsync("TCPREMOTEIP=192.0.2.8\n" + login));
        Assert.Equal("FAIL\n", await _host.AskAsync(login));
    }

    [Fact]
    public async Task Several_questions_are_answered_and_texts_are_logged_cleaned_and_with_the_user()
    {
        _host.Accounts.WriteService(
            "ask", $"auth required {_host.Module} ask alice", "account required pam_permit.so");
        Assert.True(PamHost.Succeeded(await _host.LogInAsync("ask")));
        await _host.Daemon.LogHasAsync("INFO: authpam: service=ask, user=alice: Welcome");
        await _host.Daemon.LogHasAsync("INFO: authpam: service=ask, user=alice: to the . test");
        await _host.Daemon.LogHasAsync("INFO: authpam: service=ask, user=alice: Once more");
    }

    [Theory]
    [InlineData(3, "PAM_SERVICE_ERR")]
    [InlineData(4, "PAM_SYSTEM_ERR")]
    [InlineData(5, "PAM_BUF_ERR")]
    [InlineData(9, "PAM_AUTHINFO_UNAVAIL")]
    [InlineData(26, "PAM_ABORT")]
    public async Task An_error_that_is_no_verdict_is_a_temporary_failure(int code, string name)
    {
        string service = $"code{code}";
        _host.Accounts.WriteService(service, $"auth required {_host.Module} code={code}", "account required pam_permit.so");
        // FAIL, since the service is not known to understand silence; the log tells the difference.
        Assert.True(await _host.LogInAsync(service) == "FAIL\n", name);
        await _host.Daemon.LogHasAsync($"DEBUG: pam_authenticate failed, result {code}");
        await _host.Daemon.LogHasAsync($"ERR: authpam: pam_authenticate failed, result {code}: ");
        string reason = code == 9 ? "back end away" : "PAM gave no verdict";
        await _host.Daemon.LogHasAsync($"service={service}, module=authpam, reason={reason}");
    }

    [Theory]
    [InlineData(6, "access denied")]
    [InlineData(10, "unknown user")]
    [InlineData(11, "too many tries")]
    public async Task A_verdict_is_a_rejection(int code, string reason)
    {
        string service = $"code{code}";
        _host.Accounts.WriteService(service, $"auth required {_host.Module} code={code}", "account required pam_permit.so");
        Assert.Equal("FAIL\n", await _host.LogInAsync(service));
        await _host.Daemon.LogHasAsync($"service={service}, module=authpam, reason={reason}");
    }

    [Fact]
    public async Task A_module_that_is_not_installed_is_a_temporary_failure()
    {
        _host.Accounts.WriteService("missing", "auth required pam_nosuchmodule.so", "account required pam_permit.so");
        Assert.Equal("FAIL\n", await _host.LogInAsync("missing"));
        await _host.Daemon.LogHasAsync("ERR: authpam: pam_authenticate failed, result 28: Module is unknown: "
            + "/etc/pam.d/missing:1: the module pam_nosuchmodule.so cannot be loaded; is its package installed? (service=missing");
        await _host.Daemon.LogHasAsync("service=missing, module=authpam, reason=configuration");
    }

    [Fact]
    public async Task Lookups_do_not_ask_PAM()
    {
        Assert.Equal(
            $"USERNAME=expired\nGID=5002\nHOME=/home/expired\nADDRESS=expired\nNAME=\nPASSWD={PrivateEtc.Hash}\n.\n",
            await _host.AskAsync(Requests.Lookup("expired")));
    }
}
