// PAM's rhost is the address of the mail client, whom a mail server logs in.
using Authd.Tests.Integration.Pam;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sasl;

public sealed class RemoteHostTests(SmtpFixture smtp) : IClassFixture<SmtpFixture>
{
    [Theory]
    [InlineData("\trip=192.0.2.9", "192.0.2.9", true)]
    [InlineData("\tlip=192.0.2.1\trip=2001:db8::9\tlport=25", "2001:db8::9", true)]
    [InlineData("\trip=192.0.2.8", "192.0.2.9", false)]
    [InlineData("\tlip=192.0.2.9", "192.0.2.9", false)]
    [InlineData("", "192.0.2.9", false)]
    public async Task The_modules_of_PAM_see_the_address_that_the_mail_server_has_sent(string fields, string wanted, bool accepted)
    {
        await using PamHost host = await StartAsync(wanted);
        string reply = (await RawClient.AskAsync(
            smtp.SaslPath,
            $"VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\tservice=smtp{fields}\tresp={Requests.Base64($"\0{PamHost.Alice}\0{PrivateEtc.Password}")}\n")).Text;
        Assert.EndsWith(accepted ? "\nOK\t1\tuser=alice\n" : "\nFAIL\t1\tuser=alice\n", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "235 ")]
    [InlineData("127.0.0.2", "535 ")]
    public async Task Postfix_sends_the_address_of_its_client(string wanted, string reply)
    {
        await using PamHost host = await StartAsync(wanted);
        Assert.StartsWith(reply, await smtp.Postfix.LoginAsync(PamHost.Alice, PrivateEtc.Password), StringComparison.Ordinal);
    }

    private async Task<PamHost> StartAsync(string wanted)
    {
        // The host has users of its own, and does not know postfix by name.
        string owner = $"owner = {(await ProcessRunner.RunOrThrowAsync(["id", "-u", "postfix"])).Trim()}";
        PamHost host = await PamHost.StartAsync(
            smtp.Ini.Replace("[sasl]", $"[sasl]\n{owner}", StringComparison.Ordinal).Replace("[maps]", $"[maps]\n{owner}", StringComparison.Ordinal));
        host.Accounts.WriteService("smtp", $"auth required {host.Module} rhost={wanted}", "account required pam_permit.so");
        await SaslSite.ListensAsync(smtp.SaslPath);
        await SaslSite.ListensAsync(smtp.MapsPath);
        return host;
    }
}
