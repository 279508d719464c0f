// The settings of crypt() methods for new passwords: their cost, and how to renew one.
namespace Authd.Core.Passwords;

/// <summary>A crypt() text (crypt(5)), parsed: <c>Prefix Parameters rest</c>.</summary>
/// <param name="Prefix">The method, e.g. <c>$6$</c>.</param>
/// <param name="Parameters">Its cost as written, including a final <c>$</c>; empty: the default.</param>
internal readonly record struct CryptSetting(string Prefix, string Parameters)
{
    /// <summary>Methods good enough for new passwords. DES, $1$, $3$, $md5 and $sha1 are not.</summary>
    private static readonly string[] Modern =
        ["$y$", "$gy$", "$7$", "$6$", "$5$", "$2a$", "$2b$", "$2x$", "$2y$", "$argon2i$", "$argon2id$"];

    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    // crypt_gensalt offers 2^5 rounds, a third of a millisecond of work; 2^10 take some 50 ms.
    private const string BcryptFloor = "10$";

    private const int ScryptParametersLength = 11;

    private const string Argon2Mark = "$argon2";
    private const string Argon2Version = "v=19$";

    /// <summary>Parses a stored text or a bare prefix; <c>null</c> when its method is not a modern one.</summary>
    public static CryptSetting? TryParse(string text)
    {
        string? prefix = Modern.FirstOrDefault(method => text.StartsWith(method, StringComparison.Ordinal));
        return prefix is null ? null : new CryptSetting(prefix, ParametersOf(prefix, text[prefix.Length..]));
    }

    /// <summary>A setting with fresh salt and at least this one's cost; <c>null</c> when the system lacks the method.</summary>
    public string? Renew(ISystemCrypt crypt)
    {
        string prefix = Prefix switch
        {
            // Marks hashes of a faulty implementation, in which no new hash is written.
            "$2x$" => "$2b$",
            "$argon2i$" or "$argon2id$" => Prefix + Argon2Version,
            _ => Prefix,
        };
        if (crypt.NewSetting(prefix) is not { } text)
        {
            return null;
        }

        string offered = ParametersOf(prefix, text[prefix.Length..]);
        string salt = text[(prefix.Length + offered.Length)..];
        string[] candidates = [Parameters, offered, prefix.StartsWith("$2", StringComparison.Ordinal) ? BcryptFloor : ""];
        return prefix + candidates.MaxBy(parameters => Cost(prefix, parameters)) + salt;
    }

    private static string ParametersOf(string prefix, string rest)
    {
        switch (prefix)
        {
            case "$5$" or "$6$" when !rest.StartsWith("rounds=", StringComparison.Ordinal):
                return "";
            case "$7$":
                return rest.Length < ScryptParametersLength ? "" : rest[..ScryptParametersLength];
            case var _ when prefix.StartsWith(Argon2Mark, StringComparison.Ordinal):
                string? costs = rest.Split('$').FirstOrDefault(field => field.StartsWith("m=", StringComparison.Ordinal));
                return costs is null ? "" : costs + '$';
            default:
                return rest[..(rest.IndexOf('$') + 1)];
        }
    }

    /// <summary>The work that the parameters ask for, comparable within one method; 0 without parameters.</summary>
    private static double Cost(string prefix, string parameters) => (prefix, parameters.Length) switch
    {
        (_, 0) => prefix is "$5$" or "$6$" ? 5000 : 0,
        ("$5$" or "$6$", _) => Number(parameters["rounds=".Length..^1]),
        ("$7$", _) => Power(parameters[0]) * Word(parameters[1..6]) * Word(parameters[6..]),
        // The usual yescrypt: flavour, log2 of N less 1, r less 1. Any other setting was chosen deliberately and stays.
        ("$y$" or "$gy$", 4) => Power(parameters[1]) * (Alphabet.IndexOf(parameters[2]) + 1),
        ("$y$" or "$gy$", _) => double.PositiveInfinity,
        _ when prefix.StartsWith(Argon2Mark, StringComparison.Ordinal) => MemoryTimesPasses(parameters),
        _ => Number(parameters[..^1]),
    };

    /// <summary>Memory times passes of <c>m=65536,t=3,p=1$</c>.</summary>
    private static double MemoryTimesPasses(string parameters) => parameters[..^1].Split(',').Aggregate(
        1.0, (product, field) => field.StartsWith("p=", StringComparison.Ordinal) ? product : product * Number(field[2..]));

    private static double Number(string digits) => int.TryParse(digits, out int number) ? number : 0;

    private static double Power(char digit) => Math.Pow(2, Alphabet.IndexOf(digit));

    /// <summary>Digits of 6 bits, the lowest first.</summary>
    private static double Word(string digits) => digits.Reverse().Aggregate(0.0, (sum, c) => (sum * 64) + Alphabet.IndexOf(c));
}
