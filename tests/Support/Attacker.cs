namespace Authd.Tests.Support;

/// <summary>Runs programs as a user without a name, a group or rights, who owns a directory that the daemon works in.</summary>
public static class Attacker
{
    /// <summary>The uid, and the gid as well.</summary>
    public const int Uid = 4242;

    private static readonly string[] AsAttacker =
        ["setpriv", "--reuid", "4242", "--regid", "4242", "--clear-groups", "--no-new-privs"];

    /// <summary>Makes a symbolic link that the attacker owns.</summary>
    public static Task LinkAsync(string target, string path) => RunAsync("ln", "-s", target, path);

    /// <summary>Runs a program as the attacker.</summary>
    public static Task RunAsync(params string[] command) => ProcessRunner.RunOrThrowAsync([.. AsAttacker, .. command]);

    /// <summary>Gives the attacker a directory or file.</summary>
    public static Task GiveAsync(string path, string mode = "0750") => ProcessRunner.RunOrThrowAsync(
        ["sh", "-c", "chown 4242:4242 \"$1\" && chmod \"$2\" \"$1\"", "sh", path, mode]);

    /// <summary>Runs a loop of Perl in a directory until it is disposed of; it has begun when this returns.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="body">The loop's body; <c>$v</c> is the victim.</param>
    /// <param name="victim">A file that root owns.</param>
    public static async Task<Conversation> StartLoopAsync(string directory, string body, string victim)
    {
        string program = $"($v, $d) = @ARGV; chdir $d or die; $| = 1; print \"begun\\n\"; while (getppid != 1) {{ {body} }}";
        Conversation loop = new(
            [.. AsAttacker, "perl", "-e", program, victim, directory], new Dictionary<string, string>());
        await loop.ReadToAsync("begun");
        return loop;
    }
}
