// The credentials of authtypes cram-*, in the forms that courier-authlib's decoder accepts and refuses.
using System.Text;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Protocol;

public class CramDataTests
{
    private const string Challenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+";

    [Theory]
    [InlineData("cram-md5", CramHash.Md5, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw",
        "b913a602c7eda7a495b4e6e7334d3890")]
    [InlineData("cram-sha1", CramHash.Sha1, "dGltIDhjYjEwZWQwYThiNzY0YWIwZTA1MTI1ZGQ2ZWFhMjk1ZjE5YjU5NDM=",
        "8cb10ed0a8b764ab0e05125dd6eaa295f19b5943")]
    [InlineData("cram-sha256", CramHash.Sha256,
        "dGltIGYwMDExYmJmN2MxNjE4ZWY5MGUzZjE4MTQ4ZTVlZGE0ZTE1NjMxYzljMzhlYmVmMDYyYmY3MTQzZmY3MmU5NDQ=",
        "f0011bbf7c1618ef90e3f18148e5eda4e15631c9c38ebef062bf7143ff72e944")]
    public void The_known_responses_are_read(string authType, CramHash hash, string response, string digest)
    {
        CramData cram = Parse(authType, $"{Challenge}\n{response}\n")!;

        Assert.Equal((hash, "tim", digest), (cram.Hash, cram.User, cram.Digest));
        Assert.Equal("<1896.697170952@postoffice.reston.mci.net>", Encoding.ASCII.GetString(cram.Challenge));
        Assert.True(HmacKey.MatchesPassword(cram, "tanstaaftanstaaf", Log.None));
    }

    [Fact]
    public void The_user_may_hold_blanks_and_the_digest_follows_the_last_one()
    {
        CramData cram = Parse("cram-md5", $"{Challenge}\n{Base64("a b c@d 00ff")}\n")!;

        Assert.Equal(("a b c@d", "00ff"), (cram.User, cram.Digest));
    }

    [Theory]
    [InlineData("tim 00\0 11", "tim 00", "11")]
    [InlineData("ti\0m 00\0ff", "ti", "00")]
    public void User_digest_and_challenge_each_end_at_a_NUL(string response, string user, string digest)
    {
        CramData cram = Parse("cram-md5", $"{Base64("<x>\0y")}\n{Base64(response)}\n")!;

        Assert.Equal("<x>"u8, cram.Challenge);
        Assert.Equal((user, digest), (cram.User, cram.Digest));
    }

    [Theory]
    [InlineData("PDFA", "<1@")]
    [InlineData("PDFA\r", "<1@")]
    [InlineData("PDFA\r\r", "<1@")]
    [InlineData("PDFA\vA", "<1@")]
    [InlineData("\r", "")]
    [InlineData("PD==", "<")]
    [InlineData("PR==", "=")]
    public void Base64_that_courier_reads(string challenge, string decoded) =>
        Assert.Equal(decoded, Encoding.ASCII.GetString(Parse("cram-md5", $"{challenge}\ndGltIDA=")!.Challenge));

    [Theory]
    [InlineData("a")]
    [InlineData("PDFAab")]
    [InlineData("PDFAabc")]
    [InlineData("PDFA=")]
    [InlineData("PDFA\r\r\r")]
    [InlineData(" PDFA")]
    [InlineData("PD FA")]
    [InlineData("PD=\r")]
    [InlineData("PD=A")]
    [InlineData("PD==\r")]
    [InlineData("PD==ab")]
    [InlineData("PD==PDFA")]
    [InlineData("P===")]
    [InlineData("====")]
    [InlineData("P-_=")]
    [InlineData("PDF\u00c3")]
    public void Base64_that_courier_refuses(string text)
    {
        const string Message = "Debug cram: invalid base64 encoding, or unknown method: cram-md5";

        Assert.Equal([Message], LinesOfRefusal("cram-md5", $"{text}\ndGltIDA="));
        Assert.Equal([Message], LinesOfRefusal("cram-md5", $"dGltIDA=\n{text}"));
    }

    [Theory]
    [InlineData("login", "PDFA\ndGltIDA=", "Debug Unsupported authentication type: login")]
    [InlineData("CRAM-MD5", "PDFA\ndGltIDA=", "Debug Unsupported authentication type: CRAM-MD5")]
    [InlineData("cram-md5", "PDFA\n", "Debug Unsupported authentication type: cram-md5")]
    [InlineData("cram-md5", "", "Debug Unsupported authentication type: cram-md5")]
    [InlineData("cram-sha512", "PDFA\ndGltIDA=", "Debug cram: invalid base64 encoding, or unknown method: cram-sha512")]
    [InlineData("cram-", "PDFA\ndGltIDA=", "Debug cram: invalid base64 encoding, or unknown method: cram-")]
    [InlineData("cram-md5", "PDFA\ndGlt", "Debug cram: invalid base64 encoding")]
    public void Refusals_say_why(string authType, string authData, string line) =>
        Assert.Equal([line], LinesOfRefusal(authType, authData));

    [Fact]
    public void Challenge_and_response_are_logged_only_at_level_2()
    {
        AuthRequest request = new(new RequestContext("imap"), "cram-md5", "PDFA\ndGltIDA=\n");
        LogLines one = new(1);
        LogLines two = new(2);

        Assert.True(CramData.TryParse(request, one.Log, out _));
        Assert.True(CramData.TryParse(request, two.Log, out _));

        Assert.Equal(["Debug cram: decoded challenge/response, username 'tim'"], one.All);
        Assert.Equal(["Debug cram: challenge=PDFA, response=dGltIDA=", .. one.All], two.All);
    }

    private static string[] LinesOfRefusal(string authType, string authData)
    {
        LogLines lines = new(1);
        Assert.False(CramData.TryParse(new(new RequestContext("imap"), authType, authData), lines.Log, out CramData? cram));
        Assert.Null(cram);
        return [.. lines.All];
    }

    private static CramData? Parse(string authType, string authData) =>
        CramData.TryParse(new(new RequestContext("imap"), authType, authData), Log.None, out CramData? cram) ? cram : null;

    private static string Base64(string text) => Convert.ToBase64String(WireText.ToBytes(text));
}
