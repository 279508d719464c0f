// How many passwords an account may have, and in which form a changed one is stored: section [passwords] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Core.Passwords;

/// <summary>How many passwords an account may have, what a password change
/// keeps, and what it writes instead of what it may not keep.</summary>
public sealed record PasswordPolicy
{
    /// <summary>The default form of a new hash. Every crypt() of the last decade has it, so that other readers of the same
    /// database (the C daemon among them) still understand it.</summary>
    internal const string Usual = "$6$";

    private const string Section = "passwords";

    /// <summary>Each costs its check at every wrong password.</summary>
    private const int MostHashes = 16;

    /// <summary>Forms of crypt(), widest first (106, 63 and 34 bytes); all of its readers know them.</summary>
    private static readonly string[] Narrower = [Usual, "$5$", "$1$"];

    /// <summary><c>hashes</c>: how many one account may have; 1: what is stored is one.</summary>
    internal int Hashes { get; private init; } = 1;

    private string? Minimum { get; init; }

    private string? Scheme { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="crypt">The system's crypt(), which must know the scheme.</param>
    /// <exception cref="ConfigurationException">A scheme does not exist,
    /// is weaker than the minimum, or unknown to the system.</exception>
    public static PasswordPolicy From(DaemonIni ini, ISystemCrypt crypt)
    {
        int hashes = ini.Number(Section, "hashes", 1, 1, MostHashes);
        string? minimum = ini.OneOf(Section, "minimum", PasswordMethods.ForChanges);
        string? chosen = ini.OneOf(Section, "scheme", PasswordMethods.ForChanges);
        string? scheme = chosen ?? minimum;
        if (chosen is not null && minimum is not null && PasswordStrength.Of(chosen) < PasswordStrength.Of(minimum))
        {
            throw ini.Bad(Section, "scheme", "as strong as minimum");
        }

        if (scheme is not null && PasswordScheme.Of(scheme) is { Form: StoredForm.Crypt } form
            && crypt.NewSetting(form.Rest(scheme)) is null)
        {
            throw ini.Bad(
                Section,
                chosen is null ? "minimum" : "scheme",
                "known to this system (its crypt() lacks the method, or there is no libargon2)");
        }

        return new PasswordPolicy { Minimum = minimum, Scheme = scheme, Hashes = hashes };
    }

    /// <summary>The pattern for the hash of a new password (<see cref="PasswordHasher.Hash"/>): <paramref name="stored"/> itself,
    /// or the prefix of a stronger form if that one may not stay.</summary>
    /// <param name="stored">The old text; empty: none.</param>
    public string FormAfter(string stored)
    {
        int strength = PasswordStrength.Of(stored);
        if (PasswordStrength.MayStay(stored) && (Minimum is null || strength >= PasswordStrength.Of(Minimum)))
        {
            return stored;
        }

        PasswordScheme found = PasswordScheme.Of(stored);
        string form = Scheme is not null && PasswordStrength.Of(Scheme) > strength ? Scheme : found.Successor ?? Usual;

        // Other readers of the column expect braces if the old text had them: an LDAP server takes a bare $6$ for clear text.
        return found.Prefix.Length == 0 || form.StartsWith('{') ? form : "{CRYPT}" + form;
    }

    /// <summary>
    /// <see cref="FormAfter"/>, followed by ever narrower forms for a column without room for it, none weaker than
    /// <paramref name="stored"/> or <c>minimum</c>. The last one is that of <paramref name="stored"/> itself.
    /// </summary>
    /// <param name="stored">The old text; empty: none.</param>
    public IReadOnlyList<string> FormsAfter(string stored)
    {
        string best = FormAfter(stored);
        PasswordScheme found = PasswordScheme.Of(stored);
        string[] narrower = found.Form == StoredForm.Crypt ? [.. Narrower.Select(form => found.Prefix + form)] : [];
        int most = PasswordStrength.Of(best);
        int least = Math.Max(PasswordStrength.Of(stored), Minimum is null ? int.MinValue : PasswordStrength.Of(Minimum));
        IEnumerable<string> fitting = narrower.Where(form => PasswordStrength.Of(form) is var strength
            && strength > least && strength < most);
        bool mayKeep = stored.Length > 0 && stored != best && PasswordStrength.Of(stored) == least;
        return mayKeep ? [best, .. fitting, stored] : [best, .. fitting];
    }
}
