using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Modules.Userdb.Gdbm;

namespace Authd.Modules.Userdb;

/// <summary>userdb.dat and userdbshadow.dat as a worker uses them, for authuserdb and authcram together.</summary>
/// <remarks>
/// Lookups read the files on the event loop, under a lock. That is deliberate: two or three positioned reads of pages that the
/// kernel has cached cost less than handing the request to another thread, and a disk too sick to deliver a page of a small file
/// has stopped the mail server anyway.
/// </remarks>
internal sealed class UserdbStore : IDisposable
{
    private const string ModuleName = "authuserdb";

    /// <summary>One store for all modules of a worker, found by the services that the modules were created with.</summary>
    private static readonly ConditionalWeakTable<ModuleServices, UserdbStore> Stores = [];

    private readonly Lock _files = new();
    private readonly Log _log;
    private readonly ReplaceableDatabase _database;
    private readonly ReplaceableDatabase _shadow;
    private readonly UserdbAccounts _accounts;
    private readonly UserdbPasswords _passwords;
    private string? _lastTrouble;

    private UserdbStore(ModuleServices services)
    {
        _log = services.Log;
        TextPath = Path.Combine(services.ConfigDirectory, "userdb");
        Files = new UserdbDatabaseFiles(TextPath);
        _database = new ReplaceableDatabase(Files.Database, DatabaseOpened);
        _shadow = new ReplaceableDatabase(Files.Shadow, ShadowOpened);
        _accounts = new UserdbAccounts(_log);
        _passwords = new UserdbPasswords(_shadow, _log);
    }

    /// <summary>The text file, or the directory of text files.</summary>
    public string TextPath { get; }

    /// <summary>The databases' files.</summary>
    public UserdbDatabaseFiles Files { get; }

    /// <summary>The store of a worker; it opens nothing yet.</summary>
    public static UserdbStore Of(ModuleServices services) => Stores.GetValue(services, static s => new UserdbStore(s));

    internal static void AddNeeds(WorkerNeeds needs)
    {
        UserdbDatabaseFiles files = new(Path.Combine(needs.ConfigDirectory, "userdb"));
        needs.Read(files.Database);
        needs.Read(files.Shadow);
    }

    /// <summary>The account with its stored hash, if it has one.</summary>
    public AuthOutcome Find(string user, string service)
    {
        lock (_files)
        {
            try
            {
                if (!TryFindRecord(user, announce: true, out UserdbRecord record))
                {
                    return AuthOutcome.Reject(Reasons.UnknownUser);
                }

                AuthOutcome outcome = _accounts.Read(record, user);
                return outcome switch
                {
                    { Account: { } account } => WithHash(account, service),
                    { Verdict: Verdict.TempFail } => AuthOutcome.BrokenRecord(_passwords.FindHash(user, service), clear: null),
                    _ => outcome,
                };
            }
            catch (IOException e)
            {
                return Trouble(e);
            }
        }
    }

    /// <summary>Checks the response with the account's HMAC key.</summary>
    public AuthOutcome LogIn(CramData cram, string service)
    {
        lock (_files)
        {
            try
            {
                if (!TryFindRecord(cram.User, announce: false, out UserdbRecord record))
                {
                    return AuthOutcome.Reject(Reasons.UnknownUser);
                }

                if (_passwords.FindHmacKey(cram.User, service, cram.Hash) is not { } key)
                {
                    return AuthOutcome.Reject(Reasons.NoPassword);
                }

                if (!HmacKey.Matches(cram, key, _log))
                {
                    return AuthOutcome.Reject(Reasons.WrongPassword);
                }

                // A client that knows the password of a broken record means this module's account.
                AuthOutcome outcome = _accounts.Read(record, cram.User);
                return outcome.Verdict == Verdict.Accept ? outcome : AuthOutcome.TempFail(Reasons.BrokenRecord);
            }
            catch (IOException e)
            {
                return Trouble(e);
            }
        }
    }

    /// <summary>The basis of a password change.</summary>
    /// <param name="user">The account.</param>
    /// <param name="secrets">Its fields of userdbshadow.dat; empty when the answer is not <c>null</c>.</param>
    /// <returns>The reason why the account cannot be used; <c>null</c> when it can.</returns>
    public AuthOutcome? FindSecrets(string user, out UserdbFields secrets)
    {
        secrets = new UserdbFields("");
        lock (_files)
        {
            try
            {
                if (!TryFindRecord(user, announce: false, out _))
                {
                    return AuthOutcome.Reject(Reasons.UnknownUser);
                }

                secrets = new UserdbFields(_passwords.FindRecord(user) ?? "");
                return null;
            }
            catch (IOException e)
            {
                return Trouble(e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_files)
        {
            _database.Dispose();
            _shadow.Dispose();
        }
    }

    private AuthOutcome WithHash(Account account, string service)
    {
        Account complete = account with { StoredPassword = _passwords.FindHash(account.Address!, service) };
        if (_log.Debugging)
        {
            _log.Debug($"{ModuleName}: {AccountDump.Line(complete)}");
            _log.DebugSecret($"{ModuleName}: {AccountDump.PasswordLine(complete)}");
        }

        return AuthOutcome.Accept(complete);
    }

    /// <param name="user">The record's key.</param>
    /// <param name="announce">Whether to log the lookup, as courier-authlib does except for CRAM.</param>
    /// <param name="record">The record, valid until the next lookup.</param>
    private bool TryFindRecord(string user, bool announce, out UserdbRecord record)
    {
        record = default;
        GdbmReader? reader = _database.Current();
        if (reader is null)
        {
            _log.Debug($"userdb: failed to open {WireText.FromUnicode(_database.Path)}");
        }

        if (announce && _log.Debugging)
        {
            _log.Debug($"userdb: looking up '{user}'");
        }

        if (reader is null)
        {
            return false;
        }

        if (!reader.TryFind(WireText.ToBytes(user), out ReadOnlySpan<byte> text))
        {
            _log.Debug("userdb: entry not found");
            return false;
        }

        record = new UserdbRecord(text);
        return true;
    }

    private void DatabaseOpened()
    {
        _lastTrouble = null;
        _log.Debug($"userdb: opened {WireText.FromUnicode(_database.Path)}");
    }

    private void ShadowOpened() => _lastTrouble = null;

    /// <summary>A database that exists but cannot be used: one line in the log until it is replaced.</summary>
    private AuthOutcome Trouble(IOException cause)
    {
        if (cause.Message != _lastTrouble)
        {
            _lastTrouble = cause.Message;
            _log.Err($"{ModuleName}: {WireText.FromUnicode(cause.Message)}");
        }

        return AuthOutcome.TempFail(Reasons.FileUnusable);
    }
}
