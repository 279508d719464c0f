// A copy of authdaemonrc outside /etc: Debian's dpkg deletes the file when the C daemon's package is purged.
using Authd.Core.Logging;

namespace Authd.Daemon.Configuration;

/// <summary>The copy that the Debian package makes and puts back. This class keeps its text up to date.</summary>
internal static class SavedAuthdaemonrc
{
    /// <summary>Names the copy. The package's unit sets it; elsewhere there is no copy.</summary>
    internal const string EnvironmentVariable = "AUTHDAEMON_SAVED_RC";

    /// <summary>Saves the text that the daemon serves with. A failure is a warning and nothing more.</summary>
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

            // Written in place: a new file could not have the old one's group without CAP_CHOWN.
            using FileStream file = new(copy, FileMode.Open, FileAccess.Write);
            file.Write(configuration.AuthdaemonrcText);
            file.SetLength(configuration.AuthdaemonrcText.Length);
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn($"{copy}: cannot save a copy of {configuration.Location.AuthdaemonrcPath}: {e.Message}; "
                + "purging the package courier-authdaemon would bring an older copy back");
        }
    }
}
