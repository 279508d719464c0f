namespace Authd.Tests.Integration.Sql;

/// <summary>The accounts for the tests of all SQL modules: the table
/// <c>passwd</c>, and the settings of an rc file for its columns.</summary>
internal static class SqlPeople
{
    /// <summary>{SHA} of "password".</summary>
    public const string Sha = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";

    /// <summary>The columns that the insertion fills, in its order.</summary>
    private const string Columns = "id, crypt, clear, uid, gid, home, maildir, quota, name, defaultdelivery";

    /// <summary>The settings without the connection.</summary>
    /// <param name="prefix">The prefix of the settings.</param>
    /// <param name="defaultDelivery">The key for default delivery, which has two names.</param>
    /// <param name="options">The expression for the options.</param>
    public static string Fields(string prefix, string defaultDelivery, string options) => $"""
        {prefix}_USER_TABLE passwd
        {prefix}_CRYPT_PWFIELD crypt
        {prefix}_CLEAR_PWFIELD clear
        {prefix}_MAILDIR_FIELD maildir
        {prefix}_QUOTA_FIELD quota
        {prefix}_NAME_FIELD name
        {prefix}_{defaultDelivery} defaultdelivery
        {prefix}_AUXOPTIONS_FIELD {options}
        DEFAULT_DOMAIN example.com
        """;

    /// <summary>Fills the table.</summary>
    /// <param name="backslash">The form of a backslash in a literal.</param>
    /// <param name="forged">An expression for a home with a line end and another uid in it.</param>
    public static string Insert(string backslash, string forged) => $"""
        INSERT INTO passwd ({Columns}) VALUES
            ('alice@example.com', '{Sha}', NULL, 1001, 1002, '/home/alice', 'Maildir', '100S', 'Alice A, x', '|/bin/deliver'),
            ('bob@example.com', '', 'secret', 1003, 1004, '/home/bob', '', '', '', ''),
            ('both@example.com', '{Sha}', 'password', 1003, 1004, '/home/both', '', '', '', ''),
            ('none@example.com', NULL, NULL, 1003, 1004, '/home/none', NULL, NULL, NULL, NULL),
            ('nohome@example.com', NULL, 'secret', 1003, 1004, NULL, NULL, NULL, NULL, NULL),
            ('nouid@example.com', NULL, 'secret', NULL, 1004, '/home/nouid', NULL, NULL, NULL, NULL),
            ('root@example.com', NULL, 'secret', 0, 0, '/root', NULL, NULL, NULL, NULL),
            ('o''neil@example.com', NULL, 'o''neil{backslash}', 1005, 1006, '/home/o''neil', NULL, NULL, NULL, NULL),
            ('back{backslash}slash@example.com', NULL, 'secret', 1005, 1006, '/home/back', NULL, NULL, NULL, NULL),
            ('müller@example.com', NULL, 'größe', 1005, 1006, '/home/müller', NULL, NULL, 'Müller', NULL),
            ('forged@example.com', NULL, 'secret', 1005, 1006, {forged}, NULL, NULL, NULL, NULL);
        """;
}
