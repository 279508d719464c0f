// Tells a stored text that no password can match from the hash of another password.
using System.Security.Cryptography;

namespace Authd.Core.Passwords;

/// <summary>Judges stored texts by their form alone. Nothing but the name of a scheme is ever shown of them.</summary>
internal static class StoredPasswordDoubts
{
    private const int LongestName = 24;

    /// <summary>Fewer chars behind <c>$name$</c> are no hash, but perhaps the rest of a password in clear.</summary>
    private const int ShortestHash = 16;

    private const int MysqlHashLength = 41;

    /// <summary>crypt()'s methods by what their texts begin with, with the number of chars behind the last <c>$</c>; 0: any.</summary>
    private static readonly (string Mark, int Digest)[] CryptMethods =
    [
        ("$1$", 22), ("$5$", 43), ("$6$", 86), ("$y$", 43), ("$7$", 43), ("$gy$", 43), ("$sha1$", 28), ("$md5", 22), ("$3$", 32),
        ("$2a$", 53), ("$2b$", 53), ("$2x$", 53), ("$2y$", 53), ("$argon2i$", 0), ("$argon2d$", 0), ("$argon2id$", 0),
    ];

    /// <summary>Why no password matches, <c>null</c>: one may.</summary>
    public static string? Of(string stored)
    {
        PasswordScheme scheme = PasswordScheme.Of(stored);
        string rest = scheme.Rest(stored);
        return scheme.Form switch
        {
            StoredForm.Crypt => OfCrypt(rest, scheme.Prefix),
            StoredForm.Clear => null,
            _ => Fits(scheme, rest) ? null : $"{Reasons.DamagedHash} {scheme.Prefix}",
        };
    }

    private static string? OfCrypt(string text, string prefix)
    {
        if (text.Length == MysqlHashLength && text[0] == '*' && text.AsSpan(1).IndexOfAnyExcept(HexDigits) < 0)
        {
            return $"{Reasons.UnknownScheme} of MySQL's PASSWORD()";
        }

        if (text is ['!' or '*', ..])
        {
            return Reasons.AccountLocked;
        }

        if (text is ['{', ..] && Name(text, '}') is { } braces)
        {
            return $"{Reasons.UnknownScheme} {braces}";
        }

        if (text is ['$', ..])
        {
            return OfMethod(text);
        }

        // BSDI's form, or DES's, which may be several in a row.
        int digits = text.AsSpan().IndexOfAnyExcept(CryptDigits) is var end and >= 0 ? end : text.Length;
        bool isDes = digits == text.Length && text.Length >= 13 && (text.Length - 13) % 11 == 0;
        bool isExtended = text.Length == 20 && text[0] == '_' && text.AsSpan(1).IndexOfAnyExcept(CryptDigits) < 0;
        // It may be a password in clear, of which not even the length is for the log.
        bool isHex = text.Length is 32 or 40 or 64 or 128 && text.AsSpan().IndexOfAnyExcept(HexDigits) < 0;
        return isDes || isExtended ? null
            : $"{Reasons.UnknownScheme}{(prefix.Length > 0 ? $" behind {prefix}" : "")}: no prefix{(isHex ? ", hexadecimal digits" : "")}";
    }

    private static string? OfMethod(string text)
    {
        foreach ((string mark, int digest) in CryptMethods)
        {
            if (text.StartsWith(mark, StringComparison.Ordinal))
            {
                ReadOnlySpan<char> last = text.AsSpan(text.LastIndexOf('$') + 1);
                return (digest == 0 && last.Length > 0) || (last.Length == digest && last.IndexOfAnyExcept(CryptDigits) < 0)
                    ? null : $"{Reasons.DamagedHash} {mark}";
            }
        }

        return Name(text, '$') is { } name && text.Length - name.Length >= ShortestHash ? $"{Reasons.UnknownScheme} {name}" : Reasons.UnknownScheme;
    }

    private static System.Buffers.SearchValues<char> HexDigits { get; } = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private static System.Buffers.SearchValues<char> CryptDigits { get; } =
        System.Buffers.SearchValues.Create("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>A scheme's name with its marks; <c>null</c> where there is something else, which may be anything.</summary>
    private static string? Name(string text, char end)
    {
        int close = text.IndexOf(end, 1);
        ReadOnlySpan<char> name = close > 1 && close <= LongestName ? text.AsSpan(1, close - 1) : [];
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
            {
                return null;
            }
        }

        return name.Length == 0 ? null : text[..(close + 1)];
    }

    private static bool Fits(PasswordScheme scheme, string rest)
    {
        if (scheme.Form == StoredForm.SaltedDigest)
        {
            return scheme.SaltOf(rest) is not null;
        }

        int length = CryptographicOperations.HashData(scheme.Hash, []).Length;
        return scheme.Form == StoredForm.HexDigest
            ? rest.Length == 2 * length && rest.AsSpan().IndexOfAnyExcept(HexDigits) < 0
            : LooseBase64.Decode(rest)?.Length == length;
    }
}
