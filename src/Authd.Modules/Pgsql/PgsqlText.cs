// Which values a database can hold at all.
using System.Text.Unicode;
using Authd.Core;
using Authd.Modules.Sql;

namespace Authd.Modules.Pgsql;

/// <summary>Checks values before they travel: a name that cannot be stored belongs to nobody.</summary>
internal static class PgsqlText
{
    /// <summary>No value holds a NUL; all are UTF-8 where the database is.</summary>
    public static bool Fits(SqlValues values, bool utf8)
    {
        foreach (SqlVariable variable in (ReadOnlySpan<SqlVariable>)
            [SqlVariable.User, SqlVariable.Service, SqlVariable.NewPassword, SqlVariable.NewHash])
        {
            string value = values[variable];
            if (value.Contains('\0') || (utf8 && !IsUtf8(value)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsUtf8(string wire) =>
        System.Text.Ascii.IsValid(wire) || Utf8.IsValid(WireText.ToBytes(wire));
}
