// One PostgreSQL for all tests of authpgsql against the C daemon.
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pgsql;

/// <summary>A cluster with a UTF-8 database of accounts.</summary>
public sealed class PgsqlAccounts : IAsyncLifetime
{
    /// <summary>Names that could do harm in a statement, each an account with the password of <see cref="UserdbAccounts"/>.</summary>
    public static IReadOnlyList<string> OddNames { get; } =
    [
        "o'neil", "''", "'", "quo\"te", "back\\slash", "\\'", "per%s%n", "under_score", "$1", "$(domain)", "a b", "tail ", "semi;colon",
        "dash--dash", "/*", "*/", "x') OR ('1'='1", "x'; DROP TABLE passwd; --", "j\u00c3\u00bcrgen@example.com", "\u00e2\u0082\u00ac", "ctl\u0001",
        "at@two@signs", "@nolocal", "nodomain@", "(", ")", "#", "=", "UPPER", new string('n', 300),
    ];

    private PostgresServer? _server;

    /// <summary>The server.</summary>
    public PostgresServer Server => _server!;

    /// <summary>The settings that an installation with the usual columns has.</summary>
    public static string[] Usual { get; } =
    [
        "PGSQL_USER_TABLE passwd", "PGSQL_CRYPT_PWFIELD crypt", "PGSQL_CLEAR_PWFIELD clear", "PGSQL_NAME_FIELD name",
        "PGSQL_MAILDIR_FIELD maildir", "PGSQL_QUOTA_FIELD quota", "PGSQL_AUXOPTIONS_FIELD options",
    ];

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        await _server.PsqlAsync(
            $"""
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
              ('text', NULL, 'password', 5, 5, '/h''x', 'M\ü', '', 'Jürgen, X', 'a=1,b=''x''', '', 1),
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
            """);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <summary>A literal for names of UTF-8 bytes (given as one char a byte).</summary>
    private static string Literal(string name) => $"'{Core.WireText.ToUnicode(name).Replace("'", "''", StringComparison.Ordinal)}'";
}

/// <summary>The classes that share <see cref="PgsqlAccounts"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PgsqlGroup : ICollectionFixture<PgsqlAccounts>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "pgsql";
}
