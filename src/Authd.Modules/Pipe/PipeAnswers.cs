// The answers of authpipe's program: the daemon's own protocol, read as courier's client library reads it.
using System.Text;
using Authd.Core;
using Authd.Core.Protocol;

namespace Authd.Modules.Pipe;

/// <summary>Reads answers. A malformed one is an <see cref="IOException"/>.</summary>
internal static class PipeAnswers
{
    private const string End = ".";
    private const string Fail = "FAIL";

    /// <summary>Lines <c>KEY=value</c> and <c>.</c>, or <c>FAIL</c>.</summary>
    public static async Task<AuthOutcome> ReadAccountAsync(PipeProgram program, CancellationToken cancel)
    {
        StringBuilder reply = new();
        string line;
        do
        {
            line = await program.ReadLineAsync(cancel);
            reply.Append(line).Append('\n');
            if (reply.Length > PipeProgram.MaxLine)
            {
                throw new IOException($"it answered with more than {PipeProgram.MaxLine} bytes");
            }
        }
        while (line is not (End or Fail));

        program.EndAnswer();
        return AccountReplyReader.Read(reply.ToString(), out Account account) switch
        {
            Verdict.Accept => AuthOutcome.Accept(account),
            Verdict.Reject => AuthOutcome.Reject(Reasons.ProgramSaidFail),
            _ => throw new IOException("it answered with a NUL"),
        };
    }

    /// <summary><c>OK</c> or <c>FAIL</c>.</summary>
    public static async Task<AuthOutcome> ReadChangedAsync(PipeProgram program, CancellationToken cancel)
    {
        string line = await program.ReadLineAsync(cancel);
        program.EndAnswer();
        return line switch
        {
            "OK" => AuthOutcome.Changed,
            Fail => AuthOutcome.Reject(Reasons.ProgramSaidFail),
            _ => throw new IOException("it answered PASSWD with neither OK nor FAIL"),
        };
    }

    /// <summary>The first account of a list; <c>null</c>: the list is empty. <c>FAIL</c> is an empty list, too: many programs do
    /// not know ENUMERATE, and answer <c>FAIL</c> to any command that they do not know.</summary>
    public static async Task<Account?> ReadFirstListedAsync(PipeProgram program, CancellationToken cancel)
    {
        string line = await program.ReadLineAsync(cancel);
        if (line is Fail)
        {
            program.EndAnswer();
            return null;
        }

        return await ReadListedAsync(program, line, cancel);
    }

    /// <summary>The next account of a list, <c>null</c> at its end; other lines are skipped.</summary>
    public static async Task<Account?> ReadListedAsync(PipeProgram program, CancellationToken cancel) =>
        await ReadListedAsync(program, await program.ReadLineAsync(cancel), cancel);

    private static async Task<Account?> ReadListedAsync(PipeProgram program, string line, CancellationToken cancel)
    {
        for (; line is not End; line = await program.ReadLineAsync(cancel))
        {
            if (line is Fail)
            {
                throw new IOException("it broke its list off with FAIL");
            }

            if (AccountReplyReader.ReadListed(line) is { } account)
            {
                return account;
            }
        }

        program.EndAnswer();
        return null;
    }
}
