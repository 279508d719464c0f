// In which form a changed password is stored: section [passwords] of authdaemond.ini.
using Authd.Core.Configuration;

namespace Authd.Core.Passwords;

/// <summary>What a password change keeps, and what it writes instead of what it may not keep.</summary>
public sealed record PasswordPolicy
{
    /// <summary>The form of a new hash where nothing else is asked for: in every crypt() of the last decade, so that other
    /// readers of the same database (the C daemon among them) still understand it.</summary>
    internal const string Usual = "$6$";

    private const string Section = "passwords";

    private string? Minimum { get; init; }

    private string? Scheme { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="ini">authdaemond.ini.</param>
    /// <param name="crypt">The system's crypt(), which must know the scheme.</param>
    /// <exception cref="ConfigurationException">A scheme is none, weaker than the minimum, or unknown to the system.</exception>
    public static PasswordPolicy From(DaemonIni ini, ISystemCrypt crypt)
    {
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

        return new PasswordPolicy { Minimum = minimum, Scheme = scheme };
    }

    /// <summary>The text to hash a new password like (<see cref="PasswordHasher.Hash"/>): <paramref name="stored"/>
    /// itself, or the prefix of a stronger form where it may not stay.</summary>
    /// <param name="stored">The old text; empty: there is none.</param>
    public string FormAfter(string stored)
    {
        int strength = PasswordStrength.Of(stored);
        if (PasswordStrength.MayStay(stored) && (Minimum is null || strength >= PasswordStrength.Of(Minimum)))
        {
            return stored;
        }

        PasswordScheme found = PasswordScheme.Of(stored);
        string form = Scheme is not null && PasswordStrength.Of(Scheme) > strength ? Scheme : found.Successor ?? Usual;

        // Where there were braces, other readers of the column expect them: an LDAP server takes a bare $6$ for clear text.
        return found.Prefix.Length == 0 || form.StartsWith('{') ? form : "{CRYPT}" + form;
    }
}
