// Fields for a new record.
namespace Authd.Tools.Userdb;

/// <summary>Writes fields. Text is wire text.</summary>
internal static class UserdbField
{
    /// <summary><c>|field=value</c>, or nothing for an empty value. A <c>|</c>, which ends a value, becomes a point.</summary>
    internal static string Optional(string field, string value) =>
        value.Length == 0 ? "" : $"|{field}={value.Replace('|', '.')}";
}
