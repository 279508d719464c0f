// HMAC keys against courier-authlib's vectors and .NET's own HMAC.
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Xunit;

namespace Authd.Tests.Unit.Core.Passwords;

public class HmacKeyTests
{
    private const string Challenge = "<1896.697170952@postoffice.reston.mci.net>";

    private const string TimMd5 = "d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b";

    private static readonly string X64 = new('x', 64);

    public static TheoryData<string, CramHash, string> Keys => new()
    {
        { "tanstaaftanstaaf", CramHash.Md5, TimMd5 },
        { "tanstaaftanstaaf", CramHash.Sha1, "72724befb173b1ee5f79c09801b9b15e11d805fe02b49c1d1d00921723b52bcb862c04fa52876446" },
        {
            "tanstaaftanstaaf", CramHash.Sha256,
            "0dc4407ecdb637a66615a85f4d5632c459c57a86c2038fdd81a8804bc34a9369"
            + "5325d19c44d48eabed0476bc8078e0987eeaf4fff2267de3e00f539ba83f6225"
        },
        { "", CramHash.Md5, "00747cf2ffaf11c5ea4a64979c3901fc1d20dee13f480bb598f7d8575b23e61b" },
        { "", CramHash.Sha1, "978a24a470daf4d313e1be88387c22317456516dc9f7bd57621bd73bea0fead141a5a1324e4f361d" },
        {
            "", CramHash.Sha256,
            "d385480f7abb647737c9c5385dd824678e043a72753434b0deb82818361d45a6"
            + "f454dead9725214f90daf2a0df1228ea64e5750fa3924181824a932bf8e04e32"
        },
        { X64, CramHash.Sha1, "b0ef3cc31079a74080eea5d99d4bac0ed8668fc80e57b983002cce34fe7e1a68f961d461b73eee99" },
        { X64 + "x", CramHash.Md5, "ad74e8a83b48b6e24fa4180c09ca51f3c808257d34b7726f362d26b38d5f1da0" },
        { X64 + "x", CramHash.Sha1, "6cfbc4e52e800a71cc6f4539f4e0dc395b8a732b2da03fb39d5d8267749bd42365083855537fc275" },
        {
            X64 + "x", CramHash.Sha256,
            "2f35ef2c8d7cc8c2866a6d6e258ba39465d8150f89cd1a76be31f0d9a59f8f44"
            + "3dfbfb2093ecd2b2c2597f89185dd46088ecd3fa591aa962e9c4463f644dcc69"
        },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void Keys_are_couriers(string password, CramHash hash, string key) =>
        Assert.Equal(key, HmacKey.FromPassword(hash, password));

    [Theory]
    [InlineData(CramHash.Md5, "b913a602c7eda7a495b4e6e7334d3890")]
    [InlineData(CramHash.Sha1, "8cb10ed0a8b764ab0e05125dd6eaa295f19b5943")]
    [InlineData(CramHash.Sha256, "f0011bbf7c1618ef90e3f18148e5eda4e15631c9c38ebef062bf7143ff72e944")]
    public void The_known_responses_match(CramHash hash, string digest)
    {
        CramData cram = new(hash, "tim", WireText.ToBytes(Challenge), digest);

        Assert.True(HmacKey.MatchesPassword(cram, "tanstaaftanstaaf", Log.None));
        Assert.True(HmacKey.Matches(cram, HmacKey.FromPassword(hash, "tanstaaftanstaaf").ToUpperInvariant(), Log.None));
        Assert.True(HmacKey.MatchesPassword(cram with { Digest = digest.ToUpperInvariant() }, "tanstaaftanstaaf", Log.None));
        Assert.False(HmacKey.MatchesPassword(cram, "tanstaaftanstaag", Log.None));
        Assert.False(HmacKey.MatchesPassword(cram with { Challenge = [] }, "tanstaaftanstaaf", Log.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("b913a602c7eda7a495b4e6e7334d389")]
    [InlineData("b913a602c7eda7a495b4e6e7334d38900")]
    [InlineData("b913a602c7eda7a495b4e6e7334d389g")]
    [InlineData("b913a602c7eda7a495b4e6e7334d3891")]
    public void Other_digests_do_not_match(string digest) =>
        Assert.False(HmacKey.Matches(new(CramHash.Md5, "tim", WireText.ToBytes(Challenge), digest), TimMd5, Log.None));

    [Theory]
    [InlineData("")]
    [InlineData("d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116")]
    [InlineData("d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b00")]
    [InlineData("x06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b")]
    [InlineData("72724befb173b1ee5f79c09801b9b15e11d805fe02b49c1d1d00921723b52bcb862c04fa52876446")]
    public void A_key_that_cannot_be_read_matches_nothing(string key)
    {
        CramData cram = new(CramHash.Md5, "tim", WireText.ToBytes(Challenge), "b913a602c7eda7a495b4e6e7334d3890");

        Assert.False(HmacKey.Matches(cram, key, Log.None));
    }

    [Theory]
    [InlineData(CramHash.Md5)]
    [InlineData(CramHash.Sha1)]
    [InlineData(CramHash.Sha256)]
    public void Any_password_and_challenge_give_the_digest_of_dotnets_HMAC(CramHash hash)
    {
        Random random = new(20240611);
        for (int length = 0; length < 300; length++)
        {
            byte[] password = Bytes(random, random.Next(200));
            byte[] challenge = Bytes(random, length);
            string digest = Convert.ToHexString(Hmac(hash, password, challenge));
            CramData cram = new(hash, "tim", challenge, digest);

            Assert.True(HmacKey.MatchesPassword(cram, WireText.FromBytes(password), Log.None));
            Assert.False(HmacKey.MatchesPassword(cram, WireText.FromBytes([.. password, 1]), Log.None));
        }
    }

    [Fact]
    public void Results_are_logged_as_courier_does()
    {
        LogLines lines = new(1);
        CramData cram = new(CramHash.Md5, "tim", WireText.ToBytes(Challenge), "b913a602c7eda7a495b4e6e7334d3890");

        HmacKey.Matches(cram, TimMd5, lines.Log);
        HmacKey.Matches(cram, "", lines.Log);

        Assert.Equal(["Debug cram validation succeeded", "Debug cram validation failed"], lines.All);
    }

    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Hmac(CramHash hash, byte[] key, byte[] message) => hash switch
    {
        CramHash.Md5 => HMACMD5.HashData(key, message),
        CramHash.Sha1 => HMACSHA1.HashData(key, message),
        _ => HMACSHA256.HashData(key, message),
    };
}
