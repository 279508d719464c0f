// .NET's words for files that cannot be used, in the words that an administrator knows from the shell.
namespace Authd.Linux.Files;

/// <summary>Translates messages.</summary>
public static class FileTrouble
{
    /// <summary>The longest path of a Unix socket, bytes: struct sockaddr_un.</summary>
    public const int LongestSocketPath = 107;

    /// <summary>The failure as <c>PATH: REASON</c> where .NET has a sentence of its own, else its message.</summary>
    public static string Text(Exception failure) => failure switch
    {
        UnauthorizedAccessException => Of(failure, "Permission denied"),
        FileNotFoundException or DirectoryNotFoundException => Of(failure, "No such file or directory"),
        ArgumentException => failure.Message.Split(" (Parameter ")[0],
        _ => failure.Message,
    };

    /// <summary>The fault of a socket's path; <c>null</c>: the path can be used.</summary>
    public static string? OfSocketPath(string path) => System.Text.Encoding.UTF8.GetByteCount(path) is var bytes and > LongestSocketPath
        ? $"{path}: the path has {bytes} bytes, and that of a socket may have {LongestSocketPath}: choose a shorter directory" : null;

    private static string Of(Exception failure, string reason)
    {
        string text = failure.Message;
        int from = text.IndexOf('\'');
        int to = text.LastIndexOf('\'');
        return to > from + 1 ? $"{text[(from + 1)..to]}: {reason}" : text;
    }
}
