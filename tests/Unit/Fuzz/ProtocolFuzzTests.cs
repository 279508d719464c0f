// Input from clients, PAM processes, workers and Postfix: every text is a request, an error, or incomplete, however it is cut.
using System.Text;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Modules.PostfixRelay;
using Authd.Modules.SystemAccounts.Pam;
using Xunit;

namespace Authd.Tests.Unit.Fuzz;

public sealed class ProtocolFuzzTests
{
    private static readonly byte[][] Requests =
    [
        "PRE . imap john\n"u8.ToArray(), "TCPREMOTEIP=192.0.2.1\nPRE authpgsql pop3 john@example.com\n"u8.ToArray(),
        "AUTH 24\nimap\nlogin\njohn\npassword\n"u8.ToArray(), "PASSWD imap\tjohn\told\tnew\n"u8.ToArray(), "ENUMERATE\n"u8.ToArray(),
        "AUTH 75\nimap\ncram-md5\nPDE+\nam9obiA0ZTQ2MTMzMmI0MzVjMWU1OWY0OWM1YWEzNDJhZTI1MQ==\n"u8.ToArray(),
    ];

    [Fact]
    public void A_request_is_the_same_however_it_arrives() => Fuzzer.Run(Requests, static (input, random) =>
    {
        RequestParser whole = default;
        ParseStatus status = whole.Parse(input);
        RequestParser pieces = default;
        ParseStatus last = ParseStatus.NeedMore;
        foreach (int end in Fuzzer.Ends(input, random))
        {
            last = pieces.Parse(input.AsSpan(0, end));
            if (last != ParseStatus.NeedMore)
            {
                break;
            }
        }

        Assert.Equal(status, last);
        Assert.Equal(whole.Request?.ToString(), pieces.Request?.ToString());
        Assert.Equal(status == ParseStatus.Complete, whole.Request is not null);
        Assert.InRange(whole.Length, 0, status == ParseStatus.Complete ? input.Length : int.MaxValue);
        if (whole.Request is ClientRequest.Auth { Credentials: var auth })
        {
            _ = LoginData.ClaimedName(auth);
            _ = CramData.TryParse(auth, Log.None, out _);
        }
    });

    [Fact]
    public void Netstrings_are_the_same_however_they_arrive() => Fuzzer.Run(
        ["4:john,"u8.ToArray(), "17:logins 192.0.2.10,"u8.ToArray(), "0:,3:a b,"u8.ToArray()],
        static (input, random) =>
        {
            string text = Encoding.Latin1.GetString(input);
            int cut = random.Next(text.Length + 1);
            Assert.Equal(Take([text]), Take([text[..cut], text[cut..]]));
        });

    [Fact]
    public void A_PAM_request_is_one_or_refused() => Fuzzer.Run([Request(PamTask.LogIn), Request(PamTask.RunHelper)], static (input, _) =>
    {
        try
        {
            using MemoryStream channel = new(input);
            PamRequest? request = PamRequest.Read(channel);
            Assert.True(request is null || Enum.IsDefined(request.Task));
        }
        catch (InvalidDataException)
        {
            // The declared answer to a malformed request.
        }
    });

    [Fact]
    public void A_PAM_reply_is_one_or_refused()
    {
        using MemoryStream good = new();
        PamReplies.WriteModules(good, "pam_unix.so");
        PamReplies.WriteResult(good, new PamResult("pam_authenticate", 7, "Authentication failure"));
        Fuzzer.Run([good.ToArray()], static (input, _) =>
        {
            try
            {
                using MemoryStream channel = new(input);
                PamReplies.ReadAsync(channel, static modules => { }, default).GetAwaiter().GetResult();
            }
            catch (IOException)
            {
                // The declared answer to a malformed message.
            }
        });
    }

    private static byte[] Request(PamTask task) => new PamRequest
    {
        Task = task,
        Service = "imap",
        User = "john",
        Password = "password"u8.ToArray(),
        NewPassword = "new"u8.ToArray(),
        RemoteHost = "192.0.2.1",
    }.ToMessage();

    private static string Take(IEnumerable<string> pieces)
    {
        StringBuilder taken = new();
        Netstrings netstrings = new();
        try
        {
            foreach (string piece in pieces)
            {
                netstrings.Add(piece);
                while (netstrings.TryTake(out string? content))
                {
                    taken.Append(content).Append('\n');
                }
            }
        }
        catch (FormatException)
        {
            taken.Append("refused");
        }

        return taken.ToString();
    }
}
