// authldaprc: the directory, what to look for in it, and which attribute means what.
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>LDAP_EMAILMAP: an address is first looked up in a map that gives the account's handle.</summary>
/// <param name="Template">LDAP_EMAILMAP.</param>
/// <param name="BaseDn">LDAP_EMAILMAP_BASEDN.</param>
/// <param name="Attribute">LDAP_EMAILMAP_ATTRIBUTE: where the map has the handle.</param>
/// <param name="Mail">LDAP_EMAILMAP_MAIL: where the account has it.</param>
public sealed record LdapEmailMap(string Template, string BaseDn, string Attribute, string Mail);

/// <summary>
/// Names of attributes; <c>null</c>: not fetched. A setting that is there without a value means that, too.
/// </summary>
public sealed record LdapAttributes
{
    /// <summary>LDAP_UID.</summary>
    public required string? Uid { get; init; }

    /// <summary>LDAP_GID.</summary>
    public required string? Gid { get; init; }

    /// <summary>LDAP_HOMEDIR.</summary>
    public required string? Home { get; init; }

    /// <summary>LDAP_MAILDIR.</summary>
    public required string? Maildir { get; init; }

    /// <summary>LDAP_DEFAULTDELIVERY: in place of <see cref="Maildir"/> for service courier.</summary>
    public required string? DefaultDelivery { get; init; }

    /// <summary>LDAP_MAILDIRQUOTA.</summary>
    public required string? Quota { get; init; }

    /// <summary>LDAP_FULLNAME.</summary>
    public required string? FullName { get; init; }

    /// <summary>LDAP_CLEARPW.</summary>
    public required string? ClearPassword { get; init; }

    /// <summary>LDAP_CRYPTPW.</summary>
    public required string? CryptPassword { get; init; }

    /// <summary>LDAP_AUXOPTIONS: attributes whose values become options, with the options' names.</summary>
    public required IReadOnlyList<(string Attribute, string Option)> Options { get; init; }
}

