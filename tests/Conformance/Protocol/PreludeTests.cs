// Prelude lines (NAME=VALUE before the command), in every form that the grammar accepts or refuses.
using Authd.Tests.Conformance.Userdb;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class PreludeTests(ProtocolPair fixture)
{
    private const string Command = $"PRE . imap {UserdbAccounts.John}\n";

    public static TheoryData<string> Preludes =>
    [
        "TCPREMOTEIP=192.0.2.7\n",
        "TCPREMOTEIP=::ffff:192.0.2.7\n",
        "TCPREMOTEIP=\n",
        "TCPREMOTEIP= \n",
        "TCPREMOTEIP=a=b=c\n",
        "TCPREMOTEIP=with blanks in it\n",
        "TCPREMOTEIP=192.0.2.7\r\n",
        "TCPREMOTEIP=\u00fc\u0001\u007f\n",
        "TCPREMOTEIP=x\0y\n",
        $"TCPREMOTEIP={new string('1', 39)}\n",
        $"TCPREMOTEIP={new string('1', 40)}\n",
        $"TCPREMOTEIP={new string('1', 4000)}\n",
        "TCPREMOTEIP=1\nTCPREMOTEIP=2\n",
        "TCPREMOTEIP=1\nTCPREMOTEIP=\n",
        "tcpremoteip=192.0.2.7\n",
        "TCPREMOTEPORT=25\n",
        "=\n",
        "=value\n",
        "NAME=\n",
        "NAME=VALUE\n",
        "A=B C=D\n",
        "A=PRE . imap x\n",
        "==\n",
        "PRE=. imap x\n",
        "AUTH=5\n",
        "ENUMERATE=\n",
        "\t=x\n",
        "\u0001\u0002=\u0003\n",
        "\u00c3\u00bc=\u00c3\u00bc\n",
        "a=\0b\n",
        string.Concat(Enumerable.Repeat("a=b\n", 500)),
        string.Concat(Enumerable.Range(0, 20).Select(i => $"TCPREMOTEIP=192.0.2.{i}\n")),
        // Not preludes: a blank first, no "=", an empty line, NUL before "=".
        " TCPREMOTEIP=192.0.2.7\n",
        "TCPREMOTEIP =192.0.2.7\n",
        "TCPREMOTEIP\n",
        "TCPREMOTEIP 192.0.2.7\n",
        "\n",
        "\r\n",
        " \n",
        "\0=b\n",
        "a\0=b\n",
        "a b=c\n",
    ];

    [Theory]
    [MemberData(nameof(Preludes))]
    public Task A_lookup_after_it_is_the_same(string prelude) => fixture.Pair.AssertSameAsync(prelude + Command);

    [Theory]
    [MemberData(nameof(Preludes))]
    public Task A_login_after_it_is_the_same(string prelude) => fixture.Pair.AssertSameAsync(
        prelude + Support.Requests.Login(UserdbAccounts.John, UserdbAccounts.Password));

    [Theory]
    [MemberData(nameof(Preludes))]
    public Task It_alone_is_the_same(string prelude) =>
        fixture.Pair.AssertSameAsync(new Support.RawRequest(prelude, HalfClose: true));
}
