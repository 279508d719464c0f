// Where a pool's connections come from, and what their failures mean.
namespace Authd.Modules.Lanes;

/// <summary>One configuration's way to its servers.</summary>
public interface ILaneSource<TJob> : IAsyncDisposable
    where TJob : LaneJob
{
    /// <summary>The module's name, for log lines.</summary>
    string ModuleName { get; }

    /// <summary>The debug line for a connection that was found to be gone; <c>null</c> for none.</summary>
    string? LostLine { get; }

    /// <summary>The line at the end of an outage; <c>null</c> where the source tells it itself.</summary>
    string? BackLine { get; }

    /// <summary>How long an attempt may take that tries every server.</summary>
    TimeSpan AttemptLimit { get; }

    /// <summary>Connects. Fails with whatever exception keeps it from that; <see cref="Explain"/> knows them.</summary>
    Task<Lane<TJob>> OpenAsync(CancellationToken cancel);

    /// <summary>What a failure to connect says about the server.</summary>
    Absence Explain(Exception failure);
}

/// <summary>Why there is no connection.</summary>
/// <param name="Text">One line; wire text.</param>
/// <param name="Lines">The ERR lines at the beginning of an outage; none where the source has written them.</param>
/// <param name="IsAnswer">The server itself said no: it is there.</param>
/// <param name="IsRefusal">It said no for good: wrong password, unknown database.</param>
/// <param name="IsStartingUp">It says that it is coming up: worth waiting for.</param>
/// <param name="Server">Who said no, where the text does not tell.</param>
public sealed record Absence(
    string Text, IReadOnlyList<string> Lines, bool IsAnswer = false, bool IsRefusal = false, bool IsStartingUp = false,
    string? Server = null)
{
    /// <summary>The server is there and would take us, but not one connection more: its limit, or that of the user.</summary>
    public bool IsCrowd => IsAnswer && !IsRefusal && !IsStartingUp;
}
