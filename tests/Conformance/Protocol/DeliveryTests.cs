// The same bytes in other pieces: byte by byte, cut anywhere, half-closed, with surplus bytes.
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Protocol;

[Collection(ProtocolGroup.Name)]
public class DeliveryTests(ProtocolPair fixture)
{
    private const string Challenge = "<1@host>";

    public static TheoryData<string> Whole =>
    [
        Requests.Lookup(UserdbAccounts.John),
        Requests.Lookup("nosuch"),
        Requests.Login(UserdbAccounts.John, UserdbAccounts.Password),
        Requests.Login(UserdbAccounts.John, "wrong"),
        Requests.Cram("cram-sha1", "tim", UserdbAccounts.CramPassword, Challenge),
        Requests.ChangePassword("plain", "wrong", "new"),
        Requests.Enumerate,
        "TCPREMOTEIP=192.0.2.7\n" + Requests.Lookup(UserdbAccounts.John),
        "TCPREMOTEIP=192.0.2.7\nX=Y\n" + Requests.Login(UserdbAccounts.John, UserdbAccounts.Password),
        "FOO\n",
        "PRE .\n",
    ];

    [Theory]
    [MemberData(nameof(Whole))]
    public Task Byte_by_byte(string request) =>
        fixture.Pair.AssertSameAsync(new RawRequest(request, PieceSize: 1, Pause: TimeSpan.FromMilliseconds(1)));

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task Cut_in_two_anywhere(string request)
    {
        for (int cut = 1; cut < request.Length; cut += 7)
        {
            await fixture.Pair.AssertSameAsync(new RawRequest(request, PieceSize: cut));
        }
    }

    [Theory]
    [MemberData(nameof(Whole))]
    public Task Half_closed(string request) => fixture.Pair.AssertSameAsync(new RawRequest(request, HalfClose: true));

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task With_something_left_over(string request)
    {
        string[] surplus =
            ["\n", "x", "\0", request, new string('x', 5000), new string('\n', 9000), new string('x', 100000)];
        foreach (string more in surplus)
        {
            await fixture.Pair.AssertSameAsync(new RawRequest(request + more));
        }
    }

    [Theory]
    [MemberData(nameof(Whole))]
    public async Task Cut_short_anywhere(string request)
    {
        for (int length = 0; length < request.Length; length++)
        {
            await fixture.Pair.AssertSameAsync(new RawRequest(request[..length], HalfClose: true));
        }
    }
}
