using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules;

namespace Authd.Daemon.Configuration;

/// <summary>Section [sasl] of authdaemond.ini without its socket: the mechanisms offered to mail servers.</summary>
/// <param name="Mechanisms">Their names, in capitals.</param>
internal sealed record SaslSettings(IReadOnlyList<string> Mechanisms)
{
    private const string Section = "sasl";
    private const string Key = "mechanisms";

    /// <summary>All mechanisms, and the form of password that an account needs for each.</summary>
    internal static IReadOnlyDictionary<string, StoredPasswords> Known { get; } = new Dictionary<string, StoredPasswords>
    {
        ["PLAIN"] = StoredPasswords.Any,
        ["LOGIN"] = StoredPasswords.Any,
        ["CRAM-MD5"] = StoredPasswords.CramKey,
        ["CRAM-SHA1"] = StoredPasswords.CramKey,
        ["CRAM-SHA256"] = StoredPasswords.CramKey,
        ["SCRAM-SHA-256"] = StoredPasswords.Clear,
    };

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A mechanism does not exist.</exception>
    internal static SaslSettings Read(DaemonIni ini)
    {
        string[] names = [.. ini.Words(Section, Key, "plain login").Select(static name => name.ToUpperInvariant()).Distinct()];
        return names.Length > 0 && names.All(Known.ContainsKey)
            ? new SaslSettings(names)
            : throw ini.Bad(Section, Key, $"some of {string.Join(' ', Known.Keys).ToLowerInvariant()}");
    }

    /// <summary>The mechanisms that at least one account of these modules could use.</summary>
    internal IReadOnlyList<string> UsableBy(IReadOnlyList<string> modules) =>
        [.. Mechanisms.Where(name => modules.Any(module => ModuleRegistry.Find(module)?.Stores.HasFlag(Known[name]) == true))];

    /// <summary>Warnings about mechanisms that are not offered.</summary>
    internal IEnumerable<string> Doubts(IReadOnlyList<string> modules) =>
        from unusable in Mechanisms.Except(UsableBy(modules))
        let needed = Known[unusable] == StoredPasswords.Clear ? "a clear-text password" : "a clear-text password or a CRAM key"
        select $"[{Section}] {Key}: {unusable} is not offered: no module of authmodulelist has {needed} for an account; "
            + "take it out, or list a module that has";
}
