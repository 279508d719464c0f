// Reads one request from the bytes a client has sent so far (courier-authlib's socket protocol, sections 2 to 7).
namespace Authd.Core.Protocol;

/// <summary>The result of <see cref="RequestParser.Parse"/>.</summary>
public enum ParseStatus
{
    /// <summary>The request is not complete.</summary>
    NeedMore,

    /// <summary><see cref="RequestParser.Request"/> is set; bytes after the request are ignored.</summary>
    Complete,

    /// <summary>No continuation makes these bytes a request: the connection is closed without a reply.</summary>
    Malformed,
}

/// <summary>
/// An incremental parser for one connection. It remembers the start of the current line, so that finished lines are not read
/// again when a client sends byte by byte.
/// </summary>
public struct RequestParser
{
    /// <summary>Longest prelude or command line, in bytes, without its LF.</summary>
    public const int MaxLine = 8190;

    /// <summary>Longest AUTH payload, in bytes.</summary>
    public const int MaxPayload = 8191;

    private const int MaxRemoteIp = 39;

    private int _lineStart;
    private int _payloadLength;
    private bool _inPayload;
    private string? _remoteIp;

    /// <summary>The request, once <see cref="Parse"/> has answered <see cref="ParseStatus.Complete"/>.</summary>
    public ClientRequest? Request { get; private set; }

    /// <summary>In a few words, the reason why the bytes so far are no request.
    /// It quotes none of them, because a password may be among them.</summary>
    public string Problem { readonly get => field ?? ""; private set; }

    /// <summary>The problem of a client that sends no more.</summary>
    public readonly string Incomplete(int received) =>
        _inPayload ? "the client ended before AUTH's data was as long as AUTH had said"
        : received > _lineStart ? "the client ended in the middle of a line; each line ends with a line feed"
        : "the client ended before a command";

    /// <summary>The length of the complete request in bytes, including its prelude.</summary>
    public readonly int Length => _lineStart + _payloadLength;

    /// <summary>Looks at all bytes received so far; call it again with more when it answers <see cref="ParseStatus.NeedMore"/>.</summary>
    public ParseStatus Parse(ReadOnlySpan<byte> received)
    {
        while (!_inPayload)
        {
            ReadOnlySpan<byte> rest = received[_lineStart..];
            int length = rest.IndexOf((byte)'\n');
            if (length > MaxLine || (length < 0 && rest.Length > MaxLine))
            {
                Problem = $"a line is longer than {MaxLine} bytes";
                return ParseStatus.Malformed;
            }

            if (length < 0)
            {
                return ParseStatus.NeedMore;
            }

            _lineStart += length + 1;
            if (!TakePrelude(WireText.UpToNul(rest[..length])) && !TakeCommand(WireText.UpToNul(rest[..length])))
            {
                return ParseStatus.Malformed;
            }

            if (Request is not null)
            {
                return ParseStatus.Complete;
            }
        }

        return TakePayload(received[_lineStart..]);
    }

    /// <summary>A line whose first SP or "=" is "=" is a prelude variable; only TCPREMOTEIP is known.</summary>
    private bool TakePrelude(ReadOnlySpan<byte> line)
    {
        int mark = line.IndexOfAny((byte)' ', (byte)'=');
        if (mark < 0 || line[mark] != '=')
        {
            return false;
        }

        if (line[..mark].SequenceEqual("TCPREMOTEIP"u8))
        {
            ReadOnlySpan<byte> value = line[(mark + 1)..];
            _remoteIp = WireText.FromBytes(value[..Math.Min(value.Length, MaxRemoteIp)]);
        }

        return true;
    }

