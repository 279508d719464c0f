// What one request puts in the place of a statement's variables.
namespace Authd.Modules.Sql;

/// <summary>The values of one request; all wire text, none escaped.</summary>
/// <param name="user">The login name as the client sent it.</param>
/// <param name="service">The request's service.</param>
/// <param name="defaultDomain">DEFAULT_DOMAIN, empty when there is none.</param>
public sealed class SqlValues(string user, string service, string defaultDomain)
{
    private readonly int _at = user.IndexOf('@');

    /// <summary>The new password, empty unless one is being set.</summary>
    public string NewPassword { get; init; } = "";

    /// <summary>Its hash.</summary>
    public string NewHash { get; init; } = "";

    /// <summary>The values of an enumeration, which has no user.</summary>
    public static SqlValues Enumeration(string defaultDomain) => new("*", "enumerate", defaultDomain);

    /// <summary>One variable's value.</summary>
    public string this[SqlVariable variable] => variable switch
    {
        SqlVariable.User => _at < 0 && defaultDomain.Length > 0 ? $"{user}@{defaultDomain}" : user,
        SqlVariable.LocalPart => _at < 0 ? user : user[.._at],
        SqlVariable.Domain => _at < 0 ? defaultDomain : user[(_at + 1)..],
        SqlVariable.Service => service,
        SqlVariable.NewPassword => NewPassword,
        _ => NewHash,
    };

    /// <summary>Fills marked text in.</summary>
    public string Fill(string marked)
    {
        if (marked.Length == 1 && SqlMark.Is(marked[0]))
        {
            return this[SqlMark.Variable(marked[0])];
        }

        System.Text.StringBuilder filled = new();
        foreach (char c in marked)
        {
            _ = SqlMark.Is(c) ? filled.Append(this[SqlMark.Variable(c)]) : filled.Append(c);
        }

        return filled.ToString();
    }
}
