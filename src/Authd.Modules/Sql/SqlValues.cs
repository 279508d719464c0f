namespace Authd.Modules.Sql;

/// <summary>One request's values for a statement's variables; all wire text, none escaped.</summary>
/// <param name="user">The login name as the client sent it.</param>
/// <param name="service">The request's service.</param>
/// <param name="defaultDomain">DEFAULT_DOMAIN, empty when it is not set.</param>
public sealed class SqlValues(string user, string service, string defaultDomain)
{
    private readonly int _at = user.IndexOf('@');

    /// <summary>The new password, empty except in a password change.</summary>
    public string NewPassword { get; init; } = "";

    /// <summary>Its hash.</summary>
    public string NewHash { get; init; } = "";

    /// <summary>The values of an enumeration, which has no user.</summary>
    public static SqlValues Enumeration(string defaultDomain) => new("*", "enumerate", defaultDomain);

    /// <summary>There are secrets in the values.</summary>
    public bool HasSecrets => NewPassword.Length > 0 || NewHash.Length > 0;

    /// <summary>The same values without secrets.</summary>
    public SqlValues WithoutSecrets() => new(user, service, defaultDomain);

    /// <summary>A variable's value.</summary>
    public string this[SqlVariable variable] => variable switch
    {
        SqlVariable.User => _at < 0 && defaultDomain.Length > 0 ? $"{user}@{defaultDomain}" : user,
        SqlVariable.LocalPart => _at < 0 ? user : user[.._at],
        SqlVariable.Domain => _at < 0 ? defaultDomain : user[(_at + 1)..],
        SqlVariable.Service => service,
        SqlVariable.NewPassword => NewPassword,
        _ => NewHash,
    };

    /// <summary>Replaces the marks in a text by values.</summary>
    public string Fill(string marked)
    {
        if (marked.Length == 1 && SqlPlaceholder.Is(marked[0]))
        {
            return this[SqlPlaceholder.Variable(marked[0])];
        }

        System.Text.StringBuilder filled = new();
        foreach (char c in marked)
        {
            _ = SqlPlaceholder.Is(c) ? filled.Append(this[SqlPlaceholder.Variable(c)]) : filled.Append(c);
        }

        return filled.ToString();
    }
}
