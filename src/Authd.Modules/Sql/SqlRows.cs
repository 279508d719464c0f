// The meaning of a result's columns, by position, and the rows that cannot be used.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Authd.Core;
using Authd.Core.Logging;

namespace Authd.Modules.Sql;

/// <summary>Turns rows into accounts. NULL and missing columns count as empty.</summary>
/// <param name="log">Takes one line for a row that cannot be used, with its name.</param>
/// <param name="module">The module's name.</param>
/// <param name="rules">The module's own rules.</param>
public sealed class SqlRows(Log log, string module, SqlRowRules rules)
{
    /// <summary>As few columns a look-up may give.</summary>
    public const int LeastColumns = 6;

    /// <summary>As few columns a list may give that is to show anybody.</summary>
    public const int LeastListed = 4;

    /// <summary>The columns of a lookup.</summary>
    public const string ColumnsNeeded =
        "it needs 10: login, hash, clear text, uid, gid, home, maildir, quota, name, options; the last four may be left out";

    /// <summary>The columns of a list.</summary>
    public const string ListedColumnsNeeded = "it needs 6: login, uid, gid, home, maildir, options; the last two may be left out";

    private const string WithoutHome = "logins are let in, lookups (for delivery) find nobody; set column 6";
    private const uint MostId = 4294967294;
    private readonly OddHomes _homes = new(module, log);

    /// <summary>A row of the look-up: name, hash, clear text, uid, gid, home, maildir, quota, full name, options.</summary>
    /// <returns>False: the row is broken, and a line in the log says how, unless it has fewer columns than <see cref="LeastColumns"/>.</returns>
    public bool TryRead(string?[] row, [NotNullWhen(true)] out Account? account)
    {
        account = null;
        if (row.Length < LeastColumns)
        {
            return false;
        }

        string name = row[0] ?? "";
        if (!TryIds(name, row[3], row[4], out uint uid, out uint gid) || !IsClean(name, row, "\n\r\0"))
        {
            return false;
        }

        if (rules.NeedsHome && string.IsNullOrEmpty(row[5]))
        {
            log.Err($"{module}: required value for 'home' (column 6) is missing in the row of '{name}'");
            return false;
        }

        account = new Account
        {
            Address = Kept(name, rules.KeepsEmptyTexts),
            StoredPassword = Kept(row[1], rules.KeepsEmptyPasswords),
            ClearPassword = Kept(row[2], rules.KeepsEmptyPasswords),
            Uid = uid,
            Gid = gid,
            Home = row[5] ?? "",
            Maildir = Kept(Column(row, 6), empty: false),
            Quota = Kept(Column(row, 7), empty: false),
            FullName = Kept(Column(row, 8), rules.KeepsEmptyTexts),
            Options = Kept(Column(row, 9), rules.KeepsEmptyTexts),
        };
        _homes.Check(name, account.Home, WithoutHome);
        return true;
    }

    /// <summary>The answer for a row that cannot be used.</summary>
    public static AuthOutcome Broken(string?[] row) =>
        AuthOutcome.BrokenRecord(row[1], row[2], row[5] is null or "" ? Reasons.NoHome : Reasons.BrokenRecord);

    /// <summary>Reads a row of the enumeration: name, uid, gid, home, maildir, options. False: skipped.</summary>
    public bool TryReadListed(string?[] row, [NotNullWhen(true)] out Account? account)
    {
        account = null;
        string name = Column(row, 0);
        string home = Column(row, 3);
        if ((name.Length == 0 && !rules.ListsNameless) || (home.Length == 0 && !rules.ListsHomeless)
            || !TryIds(name, Column(row, 1), Column(row, 2), out uint uid, out uint gid) || !IsClean(name, row, "\n\r\0\t"))
        {
            return false;
        }

        account = new Account
        {
            Address = name,
            Uid = uid,
            Gid = gid,
            Home = home,
            Maildir = Column(row, 4),
            Options = Column(row, 5),
        };
        return true;
    }

    private static string Column(string?[] row, int index) => index < row.Length ? row[index] ?? "" : "";

    private static string? Kept(string? value, bool empty) => string.IsNullOrEmpty(value) ? (empty ? "" : null) : value;

    private bool TryIds(string name, string? uidText, string? gidText, out uint uid, out uint gid) =>
        TryId(name, "uid", uidText, out uid) & TryId(name, "gid", gidText, out gid);

    /// <summary>
    /// The whole text must be a decimal number from 1 to 4294967294, which
    /// excludes root and (uid_t)-1. to_char() writes blanks before it.
    /// </summary>
    private bool TryId(string name, string column, string? text, out uint id)
    {
        if (uint.TryParse(text, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out id) && id is > 0 and <= MostId)
        {
            return true;
        }

        log.Err($"{module}: invalid value for {column}: '{text ?? "<null>"}' in the row of '{name}'");
        return false;
    }

    /// <summary>No value may hold the separators of lines and fields in the reply, because it could forge the rest.</summary>
    private bool IsClean(string name, string?[] row, string separators)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (row[i].AsSpan().ContainsAny(separators))
            {
                log.Err($"{module}: control character in column {i + 1} in the row of '{name}'");
                return false;
            }
        }

        return true;
    }
}
