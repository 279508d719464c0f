// Turns directory entries into accounts, and recognizes entries that cannot be used.
using System.Diagnostics.CodeAnalysis;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Linux.Ldap;

namespace Authd.Modules.Ldap;

/// <summary>Turns entries into accounts, with the log lines that courier-authlib writes for them.</summary>
/// <param name="settings">The meanings of attributes.</param>
/// <param name="homes">Warns about homes.</param>
/// <param name="log">The log.</param>
internal sealed class LdapAccounts(LdapSettings settings, OddHomes homes, Log log)
{
    private const string CourierService = "courier";
    private const uint MostId = 4294967294;
    private readonly LdapAttributes _names = settings.Attributes;

    private readonly IReadOnlyList<string> _usual = Fetched(settings.Attributes, settings.Attributes.Maildir);

    private readonly IReadOnlyList<string> _delivery =
        Fetched(settings.Attributes, settings.Attributes.DefaultDelivery ?? settings.Attributes.Maildir);

    /// <summary>The attributes that a lookup for a service fetches.</summary>
    public IReadOnlyList<string> For(string service) => service == CourierService ? _delivery : _usual;

    /// <summary>The attributes that a list needs.</summary>
    public IReadOnlyList<string> Listed { get; } = Distinct(
    [
        settings.Mail, settings.Attributes.Home, settings.Attributes.Maildir, settings.Attributes.Uid, settings.Attributes.Gid,
        .. settings.Attributes.Options.Select(static option => option.Attribute),
    ]);

    /// <summary>The account of one entry, under the requested name <paramref name="login"/>.</summary>
    /// <returns>False: the entry cannot be an account; the log has the reason.</returns>
    public bool TryRead(LdapEntry entry, string login, string service, [NotNullWhen(true)] out Account? account)
    {
        WarnDuplicates(entry);
        string? delivery = service == CourierService ? _names.DefaultDelivery : null;
        (long uid, long gid) = Ids(entry);
        Account found = new()
        {
            Address = login,
            Uid = unchecked((uint)uid),
            Gid = unchecked((uint)gid),
            Home = Home(entry),
            Maildir = Value(entry, delivery ?? _names.Maildir),
            Quota = Value(entry, _names.Quota),
            FullName = Value(entry, _names.FullName) ?? "",
            StoredPassword = Value(entry, _names.CryptPassword),
            ClearPassword = Value(entry, _names.ClearPassword),
            Options = Options(entry),
        };
        bool usable = IsId(uid) && IsId(gid);
        if (!usable)
        {
            log.Err($"authldaplib: refuse to authenticate {login}: uid={uid}, gid={gid} (zero uid or gid not permitted)");
        }

        if (_names.Home is { } home)
        {
            homes.Check(entry.Dn, found.Home, $"logins are let in, lookups (for delivery) fail; give it the attribute {home}");
        }

        Dump(found);
        account = usable ? found : null;
        return usable;
    }

    /// <summary>The answer for an entry that is not an account. If the directory checks passwords, the daemon cannot.</summary>
    public AuthOutcome Broken(LdapEntry entry) => settings.BindsAsUser
        ? AuthOutcome.TempFail(Reasons.BrokenRecord)
        : AuthOutcome.BrokenRecord(Value(entry, _names.CryptPassword), Value(entry, _names.ClearPassword));

    /// <summary>The accounts of one entry in a list: one for each of its names.</summary>
    public IEnumerable<Account> List(LdapEntry entry)
    {
        IReadOnlyList<string> names = entry.Values(settings.Mail);
        string home = Home(entry);
        if (names.Count == 0 || home.Length == 0)
        {
            yield break;
        }

        (long uid, long gid) = Ids(entry);
        if (!IsId(uid) || !IsId(gid))
        {
            log.Err($"authldaplib: {entry.Dn} is not listed: uid={uid}, gid={gid} (zero uid or gid not permitted)");
            yield break;
        }

        foreach (string name in names)
        {
            yield return new Account
            {
                Address = name,
                Uid = (uint)uid,
                Gid = (uint)gid,
                Home = home,
                Maildir = Value(entry, _names.Maildir),
                Options = Options(entry),
            };
        }
    }

    private static string[] Fetched(LdapAttributes names, string? maildir) => Distinct(
    [
        names.Home, maildir, names.FullName, names.ClearPassword, names.CryptPassword, names.Uid, names.Gid, names.Quota,
        .. names.Options.Select(static option => option.Attribute),
    ]);

    private static string[] Distinct(IEnumerable<string?> names) =>
        [.. names.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];

    private static bool IsId(long id) => id is > 0 and <= MostId;

    private static string? Value(LdapEntry entry, string? attribute) =>
        attribute is not null && entry.First(attribute) is { Length: > 0 } value ? value : null;

    private (long Uid, long Gid) Ids(LdapEntry entry) =>
        (Id(Value(entry, _names.Uid), settings.Uid), Id(Value(entry, _names.Gid), settings.Gid));

    private static long Id(string? text, uint otherwise) => text is null ? otherwise : LeadingNumber.Parse(text);

    private string Home(LdapEntry entry)
    {
        string home = Value(entry, _names.Home) ?? "";
        return settings.MailRoot is null || home.Length == 0 || home[0] == '/' ? home : $"{settings.MailRoot}/{home}";
    }

    private string? Options(LdapEntry entry)
    {
        List<string> options = [];
        foreach ((string attribute, string option) in _names.Options)
        {
            if (Value(entry, attribute) is { } value)
            {
                options.Add($"{option}={value}");
            }
        }

        return options.Count == 0 ? null : string.Join(',', options);
    }

    private void WarnDuplicates(LdapEntry entry)
    {
        foreach (LdapValues attribute in entry.Attributes.Where(static attribute => attribute.Values.Count > 1))
        {
            log.Warn($"authldaplib: duplicate attribute {attribute.Name} for {entry.Dn}");
        }
    }

    private void Dump(Account account)
    {
        if (log.Debugging)
        {
            log.Debug($"authldaplib: {AccountDump.Line(account)}");
        }

        if (log.ShowingPasswords)
        {
            Account shown = account with
            {
                ClearPassword = account.ClearPassword ?? "",
                StoredPassword = account.StoredPassword ?? "",
            };
            log.DebugSecret($"authldaplib: {AccountDump.PasswordLine(shown)}");
        }
    }
}
