// A machine without some of its C libraries.
namespace Authd.Tests.Support;

/// <summary>
/// Runs a program where libraries cannot be opened. For a private mount namespace: <see cref="CourierSite"/> makes one.
/// </summary>
public static class MissingLibraries
{
    // The files behind the names, where the dynamic linker finds them.
    private const string HideAndRun =
        """
        while [ "$1" != -- ]; do
            for file in $(ldconfig -p | sed -n "s|^[[:space:]]*$1.* => ||p"); do
                mount --bind /dev/null "$(readlink -f "$file")" || exit
            done
            shift
        done
        shift && exec "$@"
        """;

    /// <summary>For <see cref="OurDaemon.StartAsync"/>: runs what follows without the libraries.</summary>
    /// <param name="sonames">What the sonames begin with.</param>
    public static string[] Under(params string[] sonames) => ["sh", "-c", HideAndRun, "sh", .. sonames, "--"];
}
