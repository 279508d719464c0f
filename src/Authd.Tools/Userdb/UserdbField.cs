namespace Authd.Tools.Userdb;

/// <summary>Writes the fields of a new record. Text is wire text.</summary>
internal static class UserdbField
{
    /// <summary><c>|field=value</c>, or an empty text for an empty value.
    /// A <c>|</c>, which would end the value, becomes a dot.</summary>
    internal static string Optional(string field, string value) =>
        value.Length == 0 ? "" : $"|{field}={value.Replace('|', '.')}";
}
