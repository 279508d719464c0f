namespace Authd.Tests.Conformance.Generated;

/// <summary>The words for a <see cref="RequestGenerator"/>'s requests to one back end; one char a byte.</summary>
public sealed record RequestVocabulary
{
    /// <summary>Whole names, of accounts and of unknown users.</summary>
    public required string[] Users { get; init; }

    /// <summary>The pieces of names that belong to no account, but look as if they could do harm; may be empty.</summary>
    public string[] Pieces { get; init; } = [];

    /// <summary>Passwords, right and wrong.</summary>
    public required string[] Passwords { get; init; }

    /// <summary>Services.</summary>
    public string[] Services { get; init; } = ["imap", "pop3", "login", "courier", "", "i m", "=", "\u00e4"];

    /// <summary>The words after PRE: <c>.</c> or the name of a module.</summary>
    public string[] Selectors { get; init; } = [".", ".", "authuserdb", "authpgsql", "", "x"];

    /// <summary>Bytes with a meaning to the back end, in addition to the protocol's.</summary>
    public string Special { get; init; } = "";
}
