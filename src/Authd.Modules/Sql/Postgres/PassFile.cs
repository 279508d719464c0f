// libpq's password file (PostgreSQL documentation, "The Password File").
using System.Text;
using Authd.Core;
using Authd.Linux.Files;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Lines <c>host:port:database:user:password</c>; <c>*</c> matches anything, <c>\</c> escapes.</summary>
public static class PassFile
{
    /// <summary>The password for a connection, <c>null</c> when no line matches or the file may not be used.</summary>
    /// <param name="path">The file; as in libpq, it is not used if others than its owner may read it.</param>
    /// <param name="wanted">Host, port, database, user.</param>
    /// <param name="warn">Takes the reason why a file is not used.</param>
    public static string? Find(string path, IReadOnlyList<string> wanted, Action<string> warn)
    {
        if (!RootFiles.Exists(path))
        {
            return null;
        }

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if ((File.GetUnixFileMode(path) & others) != 0)
        {
            warn($"password file \"{path}\" has group or world access; permissions should be u=rw (0600) or less");
            return null;
        }

        return WireText.FromBytes(RootFiles.ReadAll(path)).Split('\n')
            .Where(line => !line.StartsWith('#'))
            .Select(line => Match(line.TrimEnd('\r'), wanted))
            .FirstOrDefault(password => password is not null);
    }

    private static string? Match(string line, IReadOnlyList<string> wanted)
    {
        int at = 0;
        foreach (string field in wanted)
        {
            bool any = line.AsSpan(at).StartsWith("*:");
            string found = Field(line, ref at);
            if (at == line.Length || (!any && found != field))
            {
                return null;
            }

            at++;
        }

        StringBuilder password = new();
        while (at < line.Length)
        {
            AppendUnescaped(line, ref at, password);
        }

        return password.ToString();
    }

    /// <summary>Reads up to the next colon that is not escaped.</summary>
    private static string Field(string line, ref int at)
    {
        StringBuilder field = new();
        while (at < line.Length && line[at] != ':')
        {
            AppendUnescaped(line, ref at, field);
        }

        return field.ToString();
    }

    private static void AppendUnescaped(string line, ref int at, StringBuilder text)
    {
        if (line[at] == '\\' && at + 1 < line.Length)
        {
            at++;
        }

        text.Append(line[at++]);
    }
}
