// Variables by which the C library loads code into every program that it starts.
using Authd.Core.Configuration;

namespace Authd.Daemon.Configuration;

/// <summary>
/// authdaemonrc may belong to the mail system's user, but its variables become the environment of processes that are root.
/// Variables that glibc ignores in set-user-ID programs are therefore not passed on, unless authdaemond.ini allows it.
/// </summary>
internal static class LoaderVariables
{
    private const string Section = "workers";
    private const string Key = "loader-variables";

    private static readonly HashSet<string> Names = new(StringComparer.Ordinal) { "GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH" };

    /// <summary><c>[workers] loader-variables</c>: these variables are passed on.</summary>
    /// <exception cref="ConfigurationException">The value is neither yes nor no.</exception>
    internal static bool AreWanted(DaemonIni ini) => ini.YesNo(Section, Key, usual: false);

    /// <summary>The part of <paramref name="variables"/> that is passed on.</summary>
    internal static Dictionary<string, string> Without(IReadOnlyDictionary<string, string> variables, bool keep) =>
        new(variables.Where(variable => keep || !IsOne(variable.Key)), StringComparer.Ordinal);

    /// <summary>A line for each variable that is withheld.</summary>
    internal static IEnumerable<string> Warnings(IReadOnlyDictionary<string, string> variables) => variables.Keys.Where(IsOne).Select(
        static name => $"{name} is not passed on: it would load code into processes that are root; "
            + $"if it must be, set [{Section}] {Key} = yes in authdaemond.ini");

    private static bool IsOne(string name) => name.StartsWith("LD_", StringComparison.Ordinal) || Names.Contains(name);
}
