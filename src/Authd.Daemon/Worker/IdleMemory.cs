// Gives back the memory that a start or a rush has left behind.
namespace Authd.Daemon.Worker;

/// <summary>Looks at each beat of the supervisor whether the worker is idle: it allocates next to nothing then.</summary>
internal sealed class IdleMemory
{
    /// <summary>Bytes between two beats: a few requests allocate more.</summary>
    private const long Quiet = 64 * 1024;

    /// <summary>Bytes since the last collection: a collection for less is not worth its milliseconds.</summary>
    private const long WorthCollecting = 256 * 1024;

    private long _allocated;
    private long _collected;

    /// <summary>Collects garbage and returns the pages to the system if the worker has been idle since the last beat.</summary>
    internal void Beat()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        if (allocated - _allocated < Quiet && allocated - _collected > WorthCollecting)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _collected = allocated;
        }

        _allocated = allocated;
    }
}
