// The text form of Argon2 hashes (the PHC string format with libargon2's fields), parsed.
using System.Globalization;
using Authd.Core.Passwords;

namespace Authd.Linux.Crypt;

/// <summary><c>$argon2id$v=19$m=65536,t=3,p=1$salt</c>, with or without <c>$hash</c>; salt and hash are base64 without
/// padding. A text without <c>v=</c> is of version 16.</summary>
/// <param name="Text">Everything before the <c>$</c> of the hash.</param>
/// <param name="Type">The type, as libargon2 numbers it.</param>
/// <param name="Version">16 or 19.</param>
/// <param name="Memory">KiB.</param>
/// <param name="Passes">Passes over the memory.</param>
/// <param name="Lanes">Threads that share the work.</param>
/// <param name="Salt">The salt.</param>
/// <param name="HashLength">Length of the hash, bytes.</param>
internal sealed record Argon2Setting(
    string Text, int Type, uint Version, uint Memory, uint Passes, uint Lanes, byte[] Salt, int HashLength)
{
    private const int UsualHashLength = 32;

    // 1 GiB and four passes over it: libsodium's level "sensitive". A stored text that asks for more could take the mail server's
    // memory, or its processors for minutes, with one login.
    private const uint MostMemory = 1 << 20;
    private const ulong MostWork = 4 * MostMemory;
    private const uint MostLanes = 16;

    /// <summary>Parses a text; <c>null</c> when it has another form or asks for too much.</summary>
    public static Argon2Setting? TryParse(string text)
    {
        string[] fields = text.Split('$');
        if (fields is ["", _, not ['v', '=', ..], ..])
        {
            fields = [.. fields[..2], "v=16", .. fields[2..]];
        }

        if (fields is not ["", var name, var version, var costs, var salt, .. { Length: <= 1 } hash]
            || costs.Split(',') is not [var m, var t, var p]
            || LooseBase64.Decode(salt) is not { } saltBytes
            || LooseBase64.Decode(hash is [var stored] ? stored : "") is not { } hashBytes)
        {
            return null;
        }

        Argon2Setting setting = new(
            hash is [] ? text : text[..text.LastIndexOf('$')],
            TypeOf(name),
            Number("v=", version),
            Number("m=", m),
            Number("t=", t),
            Number("p=", p),
            saltBytes,
            hash is [] ? UsualHashLength : hashBytes.Length);
        return setting.Type != 0 && setting.IsAffordable ? setting : null;
    }

    private bool IsAffordable => Memory <= MostMemory && Lanes <= MostLanes && (ulong)Memory * Passes <= MostWork;

    private static int TypeOf(string name) => name switch
    {
        "argon2i" => LibArgon2.Argon2i,
        "argon2id" => LibArgon2.Argon2id,
        _ => 0,
    };

    /// <summary>0, which libargon2 refuses for every field, when the text is not a number.</summary>
    private static uint Number(string key, string field) =>
        field.StartsWith(key, StringComparison.Ordinal)
        && uint.TryParse(field.AsSpan(key.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? number : 0;
}
