// Section [names] of authdaemond.ini: the names that modules are asked for, made of those that clients send.
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Core.Chain;

/// <summary>
/// Makes one name of the ways in which people write it, before anything looks at it: modules, cache and penalties know only the
/// result. In this order: blanks around the name go, characters are translated, ASCII letters become small ones. The result may hold
/// only the allowed characters. Names are wire text, and a character is a byte of them.
/// </summary>
public sealed class LoginNames
{
    private const string Section = "names";
    private const string TranslateKey = "translate";
    private const string CharactersKey = "characters";

    private readonly bool _trims;
    private readonly bool _lowers;
    private readonly IReadOnlyDictionary<char, char> _translations;
    private readonly SearchValues<char>? _allowed;

    private LoginNames(bool trims, bool lowers, IReadOnlyDictionary<char, char> translations, SearchValues<char>? allowed)
    {
        _trims = trims;
        _lowers = lowers;
        _translations = translations;
        _allowed = allowed;
    }

    /// <summary>Every name is taken as it is sent.</summary>
    public static LoginNames AsSent { get; } = new(false, false, new Dictionary<char, char>(), null);

    private bool ChangesNothing => !_trims && !_lowers && _translations.Count == 0 && _allowed is null;

    /// <summary>Reads the section.</summary>
    /// <exception cref="ConfigurationException">A value is not what its key takes.</exception>
    public static LoginNames Read(DaemonIni ini) => new(
        ini.YesNo(Section, "trim", usual: false),
        ini.YesNo(Section, "lower-case", usual: false),
        ReadTranslations(ini),
        ini.Word(Section, CharactersKey) is { } characters ? SearchValues.Create(Expand(WireText.FromUnicode(characters))) : null);

    /// <summary>The name to ask for; <c>null</c>: nothing is left of it, or it has a character that is not allowed.</summary>
    public string? Of(string name)
    {
        if (ChangesNothing)
        {
            return name;
        }

        string known = _trims ? name.Trim(' ', '\t') : name;
        if (_lowers || _translations.Count > 0)
        {
            known = string.Create(known.Length, (known, this), static (result, state) =>
            {
                for (int i = 0; i < result.Length; i++)
                {
                    result[i] = state.Item2.Of(state.known[i]);
                }
            });
        }

        return known.Length == 0 || (_allowed is not null && known.AsSpan().ContainsAnyExcept(_allowed)) ? null : known;
    }

    /// <summary>
    /// The same of the name in a login, which for CRAM is inside the response. False: <see cref="Of(string)"/> has none. A request
    /// in which no name can be read stays as it is.
    /// </summary>
    public bool TryApply(AuthRequest request, [NotNullWhen(true)] out AuthRequest? named)
    {
        named = request;
        if (ChangesNothing || LoginData.ClaimedName(request) is not { Length: > 0 } sent)
        {
            return true;
        }

        string? known = Of(sent);
        named = known is null ? null : known == sent ? request : request with { AuthData = Rename(request, known) };
        return named is not null;
    }

    private char Of(char c)
    {
        char translated = _translations.GetValueOrDefault(c, c);
        return _lowers && char.IsAsciiLetterUpper(translated) ? char.ToLowerInvariant(translated) : translated;
    }

    private static string Rename(AuthRequest request, string name)
    {
        ReadOnlySpan<char> rest = request.AuthData;
        ReadOnlySpan<char> first = LoginData.NextToken(ref rest);
        return CramData.TryParse(request, Log.None, out CramData? cram)
            ? $"{first}\n{Convert.ToBase64String(WireText.ToBytes($"{name} {cram.Digest}"))}\n"
            : $"{name}{rest}";
    }

    private static Dictionary<char, char> ReadTranslations(DaemonIni ini)
    {
        string pairs = ini.Word(Section, TranslateKey) ?? "";
        char[][] each = [.. pairs.Chunk(2)];
        bool isRight = pairs.Length % 2 == 0 && !pairs.AsSpan().ContainsAnyExceptInRange('!', '~')
            && each.DistinctBy(static pair => pair[0]).Count() == each.Length;
        return isRight
            ? each.ToDictionary(static pair => pair[0], static pair => pair[1])
            : throw ini.Bad(Section, TranslateKey, "pairs of ASCII characters, each a character and what it becomes, like #@/@");
    }

    /// <summary>Writes ranges out. A <c>-</c> is one only between two letters or two digits: <c>.-_</c> are three characters.</summary>
    private static string Expand(string characters)
    {
        HashSet<char> all = [];
        for (int i = 0; i < characters.Length; i++)
        {
            all.Add(characters[i]);
            if (i + 2 < characters.Length && characters[i + 1] == '-' && IsRange(characters[i], characters[i + 2]))
            {
                all.UnionWith(Enumerable.Range(characters[i], characters[i + 2] - characters[i] + 1).Select(static c => (char)c));
                i += 2;
            }
        }

        return string.Concat(all);
    }

    private static bool IsRange(char first, char last) => first < last
        && ((char.IsAsciiDigit(first) && char.IsAsciiDigit(last))
            || (char.IsAsciiLetterLower(first) && char.IsAsciiLetterLower(last))
            || (char.IsAsciiLetterUpper(first) && char.IsAsciiLetterUpper(last)));
}
