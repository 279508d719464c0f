// What the SQL modules of courier-authlib make of the same row, where they differ.
namespace Authd.Modules.Sql;

/// <summary>The defaults are authpgsql's.</summary>
public sealed record SqlRowRules
{
    /// <summary>An empty name, full name or options count as there: <c>NAME=</c> is sent.</summary>
    public bool KeepsEmptyTexts { get; init; } = true;

    /// <summary>So do empty passwords: <c>PASSWD=</c> is sent.</summary>
    public bool KeepsEmptyPasswords { get; init; }

    /// <summary>A row without a home is broken, not just nobody's.</summary>
    public bool NeedsHome { get; init; }

    /// <summary>Accounts without a home are in lists.</summary>
    public bool ListsHomeless { get; init; }

    /// <summary>Accounts without a name are in lists.</summary>
    public bool ListsNameless { get; init; }

    /// <summary>The log says so when a lookup gives no row.</summary>
    public bool TellsNoRow { get; init; } = true;

    /// <summary>The log says of unknown users, too, that they have no password.</summary>
    public bool TellsNoPasswordOfNobody { get; init; } = true;
}
