// Which values a database can hold at all.
using System.Text.Unicode;
using Authd.Core;
using Authd.Modules.Sql;

namespace Authd.Modules.Pgsql;

/// <summary>Checks values before they travel: a name that cannot be stored belongs to nobody.</summary>
internal static class PgsqlText
{
    /// <summary>No value that the statement uses holds a NUL; all are UTF-8 where the database is.</summary>
    public static bool Fits(SqlTemplate statement, SqlValues values, bool utf8)
    {
        foreach (SqlVariable variable in (ReadOnlySpan<SqlVariable>)
            [SqlVariable.User, SqlVariable.Service, SqlVariable.NewPassword, SqlVariable.NewHash])
        {
            string value = values[variable];
            if (value.Contains('\0') || !System.Text.Ascii.IsValid(value))
            {
                string used = statement.Display(values);
                return !used.Contains('\0') && (!utf8 || Utf8.IsValid(WireText.ToBytes(used)));
            }
        }

        return true;
    }
}
