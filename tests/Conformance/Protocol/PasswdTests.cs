// PASSWD: the grammar; changes that succeed are tested with the modules that make them.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class PasswdTests(ProtocolPair fixture)
{
    public static TheoryData<string> Lines =>
    [
        "PASSWD imap\tplain\twrong\tnew",
        "PASSWD imap\tplain\twrong\tnew\t",
        "PASSWD imap\tplain\twrong\tnew\tmore",
        "PASSWD imap\tplain\twrong\tnew\tmore\teven more",
        "PASSWD   imap\tplain\twrong\tnew",
        "PASSWD imap\tnosuch\told\tnew",
        "PASSWD imap\t\t\t",
        "PASSWD \t\t\t",
        "PASSWD  \t\t\t",
        "PASSWD\t\t\t",
        "PASSWD imap\tplain\t\tnew",
        "PASSWD imap\tplain\twrong\t",
        "PASSWD \tplain\twrong\tnew",
        "PASSWD imap\t\twrong\tnew",
        "PASSWD imap\tplain\twro ng\tn ew",
        "PASSWD imap\t plain\twrong\tnew",
        "PASSWD imap \tplain\twrong\tnew",
        "PASSWD imap\tplain\twrong\tnew ",
        "PASSWD imap\tplain\twrong",
        "PASSWD imap\tplain\t",
        "PASSWD imap\tplain",
        "PASSWD imap\t",
        "PASSWD imap",
        "PASSWD ",
        "PASSWD",
        "PASSWD imap plain wrong new",
        "PASSWD imap\tplain wrong\tnew",
        // Bytes below 0x20, in every field.
        "PASSWD imap\tplain\twrong\tnew\r",
        "PASSWD imap\tplain\twrong\tn\u0001ew",
        "PASSWD imap\tplain\twr\u001fong\tnew",
        "PASSWD imap\tpl\u0007ain\twrong\tnew",
        "PASSWD im\u001bap\tplain\twrong\tnew",
        "PASSWD imap\tplain\twrong\tnew\tmore\u0001",
        "PASSWD imap\r",
        "PASSWD \u0001",
        "PASSWD imap\tplain\twrong\t\u007f",
        "PASSWD imap\tplain\twrong\t\u0080\u00ff",
        "PASSWD imap\tpl\u00c3\u00bcin\twrong\tnew",
        "PASSWD imap\tplain\twrong\tne\0w",
        "PASSWD imap\tplain\0\twrong\tnew",
        "PASSWD imap\tplain\twr\0ong\tnew",
        "PASSWD imap\0\tplain\twrong\tnew",
        // Characters that authuserdb refuses.
        "PASSWD imap\tpl|ain\twrong\tnew",
        "PASSWD imap\tplain\twrong\tn=ew",
        "PASSWD imap\tplain\twrong\tn'ew",
        "PASSWD imap\tplain\twrong\tn\"ew",
        "PASSWD imap\tsub/plain\twrong\tnew",
        "PASSWD im=ap\tplain\twrong\tnew",
        // Words.
        "passwd imap\tplain\twrong\tnew",
        "PASSWDX imap\tplain\twrong\tnew",
        "PASSWD=imap\tplain\twrong\tnew",
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public Task The_line_gets_the_same(string line) =>
        fixture.Pair.AssertSameAsync(
            new RawRequest(line + "\n", HalfClose: line.StartsWith("PASSWD=", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Lines))]
    public Task The_line_after_a_prelude_gets_the_same(string line) =>
        fixture.Pair.AssertSameAsync(new RawRequest($"TCPREMOTEIP=192.0.2.1\n{line}\n", HalfClose: true));

    [Theory]
    [MemberData(nameof(Lines))]
    public Task The_line_without_its_end_gets_the_same(string line) =>
        fixture.Pair.AssertSameAsync(new RawRequest(line, HalfClose: true));

    [Theory]
    [InlineData(1000)]
    [InlineData(4000)]
    [InlineData(8100)]
    public Task Long_fields_get_the_same(int length) =>
        fixture.Pair.AssertSameAsync(Requests.ChangePassword("plain", "wrong", new string('n', length)));
}
