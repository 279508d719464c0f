// Turns vpopmail's accounts into those of replies, and decides which services each may use.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Modules.Vchkpw;

/// <summary>The result of a search.</summary>
/// <param name="Outcome">The account to send, without a clear-text password; or the reason of a rejection.</param>
/// <param name="Source">vpopmail's account, when it was accepted.</param>
internal readonly record struct FoundAccount(AuthOutcome Outcome, VpopmailAccount? Source = null);

/// <summary>Finds accounts, with courier-authlib's debug lines. All calls may block.</summary>
/// <param name="vpopmail">The files.</param>
/// <param name="warnings">Takes warnings about missing files.</param>
/// <param name="errors">Takes errors in a record.</param>
/// <param name="log">Takes the debug lines.</param>
internal sealed class VchkpwAccounts(
    Vpopmail vpopmail, RepeatedWarning warnings, RepeatedWarning errors, Log log)
{
    /// <summary>The account of <paramref name="login"/>, if it may use <paramref name="service"/>.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public FoundAccount Find(string login, string service)
    {
        if (vpopmail.Home is null)
        {
            warnings.Say("there is no system user vpopmail, and no [vchkpw] home in authdaemond.ini");
            return Rejected(Reasons.UnknownUser);
        }

        if (VpopmailAddress.Split(login) is not { } address || Complete(address) is not { Domain.Length: > 0 } full)
        {
            log.Debug("vchkpw: unable to split into user and domain");
            return Rejected(Reasons.UnknownUser);
        }

        if (vpopmail.Domains.Find(full.Domain) is not { } domain)
        {
            if (!vpopmail.Domains.Exists)
            {
                string directory = WireText.FromUnicode(vpopmail.Domains.Directory);
                warnings.Say($"there is neither cdb nor assign in {directory}: no domains");
            }

            log.Debug("vchkpw: domain does not exist");
            return Rejected(Reasons.UnknownUser);
        }

        if (vpopmail.Find(domain, full.User) is not { } found)
        {
            log.Debug("vchkpw: user does not exist");
            return Rejected(Reasons.UnknownUser);
        }

        return Admit(found, service);
    }

    /// <summary>The account for a list; <c>null</c> when its record is unusable.</summary>
    public Account? ReadListed(VpopmailAccount source) => IsUsable(source) ? ToAccount(source) : null;

    private FoundAccount Admit(VpopmailAccount source, string service)
    {
        if (Disabled(service, source.Flags) is { } disabled)
        {
            log.Debug($"vchkpw: {disabled} disabled for this account");
            return Rejected($"{disabled} disabled");
        }

        if (!IsUsable(source))
        {
            return new FoundAccount(AuthOutcome.BrokenRecord(source.Entry.Hash, source.Entry.ClearPassword));
        }

        Account account = ToAccount(source);
        if (log.Debugging)
        {
            log.Debug($"{VchkpwModule.ModuleName}: {AccountDump.Line(account)}");
            log.DebugSecret($"{VchkpwModule.ModuleName}: {AccountDump.PasswordLine(account)}");
        }

        return new FoundAccount(AuthOutcome.Accept(account), source);
    }

    private VpopmailAddress Complete(VpopmailAddress address) =>
        address.Domain.Length > 0 ? address : address with { Domain = vpopmail.DefaultDomain() };

    private static string? Disabled(string service, AccountLimits flags) => service switch
    {
        "webmail" when flags.HasFlag(AccountLimits.NoWebmail) => service,
        "pop3" when flags.HasFlag(AccountLimits.NoPop) => service,
        "imap" when flags.HasFlag(AccountLimits.NoImap) => service,
        "smtp" or "esmtp" when flags.HasFlag(AccountLimits.NoSmtp) => "smtp",
        _ => null,
    };

    private bool IsUsable(VpopmailAccount source)
    {
        string? problem = source.Domain.Uid == 0 || source.Domain.Gid == 0 ? "its domain's uid or gid is zero or no number"
            : source.Entry.Directory.Length == 0 ? "it has no directory yet: vpopmail makes one with the first mail"
            : null;
        if (problem is not null)
        {
            errors.Say($"refuse {Address(source)}: {problem}");
        }

        return problem is null;
    }

    private static Account ToAccount(VpopmailAccount source) => new()
    {
        Uid = source.Domain.Uid,
        Gid = source.Domain.Gid,
        Home = source.Entry.Directory,
        Address = Address(source),
        FullName = source.Entry.Gecos,
        Quota = source.Entry.Quota,
        StoredPassword = source.Entry.Hash,
        Options = source.Flags.ToOptions(),
    };

    private static string Address(VpopmailAccount source) => $"{source.Entry.Name}@{source.Domain.Name}";

    private static FoundAccount Rejected(string reason) => new(AuthOutcome.Reject(reason));
}
