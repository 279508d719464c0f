namespace Authd.Core.Configuration;

/// <summary>"Did you mean ...?" for names that are nearly right.</summary>
public static class Suggestion
{
    private const int MostTypos = 2;

    /// <summary><c> (did you mean NAME?)</c>, or an empty text when no name is similar.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="names">The known names.</param>
    /// <param name="show">Formats a name for the message; <c>null</c>: unchanged.</param>
    public static string For(string name, IEnumerable<string> names, Func<string, string>? show = null)
    {
        string? near = names.Select(candidate => (candidate, Distance: Distance(candidate, name)))
            .Where(static pair => pair.Distance <= MostTypos)
            .OrderBy(static pair => pair.Distance)
            .Select(static pair => pair.candidate)
            .FirstOrDefault();
        return near is null ? "" : $" (did you mean {show?.Invoke(near) ?? near}?)";
    }

    /// <summary>Levenshtein distance without regard to case.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                bool same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                int substituted = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
