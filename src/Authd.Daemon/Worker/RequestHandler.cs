// From a parsed request to the bytes of its reply (courier-authlib's socket protocol, sections 4 to 8).
using System.Buffers;
using System.Text;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Daemon.Worker;

/// <summary>Asks the chain and words the reply. An empty reply means: close without a word (temporary failure).</summary>
internal sealed class RequestHandler(ModuleChain chain, string defaultOptions, TemporaryFailureReplies failures, Log log)
{
    /// <summary>Courier's client library cannot read a longer reply.</summary>
    private const int LongestReadableReply = 8191;

    /// <summary>A listing goes out in pieces of about this size, so that its length does not matter.</summary>
    private const int ListingPiece = 32768;

    /// <summary>What clients get instead of an empty reply.</summary>
    internal TemporaryFailureReplies Failures => failures;

    /// <summary>Answers everything but ENUMERATE into <paramref name="reply"/>.</summary>
    internal ValueTask AnswerAsync(ClientRequest request, ArrayBufferWriter<byte> reply, CancellationToken cancel) =>
        request switch
        {
            ClientRequest.Pre pre => WriteAsync(chain.LookupAsync(pre, cancel), reply),
            ClientRequest.Auth auth => WriteAsync(chain.AuthenticateAsync(auth.Credentials, cancel), reply),
            ClientRequest.Passwd passwd => WriteAsync(chain.ChangePasswordAsync(passwd.Change, cancel), reply),
            _ => WriteAsync(new ValueTask<bool>(false), reply),
        };

    /// <summary>Lists all accounts of all modules that can list; false when the client has gone.</summary>
    /// <param name="send">Sends one piece; it may be reused afterwards. False: the client has gone.</param>
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
                // What was listed so far is sent; without the final "." the client knows that it is not all.
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

    private async ValueTask WriteAsync(ValueTask<AuthOutcome> asked, ArrayBufferWriter<byte> reply)
    {
        AuthOutcome outcome = await asked;
        if (outcome.Account is { } account)
        {
            Write(account, reply);
        }
        else if (outcome.Verdict == Verdict.Reject)
        {
            reply.Write("FAIL\n"u8);
        }
    }

    private static async ValueTask WriteAsync(ValueTask<bool> changed, ArrayBufferWriter<byte> reply) =>
        reply.Write(await changed ? "OK\n"u8 : "FAIL\n"u8);

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
