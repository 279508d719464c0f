// Which PAM modules a process has loaded.
namespace Authd.Modules.Pam;

/// <summary>Reads /proc: libpam itself tells nobody.</summary>
internal static class LoadedModules
{
    private const string Prefix = "pam_";
    private const string Suffix = ".so";

    /// <summary>
    /// The modules of this process by name, e.g. <c>pam_deny pam_unix</c>; by convention their file names begin with
    /// <c>pam_</c>. libpam loads those of the service <c>other</c> as well, whatever the service is.
    /// </summary>
    internal static string OfThisProcess() => string.Join(' ', File.ReadLines("/proc/self/maps")
        .Select(static line => Path.GetFileName(line))
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
        .Select(static name => name[..^Suffix.Length])
        .Distinct()
        .Order(StringComparer.Ordinal));
}
