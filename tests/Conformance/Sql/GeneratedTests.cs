// Thousands of generated requests to both daemons on one database, with the module's file in several shapes.
using Authd.Tests.Conformance.Generated;
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Sql;

public abstract class GeneratedTests(SqlAccounts accounts)
{
    protected const string Fields = "fields";
    protected const string Narrowed = "fields, default domain, where";
    protected const string Clause = "clause";
    protected const string WholeName = "clause with the whole name";
    protected const string Pattern = "clause with a pattern";
    protected const string Echo = "clause that echoes";
    protected const string Latin1 = "another character set";

    private const string All = "id, crypt, clear, uid, gid, home, maildir, quota, name, options";
    private const int Count = 1000;

    /// <summary>The shapes' lines; <c>P_</c> stands for the module's prefix.</summary>
    private static readonly Dictionary<string, string[]> Shapes = new()
    {
        [Fields] = ["P_DEFAULTDELIVERY delivery", "P_DEFAULTDELIVERY_FIELD delivery"],
        [Narrowed] = ["DEFAULT_DOMAIN example.com", "P_WHERE_CLAUSE active = 1"],
        [Clause] =
        [
            "P_SELECT_CLAUSE SELECT local, pw, '', uid, gid, home FROM people "
                + "WHERE local = '$(local_part)' AND domain = '$(domain)'",
        ],
        [WholeName] =
            [$"P_SELECT_CLAUSE SELECT {All} FROM passwd WHERE id = '$(local_part)@$(domain)'", "DEFAULT_DOMAIN example.com"],
        [Pattern] = [$"P_SELECT_CLAUSE SELECT {All} FROM passwd WHERE id LIKE '$(local_part)%$(domain)' ORDER BY home, id LIMIT 1"],
        [Latin1] = ["P_CHARACTER_SET latin1"],
        [Echo] =
        [
            "P_SELECT_CLAUSE SELECT '<$(local_part)>', '', 'password', 1, 1, '/$(domain)', 'x$(domain)y$(local_part)z', '$(nosuch)', "
                + "'$(local_part)', ''",
        ],
    };

    private readonly RequestVocabulary _vocabulary = new()
    {
        Users =
        [
            .. SqlAccounts.OddNames, "alice@example.com", "alice@example.com", "bob", "bob", "bob@example.com", "both",
            "locked", "nopw",
            "inactive", "twice", "emptyhome", "text", "cram", "cram", "alice", "alice@b@c", "@example.com",
            "o'neil@ex'ample.com", "alice@",
            "nosuch", "", "%", new string('\'', 2000), new string('x', 5000),
        ],
        Pieces =
        [
            "'", "''", "\"", "\\", "\\'", "`", "%", "_", ";", "--", "-- ", "#", "/*", "*/", "(", ")", "@", "$(domain)",
            "$1", "?1", ":x", "\u0001",
            "\r", "\u001b", "\u007f", "\u00c3\u00bc", "\u00fc", "\u00bf", "\u00e2\u0082\u00ac", "\u00f0\u009f\u0098\u0080",
            " OR 1=1", "' OR '1'='1", "alice", "bob",
            "example.com", "x", " ", "0x41", "NULL",
        ],
        Passwords =
        [
            "password", "password", "wrong", "", "clearone", UserdbAccounts.CramPassword, "p\u00c3\u00a4ssw\u00c3\u00b6rd",
            "' OR '1'='1", "*",
        ],
        Services = ["imap", "pop3", "login", "courier", "", "i m", "=", "\u00e4", "it's", "esmtp"],
        Selectors = [".", ".", ".", accounts.Module, "authuserdb", "", "x"],
        Special = "'\"\\`%_;-()*#",
    };

    /// <summary>The deliberate differences of this module that generated requests meet.</summary>
    protected abstract IReadOnlyList<KnownDifference> Known { get; }

    /// <summary>Asks both daemons; all of the named differences must occur, and no others.</summary>
    protected async Task CheckAsync(string shape, int seed, params string[] differences)
    {
        string prefix = accounts.Usual[0][..accounts.Usual[0].IndexOf('_', StringComparison.Ordinal)];
        using CourierSite site = accounts.NewSite(
            [.. accounts.Usual, .. Shapes[shape].Select(line => line.Replace("P_", prefix + "_", StringComparison.Ordinal))]);
        await using DaemonPair pair = await DaemonPair.StartAsync(site);
        await GeneratedRequests.AssertSameAsync(
            pair, new RequestGenerator(seed, _vocabulary), Count, [.. Known.Where(known => differences.Contains(known.Id))]);
    }
}
