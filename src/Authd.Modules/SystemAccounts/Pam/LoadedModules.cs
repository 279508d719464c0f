namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The PAM modules that a process has loaded, from /proc: libpam does not report them.</summary>
internal static class LoadedModules
{
    private const string Prefix = "pam_";
    private const string Suffix = ".so";

    /// <summary>The file names of everything that this process has loaded, including modules.</summary>
    internal static HashSet<string> Files() =>
        [.. File.ReadLines("/proc/self/maps").Select(static line => Path.GetFileName(line))];

    /// <summary>
    /// The modules of this process by name, e.g. <c>pam_deny pam_unix</c>; by convention their file names begin with
    /// <c>pam_</c>. libpam loads those of the service <c>other</c> as well, whatever the service is.
    /// </summary>
    internal static string OfThisProcess() => string.Join(' ', Files()
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(static name => name[..^Suffix.Length])
        .Order(StringComparer.Ordinal));
}
