using System.Globalization;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Daemon.Configuration;
using Authd.Linux.Native;
using Authd.Linux.Processes;
using Authd.Linux.Users;

namespace Authd.Daemon.Maps;

/// <summary>Answers Postfix's lookup tables from the modules' accounts:
/// requests <c>TABLE KEY</c> of socketmap_table(5).</summary>
internal sealed class AccountMaps(ModuleChain chain, BlockingWork blocking, MapSettings settings, TimeSpan longestAnswer, Log log)
{
    private const string AllModules = ".";
    private const string UsualMaildir = "Maildir";
    private const string NotFound = "NOTFOUND ";
    private const string Away = "TEMP the account database does not answer";

    // Lookups have no service of their own; modules whose clauses ask for one get this service.
    private static readonly RequestContext Context = new("smtp");

    private readonly AccountDomains _domains = new(chain, settings, log);

    /// <summary>The reply to a request.</summary>
    internal async ValueTask<string> AnswerAsync(string request)
    {
        if (request.Split(' ', 2) is not [var table, var key])
        {
            return "PERM a table and a key are needed";
        }

        Func<Account, ValueTask<string?>>? value = table switch
        {
            "mailbox" => static account => new(Maildir(account)),
            "uid" => account => IdAsync(account, static user => user.Uid, account.Uid),
            "gid" => account => IdAsync(account, static user => user.Gid, account.Gid),
            _ => null,
        };
        try
        {
            return value is not null ? await LookUpAsync(key, value)
                : table == "domains" ? await FindDomainAsync(key) : "PERM there is no such table; there are mailbox, uid, gid and domains";
        }
        catch (Exception e) when (e is LibcException or OperationCanceledException)
        {
            log.Err($"[maps] {table}: {ResourceLimit.Explain(e)}; Postfix gets a temporary failure");
            return Away;
        }
    }

    private async ValueTask<string> LookUpAsync(string key, Func<Account, ValueTask<string?>> value)
    {
        // After each unknown address Postfix looks up "@domain", which means all addresses of a domain.
        if (key.Length == 0 || key[0] == '@' || key.AsSpan().ContainsAny('\0', '\n'))
        {
            return NotFound;
        }

        using CancellationTokenSource limit = new(longestAnswer);
        AuthOutcome outcome = await chain.LookupAsync(
            new ClientRequest.Pre(AllModules, new LookupRequest(Context, key)), limit.Token);
        return outcome switch
        {
            { Verdict: Verdict.TempFail } => Away,
            { Account: { } account } => await value(account) is { } found ? $"OK {found}" : NotFound,
            _ => NotFound,
        };
    }

    private async ValueTask<string> FindDomainAsync(string key) => await _domains.ContainsAsync(key) switch
    {
        true => $"OK {key}",
        false => NotFound,
        _ => "TEMP the domains of the accounts are not known now",
    };

    /// <summary>The absolute path, with the slash by which Postfix recognizes a maildir.</summary>
    private static string Maildir(Account account)
    {
        string maildir = string.IsNullOrEmpty(account.Maildir) ? UsualMaildir : account.Maildir;
        if (!maildir.StartsWith('/'))
        {
            maildir = account.Home.TrimEnd('/') + "/" + (maildir.StartsWith("./", StringComparison.Ordinal) ? maildir[2..] : maildir);
        }

        return maildir.EndsWith('/') ? maildir : maildir + "/";
    }

    /// <summary>The id of an account; for a system account, the system's.</summary>
    private async ValueTask<string?> IdAsync(Account account, Func<SystemUser, uint> ofSystem, uint? own)
    {
        uint? id = own;
        if (account.SystemUser is { Length: > 0 } name)
        {
            SystemUser? user = await blocking.RunAsync(() => SystemUsers.Find(name), CancellationToken.None);
            id = user is null ? null : ofSystem(user);
        }

        return id?.ToString(CultureInfo.InvariantCulture);
    }
}
