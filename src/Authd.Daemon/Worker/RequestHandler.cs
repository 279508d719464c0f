// From a parsed request to the bytes of its reply (courier-authlib's socket protocol, sections 4 to 8).
using System.Buffers;
using System.Text;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Protocol;
using Authd.Daemon.Clients;

namespace Authd.Daemon.Worker;

/// <summary>Asks the chain and writes the reply. An empty reply means that
/// the connection is closed without one (temporary failure).</summary>
internal sealed class RequestHandler(
    ModuleChain chain, string defaultOptions, TemporaryFailureReplies failures, SlowedLogins logins, Log log)
{
    /// <summary>The longest reply that Courier's client library can read.</summary>
    private const int LongestReadableReply = 8191;

    /// <summary>The approximate size of the pieces in which a listing is sent, so that its length does not matter.</summary>
    private const int ListingPiece = 32768;

    /// <summary>The replies that clients get instead of an empty one.</summary>
    internal TemporaryFailureReplies Failures => failures;

    /// <summary>Answers any request but ENUMERATE into <paramref name="reply"/>.</summary>
    /// <returns>The time for which the reply must wait from now on.</returns>
    internal ValueTask<TimeSpan> AnswerAsync(
        ClientRequest request, ArrayBufferWriter<byte> reply, CancellationToken cancel) => request switch
        {
            ClientRequest.Pre pre => WriteAsync(chain.LookupAsync(pre, cancel), reply),
            ClientRequest.Auth auth => LogInAsync(auth.Credentials, reply, cancel),
            ClientRequest.Passwd passwd => ChangeAsync(passwd.Change, reply, cancel),
            _ => WriteAsync(new ValueTask<AuthOutcome>(AuthOutcome.Reject(Reasons.BadRequest)), reply),
        };

    /// <summary>Lists all accounts of all modules that can list; false when the client is gone.</summary>
    /// <param name="send">Sends one piece, whose memory may be reused afterwards. False: the client is gone.</param>
    /// <param name="cancel">Ends the listing.</param>
    internal async Task<bool> EnumerateAsync(
        Func<ReadOnlyMemory<byte>, ValueTask<bool>> send, CancellationToken cancel)
    {
        ArrayBufferWriter<byte> piece = new(ListingPiece);
        foreach (IAuthModule module in chain.Modules)
        {
            try
            {
                if (module.EnumerateAsync(cancel) is { } accounts
                    && !await ListAsync(module.Name, accounts, piece, send))
                {
                    return false;
                }
            }
            catch (Exception e)
            {
                // The accounts listed so far are sent; without the final "." the client knows that the list is incomplete.
                LogFailure(module, e);
                return await send(piece.WrittenMemory);
            }
        }

        piece.Write(".\n"u8);
        return await send(piece.WrittenMemory);
    }

    private async Task<bool> ListAsync(
        string module,
        IAsyncEnumerable<Account> accounts,
        ArrayBufferWriter<byte> piece,
        Func<ReadOnlyMemory<byte>, ValueTask<bool>> send)
    {
        piece.Write(Encoding.Latin1.GetBytes($"# {module}\n\n"));
        await foreach (Account account in accounts)
        {
            if (!AccountReply.IsListable(account))
            {
                log.Err($"{module}: account '{account.Address}' holds a control character and is left out of the list");
                continue;
            }

            AccountReply.WriteListed(account, defaultOptions, piece);
            if (piece.WrittenCount >= ListingPiece - LongestReadableReply)
            {
                if (!await send(piece.WrittenMemory))
                {
                    return false;
                }

                piece.ResetWrittenCount();
            }
        }

        return true;
    }

    private void LogFailure(IAuthModule module, Exception e)
    {
        log.Debug($"enumeration terminated prematurely in module {module.Name}");
        if (e is not (EnumerationFailedException or OperationCanceledException))
        {
            log.Err($"{module.Name}: internal error: {e}");
        }
    }

    private async ValueTask<TimeSpan> LogInAsync(
        AuthRequest request, ArrayBufferWriter<byte> reply, CancellationToken cancel)
    {
        (AuthOutcome outcome, TimeSpan hold) = await logins.LogInAsync(request, cancel);
        Write(outcome, reply);
        return hold;
    }

    private async ValueTask<TimeSpan> ChangeAsync(
        PasswordChange change, ArrayBufferWriter<byte> reply, CancellationToken cancel)
    {
        (AuthOutcome outcome, TimeSpan hold) = await logins.ChangeAsync(change, cancel);
        reply.Write(outcome.Verdict == Verdict.Accept ? "OK\n"u8 : "FAIL\n"u8);
        return hold;
    }

    private async ValueTask<TimeSpan> WriteAsync(ValueTask<AuthOutcome> asked, ArrayBufferWriter<byte> reply)
    {
        Write(await asked, reply);
        return TimeSpan.Zero;
    }

    private void Write(AuthOutcome outcome, ArrayBufferWriter<byte> reply)
    {
        if (outcome.Account is { } account)
        {
            Write(account, reply);
        }
        else if (outcome.Verdict == Verdict.Reject)
        {
            reply.Write("FAIL\n"u8);
        }
    }

    private void Write(Account account, ArrayBufferWriter<byte> reply)
    {
        if (!AccountReply.IsSendable(account))
        {
            log.Err($"account '{account.Address}' holds a line end or NUL in one of its values: temporary failure");
            return;
        }

        if (log.Debugging)
        {
            log.Plain($"Authenticated: {AccountDump.Line(account)}");
        }

        if (log.ShowingPasswords)
        {
            log.Plain($"Authenticated: {AccountDump.PasswordLine(account)}");
        }

        AccountReply.Write(account, defaultOptions, reply);
        if (reply.WrittenCount > LongestReadableReply)
        {
            log.Err($"the reply for '{account.Address}' has {reply.WrittenCount} bytes; clients can read {LongestReadableReply}");
        }
    }
}
