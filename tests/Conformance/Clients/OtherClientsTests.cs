// The requests of Cyrus SASL (Postfix) and Exim, byte for byte.
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Clients;

[Collection(ClientsGroup.Name)]
public class OtherClientsTests(ClientsPair fixture)
{
    private const string Payload = "smtp\nlogin\njohn@example.com\n";

    /// <summary>Cyrus SASL's authdaemond verifier announces a length
    /// without the last LF, but sends it, and reads to the end.</summary>
    [Theory]
    [InlineData(UserdbAccounts.Password, "\n.\n")]
    [InlineData("wrong", "FAIL\n")]
    public async Task Cyrus_sasl_with_its_surplus_byte_sees_no_reset(string password, string ends)
    {
        string payload = Payload + password;
        for (int i = 0; i < 50; i++)
        {
            Harness.Replies replies = await fixture.Pair.AskAsync($"AUTH {payload.Length}\n{payload}\n");
            Assert.Equal(Ending.Closed, replies.Ours.Ending);
            Assert.EndsWith(ends, replies.Ours.Text, StringComparison.Ordinal);
            Assert.Equal(replies.C.Text, replies.Ours.Text);
        }
    }

    /// <summary>In a write of its own, the surplus byte may arrive after the request was answered.</summary>
    [Fact]
    public async Task A_surplus_byte_that_comes_late_does_no_harm()
    {
        string request = $"AUTH {Payload.Length + 8}\n{Payload}password";
        for (int i = 0; i < 50; i++)
        {
            RawReply ours = await RawClient.AskAsync(
                fixture.Pair.Ours.SocketPath, new RawRequest(request + "\n", PieceSize: request.Length));
            Assert.Equal(Ending.Closed, ours.Ending);
            Assert.EndsWith("\n.\n", ours.Text, StringComparison.Ordinal);
        }
    }

    /// <summary>Exim's readsocket shuts its side down for writing before it reads.</summary>
    [Theory]
    [InlineData(UserdbAccounts.Password, "\nADDRESS=john@example.com\n")]
    [InlineData("wrong", "FAIL\n")]
    public async Task Exims_readsocket_gets_its_reply_after_half_closing(string password, string contains)
    {
        string payload = $"exim\nlogin\njohn@example.com\n{password}\n";
        string reply = await fixture.Pair.AssertSameAsync(
            new RawRequest($"AUTH {payload.Length}\n{payload}", HalfClose: true));
        Assert.Contains(contains, reply, StringComparison.Ordinal);
    }
}
