using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Protocol;

namespace Authd.Tools;

/// <summary>The client's half of the socket protocol, as courier-authlib's library speaks it. Each request makes a connection of
/// its own. All text is wire text.</summary>
/// <param name="environment">Socket path; variables DEFDOMAIN, DOMAINSEP, DEBUG_LOGIN and TIMEOUT_*; standard error for the lines
/// that the library writes there.</param>
/// <param name="remoteIp">The TCPREMOTEIP that PRE and AUTH send; <c>null</c>: none.</param>
public sealed class AuthClient(ToolEnvironment environment, string? remoteIp)
{
    /// <summary>PRE: the account called <paramref name="user"/>.</summary>
    /// <exception cref="AuthClientException">The account does not exist, or the daemon fails temporarily.</exception>
    public Account Lookup(string service, string user)
    {
        // Only line ends are refused, because they would end the line; any other name may be looked up.
        Require(!service.Contains('\n') && !user.Contains('\n'));
        return AskForAccount($"PRE . {service} {user}\n");
    }

    /// <summary>AUTH with authtype login; DEFDOMAIN completes the name.</summary>
    /// <exception cref="AuthClientException">The password is wrong, or the daemon fails temporarily.</exception>
    public Account Login(string service, string user, string password)
    {
        Require(!service.Contains('\n') && IsClean(user) && IsClean(password));
        LogLogin(user, password);
        string payload = $"{service}\n{LoginData.AuthType}\n{user}{MissingDomain(user)}\n{password}\n";
        return AskForAccount($"AUTH {payload.Length}\n{payload}");
    }

    /// <summary>PASSWD.</summary>
    /// <exception cref="AuthClientException">Nothing was changed.</exception>
    public void ChangePassword(string service, string user, string oldPassword, string newPassword)
    {
        Require(IsClean(service) && IsClean(user) && IsClean(oldPassword) && IsClean(newPassword));
        using ClientConnection connection = ClientConnection.Open(environment);
        connection.Send($"PASSWD {service}\t{user}\t{oldPassword}\t{newPassword}\n");
        if (connection.ReadReply(static reply => reply.EndsWith('\n')) != "OK\n")
        {
            throw new AuthClientException(AuthClientException.Rejected);
        }
    }

    /// <summary>ENUMERATE: all accounts, as they arrive.</summary>
    /// <exception cref="AuthClientException">The daemon cannot be reached.</exception>
    /// <exception cref="EnumerationFailedException">The list ended before it was complete.</exception>
    public IEnumerable<Account> Enumerate()
    {
        using ClientConnection connection = ClientConnection.Open(environment);
        connection.Send("ENUMERATE\n");
        foreach (string line in connection.ReadLines())
        {
            if (line == ".")
            {
                yield break;
            }

            if (AccountReplyReader.ReadListed(line) is { } account)
            {
                yield return account;
            }
        }

        throw new EnumerationFailedException("the connection ended before the list did");
    }

    private Account AskForAccount(string command)
    {
        Require(remoteIp is null || !remoteIp.AsSpan().ContainsAnyExceptInRange(' ', '\u007F'));
        using ClientConnection connection = ClientConnection.Open(environment);
        connection.Send(remoteIp is null ? command : $"TCPREMOTEIP={remoteIp}\n{command}");
        string reply = connection.ReadReply(static reply =>
            reply == "FAIL\n" || reply.EndsWith("\n.\n", StringComparison.Ordinal));
        return AccountReplyReader.Read(reply, out Account account) switch
        {
            Verdict.Accept => account,
            Verdict.Reject => throw new AuthClientException(AuthClientException.Rejected),
            _ => throw new AuthClientException(AuthClientException.NoAnswer),
        };
    }

    /// <summary>DEFDOMAIN, unless the name has a domain already: a character
    /// of DOMAINSEP or, without that, DEFDOMAIN's first one.</summary>
    private string MissingDomain(string user)
    {
        string domain = environment.Variable("DEFDOMAIN") ?? "";
        string separators = environment.Variable("DOMAINSEP") ?? domain[..Math.Min(1, domain.Length)];
        return user.AsSpan().ContainsAny(separators) ? "" : domain;
    }

    private void LogLogin(string user, string password)
    {
        long level = LeadingNumber.Parse(environment.Variable("DEBUG_LOGIN"));
        Log log = new((_, text) => environment.Complain($"DEBUG: {text}\n"), (int)Math.Clamp(level, 0, 2));
        log.Debug($"LOGIN: ip=[{remoteIp}], username={user}");
        log.DebugSecret($"LOGIN: ip=[{remoteIp}], password={password}");
    }

    private static bool IsClean(string value) => !value.AsSpan().ContainsAnyInRange('\0', '\u001F');

    private static void Require(bool expressible)
    {
        if (!expressible)
        {
            throw new AuthClientException(AuthClientException.Inexpressible);
        }
    }
}
