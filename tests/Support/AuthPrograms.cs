namespace Authd.Tests.Support;

/// <summary>The programs of tests/Support/Programs that authpipe talks to.</summary>
public static class AuthPrograms
{
    /// <summary>The same accounts in three languages.</summary>
    public static IReadOnlyList<string> WellBehaved { get; } = ["authprog.sh", "authprog.pl", "authprog.py"];

    /// <summary>Misbehaves in the way that the looked-up name says.</summary>
    public const string Misbehaving = "misbehave.sh";

    /// <summary>Takes a second request and ends without an answer to it.</summary>
    public const string OneAnswer = "oneanswer.sh";

    /// <summary>Copies program <paramref name="name"/> to <paramref name="path"/>
    /// and renames it into place, as an administrator should.</summary>
    public static void Install(string name, string path)
    {
        string temporary = path + ".new";
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Programs", name), temporary, overwrite: true);
        File.SetUnixFileMode(temporary, (UnixFileMode)Convert.ToInt32("755", 8));
        File.Move(temporary, path, overwrite: true);
    }
}