    /// <summary>False: the command does not exist, or lacks a part.</summary>
    private bool TakeCommand(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = line;
        if (!TakeWord(ref rest, out ReadOnlySpan<byte> word))
        {
            word = line;
            rest = default;
        }

        return word switch
        {
            _ when word.SequenceEqual("PRE"u8) => TakePre(rest),
            _ when word.SequenceEqual("AUTH"u8) => TakeAuth(rest),
            _ when word.SequenceEqual("PASSWD"u8) => TakePasswd(rest),
            _ when word.SequenceEqual("ENUMERATE"u8) => Found(new ClientRequest.Enumerate()),
            _ => Refuse("it begins with none of PRE, AUTH, PASSWD and ENUMERATE"),
        };
    }

    private bool TakePre(ReadOnlySpan<byte> rest) =>
        TakeWord(ref rest, out ReadOnlySpan<byte> selector) && TakeWord(ref rest, out ReadOnlySpan<byte> service)
            ? Found(new ClientRequest.Pre(
                WireText.FromBytes(selector), new LookupRequest(Context(service), WireText.FromBytes(rest))))
            : Refuse("PRE lacks the service or the name");

    private bool TakeAuth(ReadOnlySpan<byte> rest)
    {
        // A count too large for a payload is refused; in C it overflows.
        long count = LeadingNumber.Parse(WireText.FromBytes(rest));
        _inPayload = count is >= 0 and <= MaxPayload;
        _payloadLength = _inPayload ? (int)count : 0;
        return _inPayload || Refuse($"AUTH's count of bytes is not from 0 to {MaxPayload}");
    }

    private ParseStatus TakePayload(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < _payloadLength)
        {
            return ParseStatus.NeedMore;
        }

        ReadOnlySpan<byte> payload = WireText.UpToNul(rest[.._payloadLength]);
        int first = payload.IndexOf((byte)'\n');
        int second = first < 0 ? -1 : payload[(first + 1)..].IndexOf((byte)'\n');
        if (second < 0)
        {
            Refuse("AUTH's data lacks the line of the service or of the authentication type; is the count of bytes too small?");
            return ParseStatus.Malformed;
        }

        string authType = WireText.FromBytes(payload.Slice(first + 1, second));
        string authData = WireText.FromBytes(payload[(first + second + 2)..]);
        Found(new ClientRequest.Auth(new AuthRequest(Context(payload[..first]), authType, authData)));
        return ParseStatus.Complete;
    }

    private bool TakePasswd(ReadOnlySpan<byte> rest)
    {
        foreach (byte b in rest)
        {
            if (b < 0x20 && b != '\t')
            {
                return Found(new ClientRequest.UnacceptablePasswd());
            }
        }

        Span<Range> fields = stackalloc Range[4];
        if (Fields(rest, fields) < 4)
        {
            return Refuse("PASSWD lacks one of service, name, old and new password, with TABs between them");
        }

        return Found(new ClientRequest.Passwd(new PasswordChange(
            Context(rest[fields[0]]),
            WireText.FromBytes(rest[fields[1]]),
            WireText.FromBytes(rest[fields[2]]),
            WireText.FromBytes(rest[fields[3]]))));
    }

    /// <summary>Finds the first TAB-separated fields and returns their number (a TAB after the last ends it).</summary>
    private static int Fields(ReadOnlySpan<byte> text, Span<Range> fields)
    {
        int count = 0;
        foreach (Range field in text.Split((byte)'\t'))
        {
            if (count == fields.Length)
            {
                break;
            }

            fields[count++] = field;
        }

        return count;
    }

    private readonly RequestContext Context(ReadOnlySpan<byte> service) => new(WireText.FromBytes(service), _remoteIp);

    private bool Found(ClientRequest request)
    {
        Request = request;
        return true;
    }

    private bool Refuse(string problem)
    {
        Problem = problem;
        return false;
    }

    /// <summary>Removes the text before the next SP, and all SP that follow
    /// it, from <paramref name="rest"/>; false without a SP.</summary>
    private static bool TakeWord(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        int blank = rest.IndexOf((byte)' ');
        word = blank < 0 ? default : rest[..blank];
        rest = blank < 0 ? rest : rest[blank..].TrimStart((byte)' ');
        return blank >= 0;
    }
}
