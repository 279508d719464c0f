using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Modules.Userdb;

/// <summary>Finds the hash and the CRAM keys of an account that count for
/// a service, in userdbshadow.dat; for one thread at a time.</summary>
/// <param name="shadow">The database.</param>
/// <param name="log">Takes the debug lines.</param>
internal sealed class UserdbPasswords(ReplaceableDatabase shadow, Log log)
{
    /// <summary>
    /// The hash for logins to <paramref name="service"/>: its own, or else the one for any service. A service with a hash of its
    /// own accepts only that; systempw is then not tried. <c>null</c>: no hash.
    /// </summary>
    public string? FindHash(string user, string service)
    {
        if (!TryFind(user, out UserdbRecord record))
        {
            return null;
        }

        string ownName = service + "pw";
        string? own = record.Text(WireText.ToBytes(ownName));
        string? hash = own ?? record.Text("systempw"u8);
        if (log.Debugging)
        {
            log.Debug(hash is null
                ? $"no {ownName} or systempw value in userdbshadow for {user}"
                : $"found {(own is null ? "systempw" : ownName)} in userdbshadow");
        }

        return hash;
    }

    /// <summary>The HMAC key for CRAM logins to <paramref name="service"/>, its own or the one for any service.</summary>
    public string? FindHmacKey(string user, string service, CramHash hash)
    {
        if (!TryFind(user, out UserdbRecord record))
        {
            return null;
        }

        string anyName = $"hmac-{hash.Name()}pw";
        string ownName = $"{service}-{anyName}";
        string? key = record.Text(WireText.ToBytes(ownName)) ?? record.Text(WireText.ToBytes(anyName));
        if (key is null)
        {
            log.Debug($"authcram: no {ownName} or {anyName} value found");
        }

        return key;
    }

    /// <summary>The whole record, or <c>null</c> when the account has no passwords.</summary>
    public string? FindRecord(string user) => TryFind(user, out UserdbRecord record) ? record.ToString() : null;

    private bool TryFind(string user, out UserdbRecord record)
    {
        record = default;
        if (shadow.Current() is not { } reader)
        {
            log.Debug($"userdbshadow: unable to open {WireText.FromUnicode(shadow.Path)}");
            return false;
        }

        if (!reader.TryFind(WireText.ToBytes(user), out ReadOnlySpan<byte> text))
        {
            log.Debug("userdbshadow: entry not found");
            return false;
        }

        record = new UserdbRecord(text);
        return true;
    }
}
