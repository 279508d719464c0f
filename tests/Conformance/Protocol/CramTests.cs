// AUTH cram-md5, cram-sha1, cram-sha256: good, bad and odd responses.
using Authd.Tests.Conformance.Userdb;
using Xunit;
using static Authd.Tests.Support.Requests;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class CramTests(ProtocolPair fixture)
{
    private const string Challenge = "<1896.697170952@postoffice.reston.mci.net>";
    private const string Password = UserdbAccounts.CramPassword;

    public static TheoryData<string> AuthTypes => ["cram-md5", "cram-sha1", "cram-sha256"];

    public static TheoryData<string, string> Accepted => new()
    {
        { "tim", Challenge },
        { "tim", "x" },
        { "tim", "no angle brackets" },
        { "tim", "\u00c3\u00bc\u00ff\u0001\n\r\t " },
        { "tim", new string('c', 1000) },
        { "tim with blanks", Challenge },
    };

    /// <summary>Texts of the response before its base64; the digest is right unless a case spoils it.</summary>
    public static TheoryData<string> Responses
    {
        get
        {
            string digest = Digest("cram-md5", Password, Challenge);
            return
            [
                $"tim {digest}",
                $"tim {digest.ToUpperInvariant()}",
                $"tim {digest[..16].ToUpperInvariant()}{digest[16..]}",
                $"tim {digest[..^1]}",
                $"tim {digest}0",
                $"tim {digest}00",
                $"tim {digest} ",
                $"tim {digest}\0",
                $"tim {digest}\0more",
                $"tim {digest}\n",
                $"tim\0 {digest}",
                $"tim\0\0 x {digest}",
                $"tim {digest}\0 x",
                $"t\0im {digest}",
                $"\0tim {digest}",
                $"tim {digest[..5]}\0{digest[5..]}",
                $"tim  {digest}",
                $" tim {digest}",
                $"tim\t{digest}",
                $"tim{digest}",
                $"{digest}",
                $" {digest}",
                "tim",
                "tim ",
                " ",
                "x",
                $"tim {digest[..^1]}g",
                $"tim {digest[..^1]} ",
                $"tim 0x{digest[..^2]}",
                $"tim {new string('0', 32)}",
                $"tim {Digest("cram-sha1", Password, Challenge)}",
                $"tim with blanks {digest}",
                $"TIM {digest}",
                $"nosuch {digest}",
                $"plain {digest}",
                $"\u00c3\u00bc {digest}",
                $"{new string('u', 2000)} {digest}",
            ];
        }
    }

    /// <summary>Whole authdata, as sent.</summary>
    public static TheoryData<string> Data
    {
        get
        {
            string challenge = Base64(Challenge);
            string response = Base64($"tim {Digest("cram-md5", Password, Challenge)}");
            string other = Base64($"tim with blanks {Digest("cram-md5", Password, Challenge)}");
            return
            [
                $"{challenge}\n{response}\n",
                $"{challenge}\n{response}",
                $"\n{challenge}\n\n{response}\n\n",
                $"{challenge}\n{response}\nthird\n",
                $"{challenge}\n\n",
                $"{challenge}\n",
                $"{challenge}",
                "\n\n",
                "\n",
                "",
                $"{response}\n{challenge}\n",
                $"{challenge}\r\n{response}\r\n",
                $"{challenge}\n{response}\r\n",
                $"{challenge}\r\n{response}\n",
                $"{challenge}x\n{response}\n",
                $"{challenge}\n{response}x\n",
                $"{challenge}\n{response}xx\n",
                $"{challenge}\n{response}xxx\n",
                $"{challenge}\n{response}xxxx\n",
                $"{challenge}xx\n{response}\n",
                $"{challenge}xxx\n{response}\n",
                $"{challenge}=\n{response}\n",
                $"{challenge}\n{response}=\n",
                $"{challenge}\n{response}==\n",
                $"{challenge}\n{response}====\n",
                $"{challenge}\n{response[..^1]}\n",
                $"{challenge}\n{response[..^2]}\n",
                $"{challenge}\n{response[..^3]}\n",
                $"{challenge}\n{response[..^4]}\n",
                $"{challenge[..^1]}\n{response}\n",
                $"{challenge[..^4]}\n{response}\n",
                $"{challenge}\n{other}\n",
                $"{challenge}\n{other}====\n",
                $"{challenge}\n{other}{response}\n",
                $" {challenge}\n{response}\n",
                $"{challenge} \n{response}\n",
                $"{challenge}\n {response}\n",
                $"{challenge}\n{response} \n",
                $"{challenge}\n{response}  \n",
                $"{challenge}\n{response[..8]} {response[8..]}\n",
                $"{challenge}\n{response[..8]}\t\t\t\t{response[8..]}\n",
                $"{challenge}\n{response[..8]}-{response[9..]}\n",
                $"{challenge}\n{response[..8]}_{response[9..]}\n",
                $"{challenge}\n{response[..8]}={response[9..]}\n",
                $"{challenge}\n{response[..8]}\u00fc{response[9..]}\n",
                $"{challenge}\n{response[..8]}\0{response[9..]}\n",
                $"{challenge.Replace('+', '-')}\n{response}\n",
                $"<{challenge}>\n{response}\n",
                $"=\n{response}\n",
                $"====\n{response}\n",
                $"{challenge}\n=\n",
                $"{challenge}\n====\n",
                $"{challenge}\nA===\n",
                $"{challenge}\nAA==\n",
                $"{challenge}\nA\n",
                $"{challenge}\n{new string('A', 4000)}\n",
            ];
        }
    }

    [Theory]
    [MemberData(nameof(AuthTypes))]
    public async Task The_published_vectors_are_accepted(string authType)
    {
        string reply = await fixture.Pair.AssertSameAsync(Cram(authType, "tim", Password, Challenge));
        Assert.EndsWith("ADDRESS=tim\n.\n", reply, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Any_challenge_will_do(string user, string challenge)
    {
        string reply = await fixture.Pair.AssertSameAsync(Cram("cram-md5", user, Password, challenge));
        Assert.StartsWith("UID=1001\n", reply, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(AuthTypes))]
    public Task A_wrong_password_is_refused_the_same(string authType) =>
        fixture.Pair.AssertSameAsync(Cram(authType, "tim", "wrong", Challenge));

    [Theory]
    [MemberData(nameof(Responses))]
    public Task The_response_gets_the_same(string response) => fixture.Pair.AssertSameAsync(
        Auth("imap", "cram-md5", $"{Base64(Challenge)}\n{Base64(response)}\n"));

    [Theory]
    [MemberData(nameof(Data))]
    public Task The_authdata_gets_the_same(string data) => fixture.Pair.AssertSameAsync(Auth("imap", "cram-md5", data));

    [Theory]
    [InlineData("cram-md5", "cram-sha1")]
    [InlineData("cram-md5", "cram-sha256")]
    [InlineData("cram-sha256", "cram-md5")]
    public Task A_digest_of_another_hash_is_refused_the_same(string sent, string computed) => fixture.Pair.AssertSameAsync(
        Auth("imap", sent, $"{Base64(Challenge)}\n{Base64($"tim {Digest(computed, Password, Challenge)}")}\n"));

    [Theory]
    [InlineData("CRAM-MD5")]
    [InlineData("cram-MD5")]
    [InlineData("cram-md5 ")]
    [InlineData("cram-md4")]
    [InlineData("cram-sha384")]
    [InlineData("cram-sha512")]
    [InlineData("cram-")]
    [InlineData("cram")]
    [InlineData("cram-md5x")]
    [InlineData("digest-md5")]
    public Task An_unknown_authtype_is_refused_the_same(string authType) => fixture.Pair.AssertSameAsync(
        Auth("imap", authType, $"{Base64(Challenge)}\n{Base64($"tim {Digest("cram-md5", Password, Challenge)}")}\n"));
}
