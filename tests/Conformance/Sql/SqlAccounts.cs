using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sql;

/// <summary>A database with the tables <c>passwd</c> and <c>people</c>, and its module. All tests of an SQL module against the C
/// daemon share it, with the same rows on every engine.</summary>
/// <param name="module">The name in authmodulelist.</param>
/// <param name="prefix">The prefix of its settings.</param>
public abstract class SqlAccounts(string module, string prefix) : IAsyncLifetime
{
    /// <summary>Names that could do harm in a statement; each is an account with the password of
    /// <see cref="UserdbAccounts"/>.</summary>
    public static IReadOnlyList<string> OddNames { get; } =
    [
        "o'neil", "''", "'", "quo\"te", "back\\slash", "\\'", "per%s%n", "under_score", "$1", "$(domain)", "a b", "tail ", "semi;colon",
        "dash--dash", "/*", "*/", "x') OR ('1'='1", "x'; DROP TABLE passwd; --", "j\u00c3\u00bcrgen@example.com", "\u00e2\u0082\u00ac", "ctl\u0001",
        "at@two@signs", "@nolocal", "nodomain@", "(", ")", "#", "=", "UPPER", new string('n', 300),
    ];

    /// <summary>The name in authmodulelist.</summary>
    public string Module => module;

    /// <summary>The prefix of its settings.</summary>
    public string Prefix => prefix;

    /// <summary>The settings of an installation with the usual columns.</summary>
    public string[] Usual => UsualOf(prefix);

    /// <summary>The same for a module whose settings begin with <paramref name="prefix"/>.</summary>
    public static string[] UsualOf(string prefix) =>
    [
        $"{prefix}USER_TABLE passwd", $"{prefix}CRYPT_PWFIELD crypt", $"{prefix}CLEAR_PWFIELD clear", $"{prefix}NAME_FIELD name",
        $"{prefix}MAILDIR_FIELD maildir", $"{prefix}QUOTA_FIELD quota", $"{prefix}AUXOPTIONS_FIELD options",
    ];

    /// <summary>The statements that make both tables. Text is UTF-8, as is the database.</summary>
    protected string Tables => $"""
        CREATE TABLE passwd (id text, crypt text, clear text, uid bigint, gid bigint, home text, maildir text, quota text,
          name text, options text, delivery text, active integer DEFAULT 1);
        INSERT INTO passwd VALUES
          ('alice@example.com', '{UserdbAccounts.Md5Crypt}', NULL, 1001, 1002, '/home/alice', 'Maildir', '10S', 'Alice A, Dept', 'disableimap=1', '|maildrop', 1),
          ('bob', NULL, 'password', 1003, 1003, '/home/bob', '', '', '', '', '', 1),
          ('bob@example.com', '', 'password', 1004, 1004, '/home/bob', NULL, NULL, NULL, NULL, NULL, 1),
          ('both', '{UserdbAccounts.Md5Crypt}', 'clearone', 1, 1, '/h', '', '', '', '', '', 1),
          ('locked', '*', 'password', 1, 1, '/h', '', '', '', '', '', 1),
          ('nopw', NULL, NULL, 1, 1, '/h', NULL, NULL, NULL, NULL, NULL, 1),
          ('nopwempty', '', '', 1, 1, '/h', '', '', '', '', '', 1),
          ('inactive', NULL, 'password', 1, 1, '/h', '', '', '', '', '', 0),
          ('twice', NULL, 'password', 1, 1, '/first', '', '', '', '', '', 1),
          ('twice', NULL, 'password', 2, 2, '/second', '', '', '', '', '', 1),
          ('emptyhome', NULL, 'password', 1, 1, '', '', '', '', '', '', 1),
          ('nullhome', NULL, 'password', 1, 1, NULL, '', '', '', '', '', 1),
          ('big', NULL, 'password', 4294967294, 4294967294, '/h', '', '', '', '', '', 1),
          ('text', NULL, 'password', 5, 5, '/h''x', {Literal("M\\\u00c3\u00bc")}, '', 'Jürgen, X', 'a=1,b=''x''', '', 1),
          ('utf8pw', NULL, 'pässwörd', 5, 5, '/h', '', '', '', '', '', 1),
          ('bcrypt', '$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm', NULL, 5, 5, '/h', '', '', '', '', '', 1),
          ('cram', NULL, '{UserdbAccounts.CramPassword}', 5, 5, '/h', 'M', '1S', 'Cram, C', 'o=1', '', 1),
          ('', NULL, 'password', 6, 6, '/empty', '', '', '', '', '', 1),
          (NULL, NULL, 'password', 6, 6, '/null', '', '', '', '', '', 1);
        {string.Concat(OddNames.Select(n => $"INSERT INTO passwd VALUES ({Literal(n)}, NULL, 'password', 7, 7, '/odd', '', '', '', '', '', 1);\n"))}
        CREATE TABLE people (local text, domain text, pw text, uid text, gid text, home text);
        INSERT INTO people VALUES
          ('alice', 'example.com', '{UserdbAccounts.Md5Crypt}', '1001', '1001', '/home/alice'),
          ('alice', 'b@c', '{UserdbAccounts.Md5Crypt}', '1002', '1002', '/home/abc'),
          ('alice', '', '{UserdbAccounts.Md5Crypt}', '1003', '1003', '/home/nodomain'),
          ('', 'example.com', '{UserdbAccounts.Md5Crypt}', '1004', '1004', '/home/nolocal'),
          ('o''neil', 'ex''ample.com', '{UserdbAccounts.Md5Crypt}', ' 1005', '1005', '/home/oneil'),
          ('zeros', 'example.com', '{UserdbAccounts.Md5Crypt}', '001006', '01006', '/home/zeros');
        """;

    /// <summary>A site with only this module.</summary>
    /// <param name="settings">Lines of the module's file without the connection; UTF-8.</param>
    public CourierSite NewSite(params string[] settings)
    {
        CourierSite site = new();
        site.WriteAuthdaemonrc(module, 2, "DEFAULTOPTIONS=disableimap=0,d=1");
        WriteRc(site, settings);
        return site;
    }

    /// <summary>Writes the module's file, with the MARKER line that its readers require.</summary>
    /// <param name="site">The site.</param>
    /// <param name="settings">As for <see cref="NewSite"/>.</param>
    public void WriteRc(CourierSite site, params string[] settings) => site.Write(
        module + "rc", Core.WireText.FromUnicode($"##NAME: MARKER:0\n{Connection}\n{string.Concat(settings.Select(l => l + "\n"))}"));

    /// <summary>The lines of the connection.</summary>
    public abstract string Connection { get; }

    /// <summary>Runs SQL beside the daemons; the output has TABs or bars between columns.</summary>
    public abstract Task<string> SqlAsync(string sql);

    /// <inheritdoc/>
    public abstract Task InitializeAsync();

    /// <inheritdoc/>
    public abstract Task DisposeAsync();

    /// <summary>A literal for text that is UTF-8 (given as one char a byte).</summary>
    public virtual string Literal(string text) => $"'{Core.WireText.ToUnicode(text).Replace("'", "''", StringComparison.Ordinal)}'";
}
