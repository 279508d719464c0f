using Authd.Core;

namespace Authd.Tools.Userdb;

/// <summary>The parsed command line of userdb. All but the path is wire text.</summary>
/// <param name="Verb"><c>-show</c>, <c>set</c>, <c>unset</c> or <c>del</c>.</param>
/// <param name="Path">The text file.</param>
/// <param name="Name">The account; empty for a list of all.</param>
/// <param name="Fields">The fields to set or unset.</param>
internal sealed record UserdbArguments(string Verb, string Path, string Name, string[] Fields)
{
    /// <summary>The verb that only reads.</summary>
    internal const string Show = "-show";

    /// <summary>Reads the arguments; <c>null</c>: they are invalid.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="userdb">The userdb of the system: a file or a directory.</param>
    internal static UserdbArguments? Parse(string[] arguments, string userdb) => arguments switch
    {
        [Show, "-f"] => null,
        [Show, "-f", var file, .. var rest] => new(Show, WireText.ToUnicode(file), rest.FirstOrDefault(""), []),
        [Show] => new(Show, userdb, "", []),
        [Show, var place, .. var rest] => ToShow(place, rest.FirstOrDefault(""), userdb),
        ["-f", var file, var name, var verb, .. var fields] => Edit(verb, WireText.ToUnicode(file), name, fields),
        [var place, var verb, .. var fields] => Edit(verb, Below(userdb, Folder(place)), Last(place), fields),
        _ => null,
    };

    /// <summary>Takes a path below a userdb directory, as the manual
    /// has it, or path and name in one, as the C tool has it.</summary>
    private static UserdbArguments ToShow(string place, string name, string userdb)
    {
        string whole = Below(userdb, place);
        return File.Exists(whole)
            ? new UserdbArguments(Show, whole, name, [])
            : new UserdbArguments(Show, Below(userdb, Folder(place)), Last(place), []);
    }

    private static UserdbArguments? Edit(string verb, string path, string name, string[] fields) =>
        name.Length > 0 && (verb is "set" or "unset" || (verb == "del" && fields.Length == 0))
            ? new UserdbArguments(verb, path, name, fields) : null;

    private static string Below(string userdb, string folder) =>
        folder.Length == 0 ? userdb : $"{userdb}/{WireText.ToUnicode(folder)}";

    private static string Folder(string place) => place[..Math.Max(place.LastIndexOf('/'), 0)];

    private static string Last(string place) => place[(place.LastIndexOf('/') + 1)..];
}