/// <summary>One authldaprc, checked.</summary>
public sealed record LdapSettings
{
    private const string Uri = "LDAP_URI";
    private const string Version = "LDAP_PROTOCOL_VERSION";
    private const string Deref = "LDAP_DEREF";
    private static readonly string[] Schemes = ["ldap://", "ldaps://", "ldapi://"];

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        Uri, Version, Deref, "LDAP_BASEDN", "LDAP_INITBIND", "LDAP_BINDDN", "LDAP_BINDPW", "LDAP_TIMEOUT",
        "LDAP_AUTHBIND", "LDAP_MAIL", "LDAP_FILTER", "LDAP_DOMAIN", "LDAP_GLOB_UID", "LDAP_GLOB_GID", "LDAP_UID",
        "LDAP_GID", "LDAP_HOMEDIR", "LDAP_MAILROOT", "LDAP_MAILDIR", "LDAP_DEFAULTDELIVERY", "LDAP_MAILDIRQUOTA",
        "LDAP_FULLNAME", "LDAP_CLEARPW", "LDAP_CRYPTPW", "LDAP_AUXOPTIONS", "LDAP_ENUMERATE_FILTER", "LDAP_TLS",
        "LDAP_EMAILMAP", "LDAP_EMAILMAP_BASEDN", "LDAP_EMAILMAP_ATTRIBUTE", "LDAP_EMAILMAP_MAIL",
    };

    /// <summary>The servers, in the order in which they are tried.</summary>
    public required IReadOnlyList<string> Uris { get; init; }

    /// <summary>2 or 3; 0: not given.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>LDAP_BASEDN.</summary>
    public required string BaseDn { get; init; }

    /// <summary>Name and password to bind with before searching; <c>null</c>: search anonymously.</summary>
    public required (string Dn, string Password)? InitialBind { get; init; }

    /// <summary>LDAP_TIMEOUT; <c>null</c>: as long as the request may take.</summary>
    public required TimeSpan? Timeout { get; init; }

    /// <summary>LDAP_AUTHBIND: passwords are checked by binding as the user.</summary>
    public required bool BindsAsUser { get; init; }

    /// <summary>LDAP_MAIL: the attribute that holds login names.</summary>
    public required string Mail { get; init; }

    /// <summary>LDAP_FILTER; <c>null</c>: none.</summary>
    public required string? Filter { get; init; }

    /// <summary>LDAP_ENUMERATE_FILTER, or what stands in for it.</summary>
    public required string ListFilter { get; init; }

    /// <summary>LDAP_DOMAIN; <c>null</c>: none.</summary>
    public required string? Domain { get; init; }

    /// <summary>LDAP_GLOB_UID; 0: none.</summary>
    public required uint Uid { get; init; }

    /// <summary>LDAP_GLOB_GID; 0: none.</summary>
    public required uint Gid { get; init; }

    /// <summary>LDAP_MAILROOT; <c>null</c>: none.</summary>
    public required string? MailRoot { get; init; }

    /// <summary>Which attribute means what.</summary>
    public required LdapAttributes Attributes { get; init; }

    /// <summary>LDAP_DEREF.</summary>
    public required LdapDeref Dereference { get; init; }

    /// <summary>LDAP_TLS: StartTLS before anything else.</summary>
    public required bool StartTls { get; init; }

    /// <summary>LDAP_EMAILMAP; <c>null</c>: none.</summary>
    public required LdapEmailMap? EmailMap { get; init; }

    /// <summary>Reads section <c>[ldap]</c> of authdaemond.ini: as many connections for searches, and as many for binds.</summary>
    /// <exception cref="ConfigurationException">A value is not what the key takes; the message names it.</exception>
    public static LaneLimits ReadLimits(DaemonIni ini) => LaneLimits.Read(ini, "ldap", "timeout", connections: 4);

    /// <summary>Reads the file; may look names up in the system's databases.</summary>
    /// <exception cref="ConfigurationException">A setting is missing or wrong; the message says where.</exception>
    public static LdapSettings Read(RcFile file)
    {
        string mail = Given(file, "LDAP_MAIL") ?? "mail";
        string baseDn = file.Require("LDAP_BASEDN");
        string? filter = Given(file, "LDAP_FILTER");
        return new LdapSettings
        {
            Uris = ReadUris(file),
            ProtocolVersion = ReadVersion(file),
            BaseDn = baseDn,
            InitialBind = IsOn(file, "LDAP_INITBIND") ? (file.Require("LDAP_BINDDN"), file.Require("LDAP_BINDPW")) : null,
            Timeout = ReadTimeout(file),
            BindsAsUser = IsOn(file, "LDAP_AUTHBIND"),
            Mail = mail,
            Filter = filter,
            ListFilter = Given(file, "LDAP_ENUMERATE_FILTER") ?? filter ?? $"({mail}=*)",
            Domain = Given(file, "LDAP_DOMAIN"),
            Uid = ReadId(file, "LDAP_GLOB_UID", static name => SystemUsers.Find(name)?.Uid),
            Gid = ReadId(file, "LDAP_GLOB_GID", SystemGroups.FindId),
            MailRoot = Given(file, "LDAP_MAILROOT"),
            Attributes = ReadAttributes(file),
            Dereference = ReadDeref(file),
            StartTls = IsOn(file, "LDAP_TLS"),
            EmailMap = Given(file, "LDAP_EMAILMAP") is { } template
                ? new LdapEmailMap(
                    template,
                    Given(file, "LDAP_EMAILMAP_BASEDN") ?? baseDn,
                    Given(file, "LDAP_EMAILMAP_ATTRIBUTE") ?? "handle",
                    Given(file, "LDAP_EMAILMAP_MAIL") ?? mail)
                : null,
        };
    }

    /// <summary>Warns about every name in the file that nothing reads.</summary>
    public static void WarnUnread(RcFile file, Log log)
    {
        foreach (string name in file.Names.Where(static name => !Known.Contains(name)).Order(StringComparer.Ordinal))
        {
            log.Warn($"{file.Path}: {name} is not read: unknown name");
        }
    }

    private static string? Given(RcFile file, string name) => file.Find(name) is { Length: > 0 } value ? value : null;

    private static bool IsOn(RcFile file, string name) => file.Number(name, 0) != 0;

    private static string[] ReadUris(RcFile file)
    {
        string[] uris = file.Require(Uri).Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (uris.Length == 0)
        {
            throw file.Bad(Uri, "names no server");
        }

        return Array.Find(uris, static uri => !Array.Exists(
            Schemes, scheme => uri.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))) is { } wrong
            ? throw file.Bad(Uri, $"'{wrong}' is no ldap://, ldaps:// or ldapi:// URI")
            : uris;
    }

    private static int ReadVersion(RcFile file) => file.Find(Version) is null ? 0
        : file.Number(Version, absent: 0) is var version and (2 or 3)
        ? version : throw file.Bad(Version, "not supported: must be 2 or 3");

    private static TimeSpan? ReadTimeout(RcFile file)
    {
        const string name = "LDAP_TIMEOUT";
        int seconds = file.Number(name, absent: 5);
        return seconds > 0 ? TimeSpan.FromSeconds(seconds)
            : file.Find(name)!.StartsWith('0') ? null
            : throw file.Bad(name, $"must be a number of seconds, not '{file.Find(name)}'");
    }

    private static uint ReadId(RcFile file, string name, Func<string, uint?> find)
    {
        if (Given(file, name) is not { } value)
        {
            return 0;
        }

        try
        {
            return uint.TryParse(value, out uint id)
                ? id : find(value) ?? throw file.Bad(name, $"'{value}' is neither a number nor a known name");
        }
        catch (LibcException away)
        {
            throw file.Bad(name, $"'{value}': {away.Message}");
        }
    }

    private static LdapDeref ReadDeref(RcFile file) => Given(file, Deref)?.ToLowerInvariant() switch
    {
        null or "never" => LdapDeref.Never,
        "searching" => LdapDeref.Searching,
        "finding" => LdapDeref.Finding,
        "always" => LdapDeref.Always,
        var other => throw file.Bad(Deref, $"must be never, searching, finding or always, not '{other}'"),
    };

    private static LdapAttributes ReadAttributes(RcFile file) => new()
    {
        Uid = Given(file, "LDAP_UID"),
        Gid = Given(file, "LDAP_GID"),
        Home = file.Find("LDAP_HOMEDIR") is null ? "homeDir" : Given(file, "LDAP_HOMEDIR"),
        Maildir = Given(file, "LDAP_MAILDIR"),
        DefaultDelivery = Given(file, "LDAP_DEFAULTDELIVERY"),
        Quota = Given(file, "LDAP_MAILDIRQUOTA"),
        FullName = Given(file, "LDAP_FULLNAME"),
        ClearPassword = Given(file, "LDAP_CLEARPW"),
        CryptPassword = Given(file, "LDAP_CRYPTPW"),
        Options = [.. ReadOptions(Given(file, "LDAP_AUXOPTIONS") ?? "")],
    };

    private static IEnumerable<(string Attribute, string Option)> ReadOptions(string list) =>
        from entry in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        let parts = entry.Split('=', 2)
        where parts[0].Length > 0
        select (parts[0], parts is [_, { Length: > 0 } option] ? option : parts[0]);
}
