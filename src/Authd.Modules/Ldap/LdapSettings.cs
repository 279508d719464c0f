using System.Buffers;
using Authd.Core.Configuration;
using Authd.Linux.Ldap;
using Authd.Linux.Native;
using Authd.Linux.Users;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>LDAP_EMAILMAP: an address is first looked up in a map, which gives the account's handle.</summary>
/// <param name="Template">LDAP_EMAILMAP.</param>
/// <param name="BaseDn">LDAP_EMAILMAP_BASEDN.</param>
/// <param name="Attribute">LDAP_EMAILMAP_ATTRIBUTE: the handle's attribute in the map.</param>
/// <param name="Mail">LDAP_EMAILMAP_MAIL: the handle's attribute in the account.</param>
public sealed record LdapEmailMap(string Template, string BaseDn, string Attribute, string Mail);

/// <summary>
/// Names of attributes; <c>null</c>: not fetched, which is also the meaning of a setting without a value.
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

/// <summary>authldaprc, parsed and checked: the directory, the searches, and the meanings of attributes.</summary>
public sealed record LdapSettings
{
    private const string Uri = "LDAP_URI";
    private const string Version = "LDAP_PROTOCOL_VERSION";
    private const string Deref = "LDAP_DEREF";
    private static readonly SearchValues<char> NoNames = SearchValues.Create(" \t()=#,&|");
    private static readonly string[] Schemes = ["ldap://", "ldaps://", "ldapi://"];

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        Uri, Version, Deref, "LDAP_BASEDN", "LDAP_INITBIND", "LDAP_BINDDN", "LDAP_BINDPW", "LDAP_TIMEOUT",
        "LDAP_AUTHBIND", "LDAP_MAIL", "LDAP_FILTER", "LDAP_DOMAIN", "LDAP_GLOB_UID", "LDAP_GLOB_GID", "LDAP_UID",
        "LDAP_GID", "LDAP_HOMEDIR", "LDAP_MAILROOT", "LDAP_MAILDIR", "LDAP_DEFAULTDELIVERY", "LDAP_MAILDIRQUOTA",
        "LDAP_FULLNAME", "LDAP_CLEARPW", "LDAP_CRYPTPW", "LDAP_AUXOPTIONS", "LDAP_ENUMERATE_FILTER", "LDAP_TLS",
        "LDAP_EMAILMAP", "LDAP_EMAILMAP_BASEDN", "LDAP_EMAILMAP_ATTRIBUTE", "LDAP_EMAILMAP_MAIL",
    };

    private static readonly Dictionary<string, string> Unread = new(StringComparer.Ordinal)
    {
        ["LDAP_SERVER"] = "say it in LDAP_URI, e.g. LDAP_URI ldap://HOST",
        ["LDAP_HOST"] = "say it in LDAP_URI, e.g. LDAP_URI ldap://HOST",
        ["LDAP_BASE"] = "the name is LDAP_BASEDN",
        ["LDAP_BASE_DN"] = "the name is LDAP_BASEDN",
        ["LDAP_BIND_DN"] = "the name is LDAP_BINDDN",
        ["LDAP_ROOTDN"] = "the name is LDAP_BINDDN",
        ["LDAP_BIND_PW"] = "the name is LDAP_BINDPW",
        ["LDAP_BINDPASS"] = "the name is LDAP_BINDPW",
        ["LDAP_BINDPASSWORD"] = "the name is LDAP_BINDPW",
        ["LDAP_ROOTPW"] = "the name is LDAP_BINDPW",
        ["LDAP_MAILADDRESS"] = "the name is LDAP_MAIL",
        ["LDAP_PORT"] = "say it in LDAP_URI, e.g. LDAP_URI ldap://HOST:389",
    };

    /// <summary>The servers, in the order of attempts.</summary>
    public required IReadOnlyList<string> Uris { get; init; }

    /// <summary>2 or 3; 0: not given.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>LDAP_BASEDN.</summary>
    public required string BaseDn { get; init; }

    /// <summary>Name and password to bind with before searching; <c>null</c>: search anonymously.</summary>
    public required (string Dn, string Password)? InitialBind { get; init; }

    /// <summary>LDAP_TIMEOUT; <c>null</c>: the request's time limit.</summary>
    public required TimeSpan? Timeout { get; init; }

    /// <summary>LDAP_AUTHBIND: passwords are checked by binding as the user.</summary>
    public required bool BindsAsUser { get; init; }

    /// <summary>LDAP_MAIL: the attribute that holds login names.</summary>
    public required string Mail { get; init; }

    /// <summary>LDAP_FILTER; <c>null</c>: none.</summary>
    public required string? Filter { get; init; }

    /// <summary>LDAP_ENUMERATE_FILTER, or its default.</summary>
    public required string ListFilter { get; init; }

    /// <summary>LDAP_DOMAIN; <c>null</c>: none.</summary>
    public required string? Domain { get; init; }

    /// <summary>LDAP_GLOB_UID; 0: none.</summary>
    public required uint Uid { get; init; }

    /// <summary>LDAP_GLOB_GID; 0: none.</summary>
    public required uint Gid { get; init; }

    /// <summary>LDAP_MAILROOT; <c>null</c>: none.</summary>
    public required string? MailRoot { get; init; }

    /// <summary>The meanings of attributes.</summary>
    public required LdapAttributes Attributes { get; init; }

    /// <summary>LDAP_DEREF.</summary>
    public required LdapDeref Dereference { get; init; }

    /// <summary>LDAP_TLS: StartTLS before anything else.</summary>
    public required bool StartTls { get; init; }

    /// <summary>LDAP_EMAILMAP; <c>null</c>: none.</summary>
    public required LdapEmailMap? EmailMap { get; init; }

    /// <summary>Reads section <c>[ldap]</c> of authdaemond.ini: the number
    /// of connections for searches, and as many for binds.</summary>
    /// <exception cref="ConfigurationException">A value is not valid for its key; the message names the key.</exception>
    public static PoolLimits ReadLimits(DaemonIni ini) => PoolLimits.Read(ini, "ldap", "timeout");

    /// <summary>Reads the file; may look names up in the system's databases.</summary>
    /// <exception cref="ConfigurationException">A setting is missing or wrong; the message has its place.</exception>
    public static LdapSettings Read(RcFile file)
    {
        file.CheckNames(Known, Unread);
        string[] uris = ReadUris(file);
        string mail = AttributeName(file, "LDAP_MAIL") ?? "mail";
        string baseDn = file.Require("LDAP_BASEDN");
        CheckDn(file, "LDAP_BASEDN", baseDn);
        string? filter = ReadFilter(file, "LDAP_FILTER", text => LdapFilter.Equal(mail, "x", text));
        return new LdapSettings
        {
            Uris = uris,
            ProtocolVersion = ReadVersion(file),
            BaseDn = baseDn,
            InitialBind = file.IsOn("LDAP_INITBIND") ? (file.Require("LDAP_BINDDN"), file.Require("LDAP_BINDPW")) : null,
            Timeout = ReadTimeout(file),
            BindsAsUser = file.IsOn("LDAP_AUTHBIND"),
            Mail = mail,
            Filter = filter,
            ListFilter = ReadFilter(file, "LDAP_ENUMERATE_FILTER", static text => text) ?? filter ?? $"({mail}=*)",
            Domain = Given(file, "LDAP_DOMAIN"),
            Uid = ReadId(file, "LDAP_GLOB_UID", static name => SystemUsers.Find(name)?.Uid),
            Gid = ReadId(file, "LDAP_GLOB_GID", SystemGroups.FindId),
            MailRoot = Given(file, "LDAP_MAILROOT"),
            Attributes = ReadAttributes(file),
            Dereference = ReadDeref(file),
            StartTls = file.IsOn("LDAP_TLS"),
            EmailMap = ReadEmailMap(file, baseDn, mail),
        };
    }

    private static LdapEmailMap? ReadEmailMap(RcFile file, string baseDn, string mail)
    {
        if (ReadFilter(file, "LDAP_EMAILMAP", static text => LdapFilter.FromTemplate(text, "x@x")) is not { } template)
        {
            return null;
        }

        string mapDn = Given(file, "LDAP_EMAILMAP_BASEDN") ?? baseDn;
        CheckDn(file, "LDAP_EMAILMAP_BASEDN", mapDn);
        return new LdapEmailMap(
            template, mapDn, AttributeName(file, "LDAP_EMAILMAP_ATTRIBUTE") ?? "handle", AttributeName(file, "LDAP_EMAILMAP_MAIL") ?? mail);
    }

    private static string? Given(RcFile file, string name) => file.Find(name) is { Length: > 0 } value ? value : null;

    /// <summary>A filter that libldap can send.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The setting.</param>
    /// <param name="used">Makes the filter that is sent.</param>
    private static string? ReadFilter(RcFile file, string name, Func<string, string> used) => Given(file, name) is not { } filter ? null
        : LdapSyntax.IsFilter(used(filter)) ? filter
        : throw file.Bad(name, $"'{filter}' is no search filter{Hint(filter)}");

    private static string Hint(string filter) => RcFile.Remark(filter) is { Length: > 0 } remark ? remark
        : filter.Count(static c => c == '(') != filter.Count(static c => c == ')') ? ": its ( and ) do not match"
        : filter.StartsWith('(') ? "" : $": it needs ( and ) around it, as in ({filter})";

    private static void CheckDn(RcFile file, string name, string dn)
    {
        // Active Directory has <GUID=...> as well.
        if (!dn.StartsWith('<') && !LdapSyntax.IsDn(dn))
        {
            throw file.Bad(name, $"'{dn}' is no name of an entry, such as dc=example,dc=com{RcFile.Remark(dn)}");
        }

    }

    /// <summary>The name of an attribute (RFC 4512, 2.5), or a text that a lenient server may accept as one. With a blank before
    /// it, as from a continued line, it names no attribute, as in courier-authlib.</summary>
    private static string? AttributeName(RcFile file, string name)
    {
        string? value = Given(file, name);
        return value is not null && value.AsSpan().Trim(' ').ContainsAny(NoNames) ? throw file.Bad(
            name, $"'{value}' is no name of an attribute{RcFile.Remark(value)}") : value;
    }

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
        : file.Number(Version, absent: 0, "2 or 3") is var version and (2 or 3)
        ? version : throw file.Bad(Version, "not supported: must be 2 or 3");

    private static TimeSpan? ReadTimeout(RcFile file)
    {
        const string name = "LDAP_TIMEOUT";
        return file.Number(name, absent: 5, "a number of seconds") is var seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null;
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
        Uid = AttributeName(file, "LDAP_UID"),
        Gid = AttributeName(file, "LDAP_GID"),
        Home = file.Find("LDAP_HOMEDIR") is null ? "homeDir" : AttributeName(file, "LDAP_HOMEDIR"),
        Maildir = AttributeName(file, "LDAP_MAILDIR"),
        DefaultDelivery = AttributeName(file, "LDAP_DEFAULTDELIVERY"),
        Quota = AttributeName(file, "LDAP_MAILDIRQUOTA"),
        FullName = AttributeName(file, "LDAP_FULLNAME"),
        ClearPassword = AttributeName(file, "LDAP_CLEARPW"),
        CryptPassword = AttributeName(file, "LDAP_CRYPTPW"),
        Options = [.. ReadOptions(Given(file, "LDAP_AUXOPTIONS") ?? "")],
    };

    private static IEnumerable<(string Attribute, string Option)> ReadOptions(string list) =>
        from entry in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        let parts = entry.Split('=', 2)
        where parts[0].Length > 0
        select (parts[0], parts is [_, { Length: > 0 } option] ? option : parts[0]);
}
