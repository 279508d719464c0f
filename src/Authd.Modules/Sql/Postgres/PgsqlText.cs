// Recognizes values that a database cannot hold.
using System.Text.Unicode;
using Authd.Core;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Checks values before they are sent: a name that cannot be stored is unknown.</summary>
internal static class PgsqlText
{
    /// <summary>No value in the statement holds a NUL; in a UTF-8 database all are valid UTF-8.</summary>
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
