// The words of which requests for one back end are made.
namespace Authd.Tests.Conformance.Generated;

/// <summary>What a <see cref="RequestGenerator"/> puts into requests; one char a byte.</summary>
public sealed record RequestVocabulary
{
    /// <summary>Whole names: accounts, and nobody's.</summary>
    public required string[] Users { get; init; }

    /// <summary>What names that belong to nobody, but look as if they could do harm, are put together from; may be empty.</summary>
    public string[] Pieces { get; init; } = [];

    /// <summary>Passwords, right and wrong.</summary>
    public required string[] Passwords { get; init; }

    /// <summary>Services.</summary>
    public string[] Services { get; init; } = ["imap", "pop3", "login", "courier", "", "i m", "=", "\u00e4"];

    /// <summary>What stands after PRE: <c>.</c> or the name of a module.</summary>
    public string[] Selectors { get; init; } = [".", ".", "authuserdb", "authpgsql", "", "x"];

    /// <summary>Bytes that mean something to the back end, in addition to the protocol's.</summary>
    public string Special { get; init; } = "";
}
