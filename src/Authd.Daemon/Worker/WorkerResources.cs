// A worker's share of the supervisor's resources: counters, changes of accounts, control and metrics sockets.
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Daemon.Configuration;
using Authd.Daemon.Metrics;
using Authd.Daemon.Supervisor;
using Authd.Linux.Processes;

namespace Authd.Daemon.Worker;

/// <summary>The resources that the worker has inherited; it can serve without any of them.</summary>
internal sealed class WorkerResources
{
    private readonly WorkerSettings _settings;

    private WorkerResources(WorkerSettings settings)
    {
        _settings = settings;
        if (_settings.DescriptorOf(WorkerRole.MemoryName) is { } descriptor)
        {
            Memory<long> memory = SharedMemory.Inherit(descriptor, SharedResources.Words).Memory;
            All = new CounterMemory(memory[ChangeTable.Words..]);
            Changes = new ChangeTable(memory[..ChangeTable.Words]);
        }

        if (_settings.DescriptorOf(WorkerRole.CacheName) is { } cache)
        {
            Store = new AnswerStore(SharedMemory.Inherit(cache, settings.CacheWords).Memory);
        }

        Own = All is not null && settings.Slot > 0 ? All.Of(settings.Slot) : WorkerCounters.Unread();
        Own.Set(WorkerWord.Pid, Environment.ProcessId);
    }

    /// <summary>The counters of all workers.</summary>
    internal CounterMemory? All { get; }

    /// <summary>This worker's counters.</summary>
    internal WorkerCounters Own { get; }

    /// <summary>The changes that all workers announce to each other.</summary>
    internal ChangeTable? Changes { get; }

    /// <summary>The answers cached by all workers.</summary>
    internal AnswerStore? Store { get; }

    /// <summary>The modules with a cache.</summary>
    internal IReadOnlyList<CachedModule> Cached { get; private set; } = [];

    /// <summary>The descriptor of the control socket, for the caller to close.</summary>
    internal int? Control => _settings.DescriptorOf(WorkerRole.ControlName);

    /// <summary>The descriptor of the metrics socket, for the caller to close.</summary>
    internal int? Metrics => _settings.DescriptorOf(WorkerRole.MetricsName);

    /// <summary>Opens the inherited resources.</summary>
    internal static WorkerResources Open(WorkerSettings settings) => new(settings);

    /// <summary>The counters of a module.</summary>
    internal ModuleCounters CountersOf(string module) => Own.Module(All is null ? -1 : All.Names.ToList().IndexOf(module));

    /// <summary>Puts a cache in front of the modules that are to have one, and counters in front of all.</summary>
    internal List<IAuthModule> Arrange(IReadOnlyList<IAuthModule> modules, CacheSettings settings, Log log)
    {
        CacheServices? cache = null;
        if (Store is { } store && Changes is { } changes)
        {
            cache = new CacheServices(settings, store, changes, log, TimeProvider.System);
        }

        List<CachedModule> cached = [];
        List<IAuthModule> arranged = [];
        for (int place = 0; place < modules.Count; place++)
        {
            IAuthModule module = modules[place];
            if (module is MissingModule)
            {
                arranged.Add(module);
                continue;
            }

            ModuleCounters counters = CountersOf(module.Name);
            if (cache is not null && module is ICacheableModule cacheable && settings.Modules.Contains(module.Name))
            {
                cached.Add(new CachedModule(cacheable, place, cache, counters));
                module = cached[^1];
            }

            arranged.Add(new MeteredModule(module, counters));
        }

        Cached = cached;
        return arranged;
    }

    /// <summary>Once a second, publishes values that are not counted as they change.</summary>
    /// <param name="linesLost">Log lines lost so far.</param>
    /// <param name="blocking">Calls that run or wait in threads of their own.</param>
    internal void Publish(long linesLost, int blocking)
    {
        Own.Set(WorkerWord.LogLinesLost, linesLost);
        Own.Set(WorkerWord.Blocking, blocking);
        if (Store is { } store)
        {
            Own.Set(WorkerWord.CacheEntries, store.Count);
            Own.Set(WorkerWord.CacheBytes, store.Bytes);
            Own.Set(WorkerWord.CacheEvicted, store.Evicted);
        }
    }
}
