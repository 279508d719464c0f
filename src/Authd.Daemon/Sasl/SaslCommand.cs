// A mail server's line in the authentication client protocol published by Dovecot (version 1.x).
using System.Globalization;
using System.Text;
using Authd.Core;

namespace Authd.Daemon.Sasl;

/// <summary>A client's command. Text is wire text.</summary>
public abstract record SaslCommand
{
    private const int LongestAddress = 39;
    private const int LongestService = 64;
    private const string UnknownAddress = "NULL"; // Exim's text for an unknown address
    private const byte Tab = (byte)'\t';

    private SaslCommand() { }

    /// <summary><c>VERSION</c>: the client's version of the protocol.</summary>
    /// <param name="Major">1; any other number is another protocol.</param>
    /// <param name="Minor">The extensions that the client understands.</param>
    public sealed record Version(uint Major, uint Minor) : SaslCommand;

    /// <summary><c>CPID</c>: the client's process; this line ends the client's handshake.</summary>
    public sealed record Client : SaslCommand;

    /// <summary><c>AUTH</c>: a login begins.</summary>
    /// <param name="Id">The client's number for it.</param>
    /// <param name="Mechanism">In capitals, like <c>PLAIN</c>.</param>
    /// <param name="Context">Service and remote address.</param>
    /// <param name="Response">The initial response as the mail client sent it, see <see cref="Decode"/>; <c>null</c>: none.</param>
    public sealed record Auth(uint Id, string Mechanism, RequestContext Context, string? Response) : SaslCommand;

    /// <summary><c>CONT</c>: the answer to a challenge.</summary>
    /// <param name="Id">The number of the AUTH.</param>
    /// <param name="Response">The response as the mail client sent it, see <see cref="Decode"/>.</param>
    public sealed record Answer(uint Id, string Response) : SaslCommand;

    /// <summary><c>CANCEL</c>: the login is abandoned.</summary>
    public sealed record Cancel(uint Id) : SaslCommand;

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its LF.</param>
    /// <exception cref="FormatException">A client may not send this line;
    /// the message gives the reason and quotes nothing.</exception>
    public static SaslCommand Parse(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = line;
        ReadOnlySpan<byte> name = Field(ref rest);
        return name switch
        {
            _ when name.SequenceEqual("VERSION"u8) => new Version(
                Number(Field(ref rest), "version"), rest.IsEmpty ? 0 : Number(Field(ref rest), "version")),
            _ when name.SequenceEqual("CPID"u8) => new Client(),
            _ when name.SequenceEqual("AUTH"u8) => ParseAuth(rest),
            _ when name.SequenceEqual("CONT"u8) => new Answer(
                Number(Field(ref rest), "id"), WireText.FromBytes(Field(ref rest))),
            _ when name.SequenceEqual("CANCEL"u8) => new Cancel(Number(Field(ref rest), "id")),
            _ => throw new FormatException("a line that is no command of the authentication protocol"),
        };
    }

    /// <summary>The bytes of a response; <c>null</c>: it is not base64.
    /// A single <c>=</c> is an empty response, as in SMTP.</summary>
    public static byte[]? Decode(string response)
    {
        byte[] decoded = new byte[response.Length];
        return response == "=" ? []
            : !response.AsSpan().ContainsAny(" \t\r\n") && Convert.TryFromBase64String(response, decoded, out int length)
                ? decoded[..length] : null;
    }

    /// <summary>A parameter in the form for a reply, in which no TAB, LF or the like can appear.</summary>
    public static string Escape(string text)
    {
        if (text.AsSpan().IndexOfAny("\0\u0001\t\r\n") < 0)
        {
            return text;
        }

        StringBuilder escaped = new(text.Length + 2);
        foreach (char c in text)
        {
            _ = c switch
            {
                '\0' => escaped.Append("\u00010"),
                '\u0001' => escaped.Append("\u00011"),
                '\t' => escaped.Append("\u0001t"),
                '\r' => escaped.Append("\u0001r"),
                '\n' => escaped.Append("\u0001n"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    private static Auth ParseAuth(ReadOnlySpan<byte> rest)
    {
        uint id = Number(Field(ref rest), "id");
        string mechanism = WireText.FromBytes(Field(ref rest)).ToUpperInvariant();
        string service = "";
        string? address = null;
        string? response = null;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> field = Field(ref rest);
            if (field.StartsWith("resp="u8))
            {
                // By definition the last parameter: the rest may come from a client's response.
                response = WireText.FromBytes(field["resp=".Length..]);
                break;
            }

            service = Value(field, "service="u8) ?? service;
            address = Value(field, "rip="u8) ?? address;
            if (address == UnknownAddress)
            {
                address = null;
            }
        }

        return new Auth(
            id,
            mechanism,
            new RequestContext(Cut(service, LongestService), address is null ? null : Cut(address, LongestAddress)),
            response);
    }

    /// <summary>The value of a parameter; <c>null</c>: the field has another name.</summary>
    private static string? Value(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name) =>
        field.StartsWith(name) ? Unescape(field[name.Length..]) : null;

    private static string Unescape(ReadOnlySpan<byte> text)
    {
        StringBuilder plain = new(text.Length);
        bool escaped = false;
        foreach (byte b in text)
        {
            if (!escaped && b == 1)
            {
                escaped = true;
                continue;
            }

            plain.Append(!escaped ? (char)b : (char)b switch
            {
                '0' => '\0',
                '1' => '\u0001',
                't' => '\t',
                'r' => '\r',
                'n' => '\n',
                _ => (char)b,
            });
            escaped = false;
        }

        // Services and addresses contain no control characters, whatever a module would do with them.
        return plain.Replace('\0', '.').Replace('\n', '.').Replace('\r', '.').ToString();
    }

    private static uint Number(ReadOnlySpan<byte> text, string what) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number)
            ? number : throw new FormatException($"a command without a number for its {what}");

    private static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf(Tab);
        ReadOnlySpan<byte> field = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return field;
    }

    private static string Cut(string text, int most) => text.Length > most ? text[..most] : text;
}
