// vpopmail's installation: the places of its files, and the account of a login name.
using Authd.Core;
using Authd.Linux.Native;
using Authd.Linux.Users;

namespace Authd.Modules.Vchkpw;

/// <summary>An account with its domain and limits.</summary>
/// <param name="Entry">Its line of vpasswd.</param>
/// <param name="Domain">Its domain.</param>
/// <param name="Flags">Its limits, its own and its domain's.</param>
public sealed record VpopmailAccount(VpasswdEntry Entry, VpopmailDomain Domain, AccountLimits Flags)
{
    /// <summary>The domain's files.</summary>
    public VpasswdFile File => Vpopmail.FilesOf(Domain);
}

/// <summary>Reads vpopmail's files; keeps nothing in memory. All calls may block.</summary>
/// <param name="settings">The places of the files.</param>
public sealed class Vpopmail(VchkpwSettings settings)
{
    /// <summary>The user that vpopmail's programs run as.</summary>
    internal const string SystemUser = "vpopmail";

    private string? _home = settings.Home;

    /// <summary>qmail's table of domains.</summary>
    public DomainTable Domains { get; } = new(settings.Users);

    /// <summary>vpopmail's home, or <c>null</c> when it is not installed here.</summary>
    /// <exception cref="LibcException">The name service fails.</exception>
    public string? Home => _home ??= SystemUsers.Find(SystemUser) is { } user ? WireText.ToUnicode(user.Home) : null;

    /// <summary>The domain of names without one; lower case, may be empty.</summary>
    /// <exception cref="IOException">The file that names it cannot be read.</exception>
    public string DefaultDomain()
    {
        string? text = Environment.GetEnvironmentVariable("VPOPMAIL_DOMAIN") is { Length: > 0 } set
            ? set
            : VpopmailText.Lines(Path.Combine(Home ?? "", "etc", "defaultdomain")).FirstOrDefault();
        return text?.Trim().ToLowerInvariant() ?? "";
    }

    /// <summary>An account of a domain.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public VpopmailAccount? Find(VpopmailDomain domain, string user) =>
        FilesOf(domain).Find(user) is { } entry
            ? new VpopmailAccount(entry, domain, DomainLimits.Combine(entry.Flags, Limits(domain)))
            : null;

    /// <summary>All accounts of all domains.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public IEnumerable<VpopmailAccount> All()
    {
        foreach (VpopmailDomain domain in Domains.All())
        {
            AccountLimits limits = Limits(domain);
            foreach (VpasswdEntry entry in FilesOf(domain).All())
            {
                yield return new VpopmailAccount(entry, domain, DomainLimits.Combine(entry.Flags, limits));
            }
        }
    }

    /// <summary>A domain's vpasswd.</summary>
    internal static VpasswdFile FilesOf(VpopmailDomain domain) => new(WireText.ToUnicode(domain.Directory), domain.Uid);

    /// <summary>The domain's own limits or, without a file of them, those for all domains.</summary>
    private AccountLimits Limits(VpopmailDomain domain)
    {
        string own = Path.Combine(WireText.ToUnicode(domain.Directory), ".qmailadmin-limits");
        string common = Path.Combine(Home ?? "", "etc", "vlimits.default");
        return DomainLimits.Parse(VpopmailText.Lines(File.Exists(own) ? own : common));
    }
}
