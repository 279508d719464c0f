// The account option allow_nets: from where somebody may log in.
using System.Net;
using Authd.Core.Logging;
using Authd.Core.Penalty;
using Authd.Core.Protocol;

namespace Authd.Core.Chain;

/// <summary>
/// Judges a login whose password was right by the client's address. The option's value is a list of networks and addresses with
/// blanks or semicolons between them, since a comma begins the next option. <c>local</c> in it stands for requests without an
/// address. An empty list restricts nobody. A list that cannot be read lets nobody in.
/// </summary>
/// <param name="defaultOptions">DEFAULTOPTIONS: counts for accounts without such an option of their own.</param>
/// <param name="log">Is told of lists that cannot be read.</param>
public sealed class AllowedNetworks(string defaultOptions, Log log)
{
    /// <summary>The option's name.</summary>
    public const string Option = "allow_nets";

    private const string Local = "local";

    private readonly RepeatedWarning _mistakes = new(log.Warn, TimeProvider.System);

    /// <summary>The list that restricts an account; <c>null</c>: none does.</summary>
    public string? Of(Account account) =>
        (AccountOptions.Value(account.Options, Option) ?? AccountOptions.Value(defaultOptions, Option)) is { } list
        && Words(list).Length > 0 ? list : null;

    /// <summary>The answer to a login: <paramref name="outcome"/>, or its rejection.</summary>
    /// <param name="outcome">The modules' answer.</param>
    /// <param name="request">The login.</param>
    public AuthOutcome Judge(AuthOutcome outcome, AuthRequest request)
    {
        if (outcome.Account is not { } account || Of(account) is not { } list)
        {
            return outcome;
        }

        string? origin = request.Context.RemoteIp;
        IPAddress? address = string.IsNullOrEmpty(origin) ? null : ClientNetwork.Parse(origin);
        bool isInside = false;
        foreach (string word in Words(list))
        {
            if (word == Local)
            {
                isInside |= string.IsNullOrEmpty(origin);
            }
            else if (Network(word) is { } network)
            {
                isInside |= address is not null && network.Contains(address);
            }
            else
            {
                _mistakes.Say($"'{Log.Cut(LoginData.ClaimedName(request), 255)}' cannot log in: '{word}' in its option {Option}={list} is "
                    + "neither a network nor an address nor local; several have blanks or semicolons between them");
                return AuthOutcome.Reject(Reasons.BadAllowedNetworks);
            }
        }

        return isInside ? outcome : AuthOutcome.Reject(Reasons.AddressNotAllowed);
    }

    private static string[] Words(string list) => list.Split([' ', '\t', ';'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Of an IPv4 address all four numbers: <c>10/8</c> is 0.0.0.10/8 to .NET.</summary>
    private static IPNetwork? Network(string word) =>
        word.Contains(':', StringComparison.Ordinal) || word.Count(static c => c == '.') == 3 ? ClientNetwork.ParseNetwork(word) : null;
}
