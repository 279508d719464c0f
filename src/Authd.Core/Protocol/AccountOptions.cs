namespace Authd.Core.Protocol;

/// <summary>Comma-separated lists of <c>name=value</c>: OPTIONS of an account and DEFAULTOPTIONS of the daemon.</summary>
public static class AccountOptions
{
    /// <summary>
    /// The account's options, followed by those defaults whose key they do not have. An account without options gets
    /// the defaults as they are, repeated keys included.
    /// </summary>
    /// <param name="account">The account's own options; <c>null</c> or empty: it has none.</param>
    /// <param name="defaults">DEFAULTOPTIONS; may be empty.</param>
    public static string Merge(string? account, string defaults)
    {
        if (string.IsNullOrEmpty(account))
        {
            return defaults;
        }

        string merged = account;
        foreach (Range range in defaults.AsSpan().Split(','))
        {
            ReadOnlySpan<char> option = defaults.AsSpan(range);
            if (!option.IsEmpty && !HasKey(merged, Key(option)))
            {
                merged = string.Concat(merged, ",", option);
            }
        }

        return merged;
    }

    /// <summary>Whether an option such as <c>disableshared</c> is switched on: the first entry of that name counts, and is on
    /// when its number is not 0, when it has no value, or when that begins with t or y (either case).</summary>
    public static bool IsOn(ReadOnlySpan<char> options, ReadOnlySpan<char> name)
    {
        foreach (Range range in options.Split(','))
        {
            ReadOnlySpan<char> option = options[range];
            if (Key(option).SequenceEqual(name))
            {
                ReadOnlySpan<char> value = option[name.Length..].TrimStart('=');
                return LeadingNumber.Parse(value) != 0 || value.IsEmpty || value[0] is 't' or 'T' or 'y' or 'Y';
            }
        }

        return false;
    }

    /// <summary>The value of the first option of that name, empty for a bare name; <c>null</c>: there is no such option.</summary>
    /// <param name="options">A comma list; <c>null</c> or empty: no options.</param>
    /// <param name="name">The option's name.</param>
    public static string? Value(string? options, string name)
    {
        foreach (Range range in options.AsSpan().Split(','))
        {
            ReadOnlySpan<char> option = options.AsSpan(range);
            if (Key(option).SequenceEqual(name))
            {
                return option[Math.Min(name.Length + 1, option.Length)..].ToString();
            }
        }

        return null;
    }

    private static ReadOnlySpan<char> Key(ReadOnlySpan<char> option)
    {
        int equals = option.IndexOf('=');
        return equals < 0 ? option : option[..equals];
    }

    private static bool HasKey(ReadOnlySpan<char> options, ReadOnlySpan<char> key)
    {
        foreach (Range range in options.Split(','))
        {
            if (Key(options[range]).SequenceEqual(key))
            {
                return true;
            }
        }

        return false;
    }
}
