// Makes odd requests from good ones; the same seed makes the same requests on every machine.
using System.Text;
using Authd.Tests.Conformance.Userdb;
using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Protocol;

/// <summary>Spoils well-formed requests: a few random edits, biased towards the bytes that the grammar cares
/// about.</summary>
/// <param name="seed">Decides everything.</param>
public sealed class RequestGenerator(int seed)
{
    private const string Special = "\n\n\t\t  ==\0\r.0123456789-+@|$\u007f\u00ff";

    private static readonly string[] Users =
        [UserdbAccounts.John, "plain", "tim", "tim with blanks", "nosuch", "", "a b", "tail ", "a=b",
            "j\u00fcrgen@example.com", "."];

    private static readonly string[] Services = ["imap", "pop3", "login", "courier", "", "i m", "=", "\u00e4"];
    private static readonly string[] Passwords = ["password", "wrong", "", "pass word", "\u00c3\u00a4", "tanstaaftanstaaf"];
    private static readonly string[] Selectors = [".", ".", "authuserdb", "authpgsql", "", "x"];
    private static readonly string[] AuthTypes =
        ["login", "login", "cram-md5", "cram-sha1", "cram-sha256", "LOGIN", "", "cram-x"];
    private static readonly string[] Preludes = ["", "", "TCPREMOTEIP=192.0.2.1\n", "A=B\n", "=\n", "TCPREMOTEIP=\n", "X\n"];

    private readonly Random _random = new(seed);

    /// <summary>The next request.</summary>
    public string Next()
    {
        // An AUTH whose payload was spoiled is most telling when its count still fits.
        string request = _random.Next(3) == 0 ? Auth(Spoil(Payload())) : Spoil(Command());
        return Pick(Preludes) + request;
    }

    private static string Auth(string payload) => $"AUTH {payload.Length}\n{payload}";

    private string Command() => _random.Next(6) switch
    {
        0 or 1 => Requests.Lookup(Pick(Users), Pick(Services), Pick(Selectors)),
        2 or 3 => Auth(Payload()),
        4 => Requests.ChangePassword(Pick(Users), "wrong", Pick(Passwords), Pick(Services)),
        _ => Requests.Enumerate,
    };

    private string Payload()
    {
        string authType = Pick(AuthTypes);
        string data = authType is "cram-md5" or "cram-sha1" or "cram-sha256"
            ? CramData(authType)
            : $"{Pick(Users)}\n{Pick(Passwords)}\n";
        return $"{Pick(Services)}\n{authType}\n{data}";
    }

    private string CramData(string authType)
    {
        string digest = Requests.Digest(authType, Pick(Passwords), "<1@host>");
        return $"{Requests.Base64("<1@host>")}\n{Requests.Base64(Spoil($"{Pick(Users)} {digest}"))}\n";
    }

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
                text.Insert(at, Special[_random.Next(Special.Length)]);
                break;
            case 4:
                text[at] = Special[_random.Next(Special.Length)];
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
