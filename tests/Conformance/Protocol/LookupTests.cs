// PRE: selectors, blanks, names.
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class LookupTests(ProtocolPair fixture)
{
    private const string John = UserdbAccounts.John;

    public static TheoryData<string> Lines =>
    [
        $"PRE . imap {John}",
        $"PRE  .   imap    {John}",
        $"PRE . pop3 {John}",
        $"PRE . courier {John}",
        $"PRE . ENUMERATE {John}",
        $"PRE . \u00fc\u0001 {John}",
        $"PRE . {new string('s', 3000)} {John}",
        // Selectors.
        $"PRE authuserdb imap {John}",
        $"PRE authuserd imap {John}",
        $"PRE authuserdbx imap {John}",
        $"PRE AUTHUSERDB imap {John}",
        $"PRE userdb imap {John}",
        $"PRE libauthuserdb imap {John}",
        $"PRE authpam imap {John}",
        $"PRE nosuch imap {John}",
        $"PRE .. imap {John}",
        $"PRE * imap {John}",
        $"PRE \t imap {John}",
        $"PRE .\t imap {John}",
        $"PRE a=b imap {John}",
        // Parts missing.
        "PRE",
        "PRE ",
        "PRE  ",
        "PRE .",
        "PRE . ",
        "PRE .  ",
        "PRE . imap",
        "PRE . imap ",
        "PRE . imap  ",
        $"PRE {John}",
        $"PRE imap {John}",
        "PRE nosuch imap",
        "PRE nosuch imap ",
        // Names.
        $"PRE . imap {John} ",
        $"PRE . imap {John}  ",
        $"PRE . imap {John}\t",
        $"PRE . imap \t{John}",
        $"PRE . imap {John}\r",
        $"PRE . imap {John}\0",
        $"PRE . imap {John}\0tail",
        $"PRE . imap \0{John}",
        $"PRE . \0imap {John}",
        $"PRE . imap\0 {John}",
        $"PRE .\0 imap {John}",
        "PRE . imap JOHN@EXAMPLE.COM",
        "PRE . imap John@example.com",
        "PRE . imap john",
        "PRE . imap john@",
        "PRE . imap @example.com",
        "PRE . imap nosuch@example.com",
        "PRE . imap tim",
        "PRE . imap tim with blanks",
        "PRE . imap tim  with blanks",
        "PRE . imap plain",
        "PRE . imap plain\u00a0",
        "PRE . imap *",
        "PRE . imap /etc/passwd",
        "PRE . imap ../../etc",
        "PRE . imap 1000=",
        "PRE . imap \u0080\u00ff\u00fe",
        $"PRE . imap {new string('x', 1000)}",
        $"PRE . imap {new string('x', 4096)}",
        // The command word.
        $"pre . imap {John}",
        $"Pre . imap {John}",
        $"PRE\t. imap {John}",
        $" PRE . imap {John}",
        $"PREX . imap {John}",
        $"PR . imap {John}",
        $"PRE. imap {John}",
        $"PRE=. imap {John}",
        $"PRE\r . imap {John}",
    ];

    public static TheoryData<string> OddNames => [.. UserdbAccounts.OddNames];

    [Theory]
    [MemberData(nameof(Lines))]
    public Task The_line_gets_the_same(string line) =>
        fixture.Pair.AssertSameAsync(new RawRequest(line + "\n", HalfClose: line.Contains('=', StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Lines))]
    public Task The_line_without_its_end_gets_the_same(string line) =>
        fixture.Pair.AssertSameAsync(new RawRequest(line, HalfClose: true));

    [Theory]
    [MemberData(nameof(OddNames))]
    public async Task A_name_that_looks_odd_is_found(string name)
    {
        string reply = await fixture.Pair.AssertSameAsync(Requests.Lookup(name));
        Assert.Contains($"ADDRESS={name}\n", reply, StringComparison.Ordinal);
    }
}
