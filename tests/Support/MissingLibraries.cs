namespace Authd.Tests.Support;

/// <summary>
/// Runs a program on a machine without some of its C libraries, in a
/// private mount namespace such as <see cref="CourierSite"/> makes.
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

    /// <summary>For <see cref="OurDaemon.StartAsync"/>: runs the following command without the libraries.</summary>
    /// <param name="sonames">The beginnings of the sonames.</param>
    public static string[] Under(params string[] sonames) => ["sh", "-c", HideAndRun, "sh", .. sonames, "--"];
}
