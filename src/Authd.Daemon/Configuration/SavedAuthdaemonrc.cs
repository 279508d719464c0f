// A copy of authdaemonrc outside /etc: dpkg deletes the file when the C daemon's package is purged on Debian.
using Authd.Core.Logging;
using Authd.Linux.Files;

namespace Authd.Daemon.Configuration;

/// <summary>The copy that the Debian package makes and restores. This class keeps its text up to date.</summary>
internal static class SavedAuthdaemonrc
{
    /// <summary>The variable with the copy's path. The package's unit sets it; without it there is no copy.</summary>
    internal const string EnvironmentVariable = "AUTHDAEMON_SAVED_RC";

    /// <summary>Saves the text that the daemon uses. A failure is only a warning.</summary>
    internal static void Update(LoadedConfiguration configuration, Log log)
    {
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is not { Length: > 0 } copy || !File.Exists(copy))
        {
            return;
        }

        try
        {
            if (File.ReadAllBytes(copy).AsSpan().SequenceEqual(configuration.AuthdaemonrcText))
            {
                return;
            }

            // Written in place: without CAP_CHOWN a new file could not have the old one's group.
            using FileStream file = new(copy, FileMode.Open, FileAccess.Write);
            file.Write(configuration.AuthdaemonrcText);
            file.SetLength(configuration.AuthdaemonrcText.Length);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn($"{copy}: cannot save a copy of {configuration.Location.AuthdaemonrcPath}: {FileTrouble.Text(e)}; "
                + "purging the package courier-authdaemon would bring an older copy back");
        }
    }
}
