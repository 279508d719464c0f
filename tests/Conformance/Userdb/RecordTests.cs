// Records of userdb in every shape that makeuserdb accepts, asked for in every way.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;
using static Authd.Tests.Conformance.Userdb.UserdbAccounts;

namespace Authd.Tests.Conformance.Userdb;

/// <summary>authuserdb with the records of <see cref="RecordTests"/>, and options for all accounts.</summary>
public sealed class RecordPair : PairFixture
{
    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authuserdb", 2, "DEFAULTOPTIONS=disableimap=0,shared");
        await Site.WriteUserdbAsync(
            "# a comment\n\n" + string.Concat(RecordTests.Records.Select(r => $"{r.Name}\t{r.Record}\n")) + "bare\n");
    }
}

public class RecordTests(RecordPair fixture) : IClassFixture<RecordPair>
{
    private const string Ids = "uid=1000|gid=1001|home=/h";
    private const string Hash = "systempw=" + Md5Crypt;

    /// <summary>Account names and the texts after the TAB.</summary>
    public static IReadOnlyList<(string Name, string Record)> Records { get; } =
    [
        ("full", $"{Ids}|shell=/bin/sh|mail=M|quota=100S|gecos=John Q|options=a=1|{Hash}"),
        ("reordered", $"{Hash}|options=a=1|gecos=John Q|quota=100S|mail=M|home=/h|gid=1001|uid=1000"),
        ("minimal", $"{Ids}|{Hash}"),
        ("nouid", $"gid=1|home=/h|{Hash}"),
        ("nogid", $"uid=1|home=/h|{Hash}"),
        ("nohome", $"uid=1|gid=1|{Hash}"),
        ("onlypw", Hash),
        ("onlycram", $"hmac-md5pw={HmacMd5}"),
        ("nothing", "x=y"),
        ("barefield", "x"),
        ("pipes", $"|uid=1||gid=1|home=/h||{Hash}|"),
        ("blanks", $" uid=1 |gid=1 | home=/h|{Hash}"),
        ("capitals", $"UID=1|GID=1|HOME=/h|{Hash}"),
        ("dup", $"uid=1|uid=2|gid=1|home=/a|home=/b|{Hash}|systempw=x"),
        ("prefix", $"uidx=5|uid=1|gid=1|homepage=/x|home=/h|mailx=y|{Hash}"),
        ("big", $"uid=4294967294|gid=2147483648|home=/h|{Hash}"),
        ("zeros", $"uid=0001000|gid=01|home=/h|{Hash}"),
        ("plus", $"uid=+1000|gid= 1001|home=/h|{Hash}"),
        ("tail", $"uid=12x|gid=12 13|home=/h|{Hash}"),
        ("equals", $"{Ids}|mail=a=b=c|options=x=y=z|{Hash}"),
        ("hash", $"uid=1|gid=1|home=/h#x|mail=#y|{Hash}"),
        ("latin1", $"{Ids}|gecos=J\u00fcrgen|{Hash}"),
        ("utf8", $"{Ids}|gecos=J\u00c3\u00bcrgen, Dept|home=/ignored|{Hash}"),
        ("control", $"{Ids}|gecos=a\u0001b\u007f|{Hash}"),
        ("gecosempty", $"{Ids}|gecos=,comma first|{Hash}"),
        ("gecoscommas", $"{Ids}|gecos=A,B,C|{Hash}"),
        ("longgecos", $"{Ids}|gecos={new string('g', 2000)}|{Hash}"),
        ("longhome", $"uid=1|gid=1|home=/{new string('h', 3000)}|{Hash}"),
        ("imappw", $"{Ids}|imappw={Md5Crypt}|systempw=x"),
        ("imappwwrong", $"{Ids}|imappw=x|{Hash}"),
        ("imappwempty", $"{Ids}|imappw=|{Hash}"),
        ("pop3only", $"{Ids}|pop3pw={Md5Crypt}"),
        ("both", $"{Ids}|imappw={Md5Crypt}|pop3pw={Md5Crypt}"),
        ("oddservice", $"{Ids}|i m-1pw={Md5Crypt}"),
        ("emptyservice", $"{Ids}|pw={Md5Crypt}"),
        ("nopw", Ids),
        ("pwempty", $"{Ids}|systempw="),
        ("pwbare", $"{Ids}|systempw"),
        ("locked", $"{Ids}|systempw=*"),
        ("bang", $"{Ids}|systempw=!{Md5Crypt}"),
        ("cleartext", $"{Ids}|systempw=password"),
        ("privatepw", $"{Ids}|privatepw=secret|{Hash}"),
        ("crambad", $"{Ids}|hmac-md5pw=zz{HmacMd5[2..]}"),
        ("cramshort", $"{Ids}|hmac-md5pw={HmacMd5[..^2]}"),
        ("cramlong", $"{Ids}|hmac-md5pw={HmacMd5}00"),
        ("cramempty", $"{Ids}|hmac-md5pw="),
        ("cramupper", $"{Ids}|hmac-md5pw={HmacMd5.ToUpperInvariant()}"),
        ("cramservice", $"{Ids}|imap-hmac-md5pw={HmacMd5}"),
        ("cramservicewrong", $"{Ids}|imap-hmac-md5pw={HmacMd5[..^2]}00|hmac-md5pw={HmacMd5}"),
        ("cramall", $"{Ids}|hmac-md5pw={HmacMd5}|hmac-sha1pw={HmacSha1}|hmac-sha256pw={HmacSha256}|options=o=1|mail=M"),
        ("crampwonly", $"{Ids}|{Hash}"),
        ("1000=", $"{Ids}|{Hash}"),
        ("reverse=", "full"),
    ];

    public static TheoryData<string> Names => [.. Records.Select(r => r.Name), "bare", "# a comment", "absent"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Lookups_get_the_same(string name)
    {
        foreach (string service in (string[])["imap", "pop3", "i m-1", "courier"])
        {
            await fixture.Pair.AssertSameAsync(Requests.Lookup(name, service.Replace(' ', '_')));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Logins_get_the_same(string name)
    {
        foreach (string service in (string[])["imap", "pop3", "i m-1", "", "system", "hmac-md5"])
        {
            await fixture.Pair.AssertSameAsync(Requests.Login(name, Password, service));
        }

        await fixture.Pair.AssertSameAsync(Requests.Login(name, "wrong"));
        await fixture.Pair.AssertSameAsync(Requests.Login(name, "x"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Cram_logins_get_the_same(string name)
    {
        foreach (string authType in (string[])["cram-md5", "cram-sha1", "cram-sha256"])
        {
            await fixture.Pair.AssertSameAsync(Requests.Cram(authType, name, CramPassword, "<1@h>"));
            await fixture.Pair.AssertSameAsync(Requests.Cram(authType, name, CramPassword, "<1@h>", "pop3"));
        }
    }

    [Fact]
    public async Task The_list_is_the_same()
    {
        string reply = await fixture.Pair.AssertSameAsync(Requests.Enumerate);
        Assert.Contains("\nfull\t1000\t1001\t/h\tM\ta=1,disableimap=0,shared\n", reply, StringComparison.Ordinal);
    }
}
