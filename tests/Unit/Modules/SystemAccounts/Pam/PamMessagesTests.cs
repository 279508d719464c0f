// The messages between a worker and a PAM process.
using Authd.Modules.SystemAccounts.Pam;
using Xunit;

namespace Authd.Tests.Unit.Modules.SystemAccounts.Pam;

public class PamMessagesTests
{
    private static readonly PamRequest Request = new()
    {
        Task = PamTask.AuthenticateAndChange,
        Service = "imap",
        User = "j\u00f6rg\u0001",
        Password = [0x70, 0xff, 0x00],
        NewPassword = [1, 2, 3],
        RemoteHost = "::ffff:192.0.2.7",
    };

    [Fact]
    public void A_request_arrives_as_it_was_sent()
    {
        using MemoryStream channel = new([.. Request.ToMessage(), .. (Request with { Task = PamTask.LogIn }).ToMessage()]);
        PamRequest first = PamRequest.Read(channel)!;
        Assert.Equal(
            Request with { Password = first.Password, NewPassword = first.NewPassword }, first);
        Assert.Equal(Request.Password, first.Password);
        Assert.Equal(Request.NewPassword, first.NewPassword);
        Assert.Equal(PamTask.LogIn, PamRequest.Read(channel)!.Task);
        Assert.Null(PamRequest.Read(channel));
    }

    [Fact]
    public void The_longest_text_that_a_client_can_send_fits()
    {
        string text = new('\u00ff', 8191);
        PamRequest request = Request with { Service = text, User = text, Password = new byte[8191] };
        using MemoryStream channel = new(request.ToMessage());
        Assert.Equal(text, PamRequest.Read(channel)!.User);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0x7f })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff })]
    public void A_length_that_cannot_be_is_no_request(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => PamRequest.Read(new MemoryStream(bytes)));

    [Fact]
    public void Wiping_leaves_no_password()
    {
        PamRequest request = Request with { Password = [1, 2], NewPassword = [3] };
        request.Wipe();
        Assert.Equal([0, 0], request.Password);
        Assert.Equal([0], request.NewPassword);
    }

    [Fact]
    public async Task The_modules_come_before_the_result()
    {
        PamResult sent = new("pam_authenticate", 7, "Authentication failure")
        {
            FailureDelay = 2_000_000,
            Modules = "pam_unix",
            Changes = "umask",
        };
        using MemoryStream channel = new();
        PamReplies.WriteModules(channel, "pam_unix pam_deny");
        PamReplies.WriteResult(channel, sent);
        channel.Position = 0;
        List<string> modules = [];
        Assert.Equal(sent, await PamReplies.ReadAsync(channel, modules.Add, default));
        Assert.Equal(["pam_unix pam_deny"], modules);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 1, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0x7f })]
    [InlineData(new byte[] { 1, 0, 0, 0, 9 })]
    [InlineData(new byte[] { 4, 0, 0, 0, 1, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 7, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff })]
    public async Task What_is_no_reply_is_the_end_of_the_process(byte[] bytes) =>
        await Assert.ThrowsAnyAsync<IOException>(() => PamReplies.ReadAsync(new MemoryStream(bytes), _ => { }, default));
}
