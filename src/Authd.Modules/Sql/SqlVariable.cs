// The variables of SQL clauses, and their marks in a statement's text until it is bound.
namespace Authd.Modules.Sql;

/// <summary>The parts of a request that a statement may contain.</summary>
public enum SqlVariable
{
    /// <summary>The login name with the default domain appended, for the default statements.</summary>
    User,

    /// <summary><c>$(local_part)</c>.</summary>
    LocalPart,

    /// <summary><c>$(domain)</c>.</summary>
    Domain,

    /// <summary><c>$(service)</c>.</summary>
    Service,

    /// <summary><c>$(newpass)</c>.</summary>
    NewPassword,

    /// <summary><c>$(newpass_crypt)</c>.</summary>
    NewHash,
}

/// <summary>
/// Marks: wire text never holds chars above 0xFF, so such a char can stand for a variable and cannot be mistaken for the
/// administrator's text.
/// </summary>
public static class SqlPlaceholder
{
    private const char First = '\uE000';

    /// <summary>The mark of <paramref name="variable"/>.</summary>
    public static char Of(SqlVariable variable) => (char)(First + (int)variable);

    /// <summary>Whether a char is a mark.</summary>
    public static bool Is(char c) => c >= First;

    /// <summary>The variable of a mark.</summary>
    public static SqlVariable Variable(char mark) => (SqlVariable)(mark - First);

    /// <summary>A variable as a clause names it; the login name of the default statements has no name there.</summary>
    public static string Name(SqlVariable variable) => variable switch
    {
        SqlVariable.LocalPart => "$(local_part)",
        SqlVariable.Domain => "$(domain)",
        SqlVariable.Service => "$(service)",
        SqlVariable.NewPassword => "$(newpass)",
        SqlVariable.NewHash => "$(newpass_crypt)",
        _ => "LOGIN",
    };

    /// <summary>Whether <paramref name="text"/> contains a mark.</summary>
    public static bool In(ReadOnlySpan<char> text) => text.ContainsAnyInRange(First, char.MaxValue);

    /// <summary>
    /// Replaces each <c>$(name)</c> of an administrator's clause by its mark; unknown names are removed, and so is an unclosed
    /// one with all that follows.
    /// </summary>
    public static string Clause(string clause)
    {
        System.Text.StringBuilder marked = new(clause.Length);
        int at = 0;
        int start;
        while ((start = clause.IndexOf("$(", at, StringComparison.Ordinal)) >= 0)
        {
            marked.Append(clause, at, start - at);
            int end = clause.IndexOf(')', start);
            if (end < 0)
            {
                return marked.ToString();
            }

            marked.Append(Named(clause.AsSpan(start + 2, end - start - 2)));
            at = end + 1;
        }

        return marked.Append(clause, at, clause.Length - at).ToString();
    }

    private static string Named(ReadOnlySpan<char> name) => name switch
    {
        "local_part" => Of(SqlVariable.LocalPart).ToString(),
        "domain" => Of(SqlVariable.Domain).ToString(),
        "service" => Of(SqlVariable.Service).ToString(),
        "newpass" => Of(SqlVariable.NewPassword).ToString(),
        "newpass_crypt" => Of(SqlVariable.NewHash).ToString(),
        _ => "",
    };
}
