// Values as literals that mean the same in every character set and sql_mode.
using Authd.Core;

namespace Authd.Modules.Sql.Mysql;

/// <summary>
/// Plain ASCII goes in quotes, with quotes in it doubled. A value that a server's settings could read differently (with a
/// backslash, a byte above 127 or a control character) goes in hexadecimal, preceded by the name of the character set.
/// </summary>
/// <param name="characterSet">The connection's character set.</param>
public sealed class MysqlQuoting(string characterSet)
{
    /// <summary>All chars are literal, whatever the server's settings.</summary>
    public static bool IsPlain(string value) => !value.Contains('\\') && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>The literal for one place in a statement.</summary>
    public string Quote(SqlPart part, string value)
    {
        if (IsPlain(value))
        {
            return $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
        }

        string bytes = $"X'{Convert.ToHexString(WireText.ToBytes(value))}'";
        return part.Prefix == default ? $"_{characterSet} {bytes}" : bytes;
    }
}
