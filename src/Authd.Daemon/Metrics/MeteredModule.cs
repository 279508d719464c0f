using System.Diagnostics;
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Metrics;

namespace Authd.Daemon.Metrics;

/// <summary>Counts the requests to a module, its answers and the time that they take.</summary>
/// <param name="inner">The module; disposed of with this object.</param>
/// <param name="counters">Its block in the worker's slot.</param>
internal sealed class MeteredModule(IAuthModule inner, ModuleCounters counters) : IAuthModule
{
    // A cache also answers during an outage, and records outages itself.
    private readonly bool _notesOutages = inner is not CachedModule;

    public string Name => inner.Name;

    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        return Count(RequestKind.Lookup, start, inner.LookupAsync(request, cancel));
    }

    public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        return Count(RequestKind.Login, start, inner.AuthenticateAsync(request, cancel));
    }

    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        return Count(RequestKind.Change, start, inner.ChangePasswordAsync(request, cancel));
    }

    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => inner.EnumerateAsync(cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>An answer that is already complete, as from memory, needs no state machine.</summary>
    private ValueTask<AuthOutcome> Count(RequestKind kind, long start, ValueTask<AuthOutcome> answer)
    {
        if (!answer.IsCompletedSuccessfully)
        {
            return CountAsync(kind, start, answer);
        }

        AuthOutcome outcome = answer.Result;
        Count(kind, start, outcome);
        return new ValueTask<AuthOutcome>(outcome);
    }

    private async ValueTask<AuthOutcome> CountAsync(RequestKind kind, long start, ValueTask<AuthOutcome> answer)
    {
        AuthOutcome outcome = AuthOutcome.TempFail(Reasons.BackendAway);
        try
        {
            return outcome = await answer;
        }
        finally
        {
            Count(kind, start, outcome);
        }
    }

    private void Count(RequestKind kind, long start, in AuthOutcome outcome)
    {
        counters.Answered(kind, outcome, start);
        if (_notesOutages)
        {
            counters.NoteAway(outcome.IsAway);
        }
    }
}
