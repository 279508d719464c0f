// Rare work that may block for long: connecting, which looks names up and shakes hands, and lists.
namespace Authd.Modules.Pool;

/// <summary>Each piece of work has a thread to itself while it lasts, so that none waits for another.</summary>
public static class OwnThread
{
    /// <summary>Runs a piece of work.</summary>
    public static Task<T> RunAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Opens something; when that comes too late, closes it again.</summary>
    /// <param name="open">Opens; may block.</param>
    /// <param name="close">Closes.</param>
    /// <param name="cancel">Until when to wait.</param>
    public static async Task<T> OpenAsync<T>(Func<T> open, Action<T> close, CancellationToken cancel)
    {
        Task<T> opening = RunAsync(open);
        try
        {
            return await opening.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(late => close(late.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }
}
