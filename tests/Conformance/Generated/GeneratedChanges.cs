using System.Text.RegularExpressions;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Generated;

/// <summary>Password changes and the logins after them, the same for both daemons, each of which changes data of its own. The
/// same seed makes the same history.</summary>
/// <param name="pair">Two daemons with equal but separate accounts.</param>
/// <param name="seed">Decides everything.</param>
public sealed partial class GeneratedChanges(DaemonPair pair, int seed)
{
    private const int MostPieces = 3;

    private static readonly string[] Pieces =
    [
        "new", "P", "1", " ", "'", "''", "\"", "\\", "\\'", "`", "%", "%s", "_", ";", "--", "#", "/*", "*", "(", ")",
        "$(newpass)", "$1", "?1", "{SSHA}",
        "{CRYPT}", "$6$", "=", "@", "\u007f", "\u00c3\u00bc", "\u00e2\u0082\u00ac", "\u00f0\u009f\u0098\u0080",
        new string('p', 300),
    ];

    private readonly Random _random = new(seed);

    /// <summary>Changes passwords at random, mostly with the right old one, and logs in with the old and the new one.</summary>
    /// <param name="passwords">Every account's password before the changes, and after them.</param>
    /// <param name="count">The number of changes.</param>
    public async Task AssertSameAsync(Dictionary<string, string> passwords, int count)
    {
        string[] users = [.. passwords.Keys];
        int changed = 0;
        for (int i = 0; i < count; i++)
        {
            string user = users[_random.Next(users.Length)];
            string before = passwords[user];
            string old = _random.Next(4) > 0 ? before : Password();
            string fresh = Password();
            string reply = await AssertSameAsync(Requests.ChangePassword(user, old, fresh));
            Assert.True(reply == (old == before ? "OK\n" : "FAIL\n"), $"'{user}', '{old}', '{fresh}', '{before}': {reply}");
            if (old == before)
            {
                passwords[user] = fresh;
                changed++;
            }

            string now = passwords[user];
            reply = await AssertSameAsync(Requests.Login(user, now));
            Assert.True(reply.StartsWith("UID=", StringComparison.Ordinal), $"'{user}', '{now}': {reply}");
            if (before != now)
            {
                reply = await AssertSameAsync(Requests.Login(user, before));
                Assert.True(reply == "FAIL\n", $"'{user}', '{before}', '{now}': {reply}");
            }
        }

        Assert.InRange(changed, count / 2, count - 1);
    }

    private string Password() => string.Concat(
        Enumerable.Range(0, _random.Next(1, MostPieces + 1)).Select(_ => Pieces[_random.Next(Pieces.Length)]));

    /// <summary>
    /// Asks one daemon after the other, because two writers at once to one SQLite file differ by chance. Salts are random, so of
    /// a new hash only the form is compared.
    /// </summary>
    private async Task<string> AssertSameAsync(string request)
    {
        Replies replies = new(
            await RawClient.AskAsync(pair.C.SocketPath, request), await RawClient.AskAsync(pair.Ours.SocketPath, request));
        Assert.True(WithoutHash(replies.Expected) == WithoutHash(replies.Ours), $"{request}\n{replies}");
        return replies.C.Text;
    }

    private static RawReply WithoutHash(RawReply reply) => reply with { Text = HashLine().Replace(reply.Text, "$1") };

    [GeneratedRegex(@"^(PASSWD=(?:\{[^}]*\}|\$[^$]*\$)).*$", RegexOptions.Multiline)]
    private static partial Regex HashLine();
}
