// The names of the settings in authpgsqlrc, authmysqlrc and authsqliterc.
using Authd.Core.Configuration;
using Authd.Core.Logging;

namespace Authd.Modules.Sql;

/// <summary>The names that one SQL module reads.</summary>
/// <param name="Prefix"><c>PGSQL_</c>, <c>MYSQL_</c> or <c>SQLITE_</c>.</param>
/// <param name="DefaultDelivery">Without the prefix: what takes MAILDIR_FIELD's place for service courier.</param>
/// <param name="Own">The module's own settings, without the prefix.</param>
/// <param name="Unread">Names that are in circulation but that courier-authlib does not read, with what to use instead.</param>
public sealed record SqlKeys(
    string Prefix,
    string DefaultDelivery,
    IReadOnlyList<string> Own,
    IReadOnlyDictionary<string, string> Unread)
{
    /// <summary>Another name for <see cref="DefaultDelivery"/>, without the prefix; <c>null</c>: there is none.</summary>
    public string? DefaultDeliveryAlias { get; init; }

    /// <summary>The one name without a prefix.</summary>
    public const string DefaultDomain = "DEFAULT_DOMAIN";

    private static readonly string[] Common =
    [
        "USER_TABLE", "CRYPT_PWFIELD", "CLEAR_PWFIELD", "UID_FIELD", "GID_FIELD", "LOGIN_FIELD", "HOME_FIELD",
        "NAME_FIELD", "MAILDIR_FIELD", "QUOTA_FIELD", "AUXOPTIONS_FIELD", "WHERE_CLAUSE",
        "SELECT_CLAUSE", "ENUMERATE_CLAUSE", "CHPASS_CLAUSE",
    ];

    /// <summary>Warns about every name in the file that nothing reads.</summary>
    public void WarnUnread(RcFile file, Log log)
    {
        foreach (string name in file.Names.Order(StringComparer.Ordinal))
        {
            if (Unread.TryGetValue(name, out string? instead))
            {
                log.Warn($"{file.Path}: {name} is not read: {instead}");
            }
            else if (!IsRead(name))
            {
                log.Warn($"{file.Path}: {name} is not read: unknown name");
            }
        }
    }

    private bool IsRead(string name)
    {
        if (name == DefaultDomain)
        {
            return true;
        }

        string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : "";
        return bare == DefaultDelivery || Common.Contains(bare) || Own.Contains(bare);
    }
}
