// PASSWD for authuserdb: which fields an old password opens, and what they become.
using System.Security.Cryptography;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;

namespace Authd.Modules.Userdb;

/// <summary>Verifies the old password and changes hash and CRAM keys together.</summary>
/// <remarks>
/// The old password is checked against the databases, before any lock is taken: a wrong one holds up nobody. What was
/// checked must still be in the text when it is changed there; of two changes at once only the first one fits.
/// </remarks>
internal sealed class UserdbPasswordChange(ModuleServices services, UserdbStore store)
{
    /// <summary>The hash for all services that have none of their own.</summary>
    private const string GeneralHash = "systempw";

    private readonly Log _log = services.Log;
    private readonly PasswordChecker _checker = services.Passwords;
    private readonly UserdbTextChange _text = new(services, store);

    /// <summary>Runs the request.</summary>
    public async ValueTask<AuthOutcome> RunAsync(PasswordChange request, CancellationToken cancel)
    {
        // The service becomes part of a field's name.
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
        if (FindHash(secrets, request.Context.Service) is var (field, hash)
            && await MatchesAsync(hash, request.OldPassword, cancel))
        {
            if (await _checker.HashLikeAsync(hash, request.NewPassword, cancel) is not { } renewed)
            {
                _log.Err($"authuserdb: crypt() refuses the new password of {request.User}");
                return AuthOutcome.Reject("crypt() refuses the new password");
            }

            changes.Add(new UserdbChange(field, hash, renewed));
            changedHash = field;
        }

        changes.AddRange(CramHashes.All.SelectMany(cram => FindKeys(secrets, request, cram, changedHash)));
        return changes.Count == 0
            ? AuthOutcome.Reject(secrets.IsEmpty ? Reasons.NoPassword : Reasons.WrongPassword)
            : await _text.RunAsync(request.User, changes, cancel);
    }

    /// <summary>The password for the service: its own, else the one for any.</summary>
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

    private async ValueTask<bool> MatchesAsync(string hash, string password, CancellationToken cancel)
    {
        bool matches = await _checker.MatchesAsync(hash, password, cancel);
        if (!matches)
        {
            _log.Debug("Password didn't match.");
        }

        return matches;
    }

    /// <summary>
    /// The keys that are made of the old password. One that belongs to the hash that changes is renewed whatever it is:
    /// it is left over from a change that forgot it.
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
