// PASSWD for authuserdb: finds the fields that the old password matches, and their new values.
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Broker;

namespace Authd.Modules.Userdb;

/// <summary>Verifies the old password and changes hash and CRAM keys together.</summary>
/// <remarks>
/// The old password is checked against the databases before any lock is taken, so a wrong one delays no one. The checked values
/// must still be in the text when it is changed; of two changes at once only the first one matches.
/// </remarks>
internal sealed class UserdbPasswordChange(ModuleServices services, UserdbStore store)
{
    /// <summary>The hash for services without one of their own.</summary>
    private const string GeneralHash = "systempw";

    private readonly Log _log = services.Log;
    private readonly PasswordChecker _checker = services.Passwords;
    private readonly UserdbTextChange _text = new(store.TextPath, services.Blocking, services.Log);

    /// <summary>Carries out the request.</summary>
    public async ValueTask<AuthOutcome> RunAsync(PasswordChange request, CancellationToken cancel)
    {
        // The service becomes a part of a field's name.
        if (request.Context.Service.AsSpan().ContainsAny('|', '='))
        {
            _log.Debug($"userdb: Invalid service or password string for {request.User}..");
            return AuthOutcome.Reject(Reasons.BadRequest);
        }

        if (store.FindSecrets(request.User, out UserdbFields secrets) is { } failure)
        {
            return failure;
        }

        _log.DebugSecret($"Old password={request.OldPassword}, new password={request.NewPassword}");
        List<UserdbChange> changes = [];
        string? changedHash = null;
        string? refusal = null;
        if (FindHash(secrets, request.Context.Service) is var (field, hash)
            && (refusal = await RefusalAsync(hash, request.OldPassword, cancel)) is null)
        {
            if (await _checker.RenewAsync(hash, request.OldPassword, request.NewPassword, cancel) is not { } renewed)
            {
                _log.Err($"authuserdb: crypt() refuses the new password of {request.User}");
                return AuthOutcome.Reject("crypt() refuses the new password");
            }

            changes.Add(new UserdbChange(field, hash, renewed));

            // Of several passwords the key may be another one's.
            changedHash = _checker.HashesIn(hash) is [{ IsOnly: true }] ? field : null;
        }

        changes.AddRange(CramHashes.All.SelectMany(cram => FindKeys(secrets, request, cram, changedHash)));
        return changes.Count == 0
            ? AuthOutcome.Reject(secrets.IsEmpty ? Reasons.NoPassword : refusal ?? Reasons.WrongPassword)
            : BrokerClient.Current is { } broker ? await AskAsync(broker, request.User, changes, cancel)
            : await _text.RunAsync(request.User, changes, cancel);
    }

    /// <summary>In a process that is not root, the broker makes the change, and logs its errors.</summary>
    private async ValueTask<AuthOutcome> AskAsync(
        BrokerClient broker, string user, List<UserdbChange> changes, CancellationToken cancel)
    {
        try
        {
            (long result, string reason) = await broker.ChangeUserdbAsync(
                user, [.. changes.Select(static change => new BrokerChange(change.Field, change.Old, change.New))], cancel);
            return (Verdict)result switch
            {
                Verdict.Accept => AuthOutcome.Changed,
                Verdict.Reject => AuthOutcome.Reject(reason),
                _ => AuthOutcome.TempFail(reason),
            };
        }
        catch (IOException e)
        {
            _log.Err($"authuserdb: cannot change the password of {user}: {WireText.FromUnicode(e.Message)}");
            return AuthOutcome.TempFail(Reasons.FileUnusable);
        }
    }

    /// <summary>The hash for the service: its own, else the one for any service.</summary>
    private (string Field, string Hash)? FindHash(UserdbFields fields, string service)
    {
        _log.Debug($"Trying to change system password for {service}");
        string own = service + "pw";
        _log.Debug($"Checking for password called \"{own}\"");
        if (fields.Get(own) is { } hash)
        {
            return (own, hash);
        }

        _log.Debug($"Not found, checking for \"{GeneralHash}\"");
        if (fields.Get(GeneralHash) is { } general)
        {
            return (GeneralHash, general);
        }

        _log.Debug("Password not found.");
        return null;
    }

    private async ValueTask<string?> RefusalAsync(string hash, string password, CancellationToken cancel)
    {
        string? refusal = await _checker.RefusalAsync(hash, password, cancel);
        if (refusal is not null)
        {
            _log.Debug("Password didn't match.");
        }

        return refusal;
    }

    /// <summary>
    /// The keys made from the old password. A key that belongs to the changed hash is always renewed: it may be left over from a
    /// change that forgot it.
    /// </summary>
    private IEnumerable<UserdbChange> FindKeys(
        UserdbFields fields, PasswordChange request, CramHash cram, string? changedHash)
    {
        string service = request.Context.Service;
        string any = $"hmac-{cram.Name()}pw";
        (string Key, string Hash)[] pairs = [($"{service}-{any}", service + "pw"), (any, GeneralHash)];
        foreach ((string field, string hash) in pairs)
        {
            _log.Debug($"Trying to change password for {cram.Name()}");
            _log.Debug($"Checking for password called \"{field}\"");
            if (fields.Get(field) is not { } key)
            {
                _log.Debug("Password not found.");
            }
            else if (changedHash == hash || IsKeyOf(key, cram, request.OldPassword))
            {
                yield return new UserdbChange(field, key, HmacKey.FromPassword(cram, request.NewPassword));
            }
            else
            {
                _log.Debug("Password didn't match.");
            }
        }
    }

    private static bool IsKeyOf(string key, CramHash cram, string password) => CryptographicOperations.FixedTimeEquals(
        WireText.ToBytes(key.ToLowerInvariant()), WireText.ToBytes(HmacKey.FromPassword(cram, password)));
}
