using System.Text;
using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Generated;

/// <summary>
/// Makes odd requests from well-formed ones by a few random edits, biased towards the bytes that matter to the grammar and the
/// back end. The same seed makes the same requests on every machine. The old password of a PASSWD is always wrong, so that no
/// request changes the answer to another.
/// </summary>
/// <param name="seed">Decides everything.</param>
/// <param name="vocabulary">The back end's words.</param>
public sealed class RequestGenerator(int seed, RequestVocabulary vocabulary)
{
    private const int MostPieces = 4;

    private static readonly string[] AuthTypes = ["login", "login", "cram-md5", "cram-sha1", "cram-sha256", "LOGIN", "", "cram-x"];
    private static readonly string[] Preludes = ["", "", "TCPREMOTEIP=192.0.2.1\n", "A=B\n", "=\n", "TCPREMOTEIP=\n", "X\n"];

    private readonly string _special = "\n\n\t\t  ==\0\r.0123456789-+@|$\u007f\u00ff" + vocabulary.Special;
    private readonly Random _random = new(seed);

    /// <summary>The next request.</summary>
    public string Next()
    {
        // A spoiled AUTH payload tests most when its count still fits.
        string request = _random.Next(3) == 0 ? Auth(Spoil(Payload())) : Spoil(Command());
        return Pick(Preludes) + request;
    }

    private static string Auth(string payload) => $"AUTH {payload.Length}\n{payload}";

    private string Command() => _random.Next(6) switch
    {
        0 or 1 => Requests.Lookup(User(), Pick(vocabulary.Services), Pick(vocabulary.Selectors)),
        2 or 3 => Auth(Payload()),
        4 => Requests.ChangePassword(User(), "wrong", Pick(vocabulary.Passwords), Pick(vocabulary.Services)),
        _ => Requests.Enumerate,
    };

    private string Payload()
    {
        string authType = Pick(AuthTypes);
        string data = authType is "cram-md5" or "cram-sha1" or "cram-sha256"
            ? CramData(authType)
            : $"{User()}\n{Pick(vocabulary.Passwords)}\n";
        return $"{Pick(vocabulary.Services)}\n{authType}\n{data}";
    }

    private string CramData(string authType)
    {
        string digest = Requests.Digest(authType, Pick(vocabulary.Passwords), "<1@host>");
        return $"{Requests.Base64("<1@host>")}\n{Requests.Base64(Spoil($"{User()} {digest}"))}\n";
    }

    /// <summary>A name of the vocabulary, or one combined from its pieces.</summary>
    private string User() => vocabulary.Pieces.Length == 0 || _random.Next(3) > 0
        ? Pick(vocabulary.Users)
        : string.Concat(Enumerable.Range(0, _random.Next(1, MostPieces + 1)).Select(_ => Pick(vocabulary.Pieces)));

    private string Spoil(string text)
    {
        StringBuilder spoiled = new(text);
        for (int edits = _random.Next(4); edits > 0 && spoiled.Length > 0; edits--)
        {
            Edit(spoiled, _random.Next(spoiled.Length));
        }

        return spoiled.ToString();
    }

    private void Edit(StringBuilder text, int at)
    {
        int length = Math.Min(_random.Next(1, 8), text.Length - at);
        switch (_random.Next(7))
        {
            case 0:
                text.Remove(at, 1);
                break;
            case 1:
                text.Remove(at, length);
                break;
            case 2:
                text.Insert(at, text.ToString(at, length));
                break;
            case 3:
                text.Insert(at, _special[_random.Next(_special.Length)]);
                break;
            case 4:
                text[at] = _special[_random.Next(_special.Length)];
                break;
            case 5:
                text[at] = (char)_random.Next(256);
                break;
            default:
                text[at] = (char)(text[at] ^ 0x20);
                break;
        }
    }

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
