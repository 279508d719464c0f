using Authd.Core;

namespace Authd.Daemon.Sasl;

/// <summary>A mechanism by which mail clients can log in.</summary>
/// <param name="Name">Its registered name, in capitals.</param>
/// <param name="Properties">Its properties for the mail server, in the protocol's words.</param>
/// <param name="Begin">Begins an exchange.</param>
internal sealed record SaslMechanism(string Name, string Properties, Func<SaslPartner, SaslExchange> Begin)
{
    /// <summary>The mechanism of that name.</summary>
    internal static SaslMechanism Of(string name) => name switch
    {
        "PLAIN" => new(name, "plaintext", static partner => new PlainExchange(partner)),
        "LOGIN" => new(name, "plaintext", static partner => new LoginExchange(partner)),
        "CRAM-MD5" or "CRAM-SHA1" or "CRAM-SHA256" => new(
            name, "dictionary\tactive", partner => new CramExchange(partner, name.ToLowerInvariant())),
        "SCRAM-SHA-256" => new(name, "dictionary\tactive\tmutual-auth", static partner => new ScramExchange(partner)),
        _ => throw new ArgumentException(name, nameof(name)),
    };
}

/// <summary>The services that an exchange uses.</summary>
/// <param name="Context">Service and client address.</param>
/// <param name="LookUp">Finds an account without a password.</param>
/// <param name="Hashing">Threads for long computations.</param>
internal sealed record SaslPartner(
    RequestContext Context, Func<string, CancellationToken, ValueTask<AuthOutcome>> LookUp, BlockingWork Hashing);
