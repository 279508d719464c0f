namespace Authd.Modules.Sql;

/// <summary>The differences in the interpretation of rows between
/// courier-authlib's SQL modules. The defaults are authpgsql's.</summary>
public sealed record SqlRowRules
{
    /// <summary>An empty name, full name or options count as present: <c>NAME=</c> is sent.</summary>
    public bool KeepsEmptyTexts { get; init; } = true;

    /// <summary>Empty passwords count as present: <c>PASSWD=</c> is sent.</summary>
    public bool KeepsEmptyPasswords { get; init; }

    /// <summary>A row without a home is broken; otherwise its user is unknown.</summary>
    public bool NeedsHome { get; init; }

    /// <summary>Lists include accounts without a home.</summary>
    public bool ListsHomeless { get; init; }

    /// <summary>Lists include accounts without a name.</summary>
    public bool ListsNameless { get; init; }

    /// <summary>The log has a line for a lookup without a row.</summary>
    public bool TellsNoRow { get; init; } = true;

    /// <summary>For unknown users, too, the log says that they have no password.</summary>
    public bool LogsMissingPasswordForUnknownUser { get; init; } = true;
}
