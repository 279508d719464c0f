using Authd.Core;
using Authd.Linux.Files;
using Authd.Modules.Userdb;

namespace Authd.Tools.Userdb;

/// <summary><c>userdb</c> shows and edits the text from which makeuserdb makes
/// the databases, with courier-authlib's messages and exit codes.</summary>
public static class UserdbEdit
{
    private const string Program = "userdb";
    private const int InvalidArgument = 22;
    private const int NotAFile = 25;

    private const string Usage =
        """
        Usage: userdb [path/.../ | -f file ]name set field=value field=value...
               userdb [path/.../ | -f file ]name unset field field...
               userdb [path/.../ | -f file ]name del
               userdb -show [path/... | -f file ] [name]

        """;

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">Wire text.</param>
    /// <param name="environment">The process; the values of fields without <c>=</c> are read from its input.</param>
    /// <param name="configDirectory">The directory of userdb.</param>
    /// <returns>Exit code: 0 for success, 1 for invalid arguments or the end of input, 22 for a value that cannot be stored, 25
    /// without a file, 255 for a symbolic link, else the errno.</returns>
    public static int Run(string[] arguments, ToolEnvironment environment, string configDirectory)
    {
        string userdb = Path.Combine(configDirectory, "userdb");
        if (UserdbArguments.Parse(arguments, userdb) is not { } parsed)
        {
            environment.Print(Usage);
            return 1;
        }

        return UserdbFailure.Report(Program, environment, () =>
        {
            UserdbSource.RefuseLinks(Program, userdb, parsed.Path);
            if (Directory.Exists(parsed.Path))
            {
                throw new UserdbException($"{parsed.Path}: not a file.", NotAFile);
            }

            return parsed.Verb == UserdbArguments.Show ? Show(parsed, environment) : Edit(parsed, environment);
        });
    }

    private static int Show(UserdbArguments arguments, ToolEnvironment environment)
    {
        byte[] text = Read(arguments.Path);
        if (arguments.Name.Length == 0)
        {
            UserdbLineReader line = new(text);
            while (line.Read())
            {
                environment.Print(WireText.FromBytes(line.Name) + "\n");
            }
        }
        else if (UserdbText.Find(text, arguments.Name) is { } record)
        {
            environment.Print(record.Replace('|', '\n') + "\n");
        }

        return 0;
    }

    private static int Edit(UserdbArguments arguments, ToolEnvironment environment)
    {
        Require(!arguments.Name.AsSpan().ContainsAny('\t', '\n') && !arguments.Name.StartsWith('#'), "Invalid name.");
        Require(arguments.Fields.All(IsStorable), "Invalid field or value.");
        List<(string Name, string Value)> values = [];
        if (arguments.Verb == "set")
        {
            foreach (string field in arguments.Fields)
            {
                if (ReadField(field, arguments.Name, environment) is not { } value)
                {
                    return 1;
                }

                values.Add(value);
            }
        }

        using UserdbTextFile file = UserdbTextFile.Open(arguments.Path);
        byte[] text = Read(file.Path);
        byte[] changed = Change(text, arguments, values);
        if (!changed.AsSpan().SequenceEqual(text))
        {
            using ReplacementFile replacement = file.Write(changed);
            replacement.Commit();
            ReplacementFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(file.Path))!);
        }

        return 0;
    }

    private static byte[] Change(byte[] text, UserdbArguments arguments, List<(string Name, string Value)> values)
    {
        string? record = UserdbText.Find(text, arguments.Name);
        if (arguments.Verb == "del" || (arguments.Verb == "unset" && record is null))
        {
            return UserdbText.Remove(text, arguments.Name);
        }

        UserdbFields fields = new(record ?? "");
        values.ForEach(value => fields.Set(value.Name, value.Value));
        if (arguments.Verb == "unset")
        {
            Array.ForEach(arguments.Fields, fields.Unset);
        }

        return UserdbText.Put(text, arguments.Name, fields.ToString());
    }

    /// <summary>Splits <c>field=value</c>, or asks for the value; <c>null</c> at the end of input.</summary>
    private static (string Name, string Value)? ReadField(string field, string account, ToolEnvironment environment)
    {
        if (field.IndexOf('=') is var equals and >= 0)
        {
            return (field[..equals], field[(equals + 1)..]);
        }

        if (environment.IsTerminal)
        {
            environment.Print($"{account}.{field}: ");
        }

        // The echo of a secret is off, and with it that of the line end.
        using IDisposable? hidden = field.EndsWith("pw", StringComparison.Ordinal) ? environment.HideInput() : null;
        string? value = environment.ReadLine();
        if (hidden is not null)
        {
            environment.Print("\n");
        }

        Require(value is null || IsStorable(value), "Invalid value.");
        return value is null ? null : (field, value);
    }

    private static byte[] Read(string path) => TrustedFiles.ReadAll(path) ?? [];

    private static bool IsStorable(string value) => !value.AsSpan().ContainsAny('|', '\n');

    private static void Require(bool valid, string complaint)
    {
        if (!valid)
        {
            throw new UserdbException(complaint, InvalidArgument);
        }
    }
}
