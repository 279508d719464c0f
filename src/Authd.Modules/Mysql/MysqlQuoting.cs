// Values as literals that mean the same in every character set and sql_mode.
using Authd.Core;
using Authd.Modules.Sql;

namespace Authd.Modules.Mysql;

/// <summary>
/// Plain ASCII goes in quotes, a quote in it doubled. Anything in which a server's settings could see more than is there (a
/// backslash, a byte above 127, a control character) goes in hexadecimal, with the name of the character set in front.
/// </summary>
/// <param name="characterSet">The connection's.</param>
public sealed class MysqlQuoting(string characterSet)
{
    /// <summary>Nothing in it means anything but itself, whatever the server's settings.</summary>
    public static bool IsPlain(string value) => !value.Contains('\\') && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>The literal for one place of a statement.</summary>
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
