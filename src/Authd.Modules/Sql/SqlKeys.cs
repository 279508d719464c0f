using Authd.Core.Configuration;

namespace Authd.Modules.Sql;

/// <summary>The names of one SQL module's settings in authpgsqlrc, authmysqlrc or authsqliterc.</summary>
/// <param name="Prefix"><c>PGSQL_</c>, <c>MYSQL_</c> or <c>SQLITE_</c>.</param>
/// <param name="DefaultDelivery">The setting that replaces MAILDIR_FIELD for service courier, without the prefix.</param>
/// <param name="Own">The module's own settings, without the prefix.</param>
/// <param name="Unread">Names in circulation that courier-authlib does not read, with their replacements.</param>
public sealed record SqlKeys(
    string Prefix,
    string DefaultDelivery,
    IReadOnlyList<string> Own,
    IReadOnlyDictionary<string, string> Unread)
{
    /// <summary>Another name for <see cref="DefaultDelivery"/>, without the prefix; <c>null</c>: none.</summary>
    public string? DefaultDeliveryAlias { get; init; }

    /// <summary>The one name without a prefix.</summary>
    public const string DefaultDomain = "DEFAULT_DOMAIN";

    private static readonly string[] Common =
    [
        "USER_TABLE", "CRYPT_PWFIELD", "CLEAR_PWFIELD", "UID_FIELD", "GID_FIELD", "LOGIN_FIELD", "HOME_FIELD",
        "NAME_FIELD", "MAILDIR_FIELD", "QUOTA_FIELD", "AUXOPTIONS_FIELD", "WHERE_CLAUSE",
        "SELECT_CLAUSE", "ENUMERATE_CLAUSE", "CHPASS_CLAUSE",
    ];

    /// <summary>Warns about unknown names.</summary>
    /// <exception cref="ConfigurationException">A line has been cut off from the value above it.</exception>
    public void Check(RcFile file) =>
        file.CheckNames([DefaultDomain, .. Common.Append(DefaultDelivery).Concat(Own).Select(name => Prefix + name)], Unread);
}
