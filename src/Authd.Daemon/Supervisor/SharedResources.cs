// The supervisor's resources for all workers besides the public socket: shared memory, the control socket, the metrics socket.
using System.Net.Sockets;
using Authd.Core.Cache;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Daemon.Configuration;
using Authd.Daemon.Control;
using Authd.Daemon.Metrics;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Processes;

namespace Authd.Daemon.Supervisor;

/// <summary>
/// The daemon serves without any of them: one that cannot be made is logged once and left out. The supervisor never reads from
/// the two sockets; workers accept on them.
/// </summary>
/// <param name="log">The log.</param>
public sealed class SharedResources(Log log) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = (UnixFileMode)0x1b6; // 0666: the directory decides about access

    private readonly SharedMemory? _memory = CreateMemory(log);
    private readonly HashSet<string> _said = [];
    private LoadedConfiguration? _followed;
    private SharedMemory? _cache;
    private Socket? _control;
    private Socket? _metrics;
    private string? _controlPath;
    private FileIdentity? _controlFile;
    private MetricsAddress? _metricsAddress;

    /// <summary>The counters; <c>null</c> without memory for them.</summary>
    public CounterMemory? Counters => _memory is null ? null : new CounterMemory(_memory.Memory[ChangeTable.Words..]);

    /// <summary>The descriptors for a worker, by name.</summary>
    internal IReadOnlyList<(string Name, int Descriptor)> Further
    {
        get
        {
            List<(string, int)> further = [];
            if (_memory is not null)
            {
                further.Add((WorkerRole.MemoryName, _memory.Descriptor));
            }

            if (_cache is not null)
            {
                further.Add((WorkerRole.CacheName, _cache.Descriptor));
            }

            if (_control is not null)
            {
                further.Add((WorkerRole.ControlName, Descriptor(_control)));
            }

            if (_metrics is not null)
            {
                further.Add((WorkerRole.MetricsName, Descriptor(_metrics)));
            }

            return further;
        }
    }

    /// <summary>The size of the memory for the cache, in words.</summary>
    internal int CacheWords { get; private set; }

    /// <summary>The size of the memory in words.</summary>
    internal static int Words => ChangeTable.Words + CounterMemory.Words;

    /// <summary>Makes the resources of <paramref name="configuration"/> before one of its workers is started.</summary>
    internal void Follow(LoadedConfiguration configuration)
    {
        if (configuration == _followed)
        {
            return;
        }

        if (_followed is not null)
        {
            Counters?.CountReload();
        }

        _followed = configuration;
        Counters?.Name(configuration.Settings.ModuleNames);
        MakeCache(CacheSettings.Read(configuration.Ini));
        string path = ControlSocket.PathBeside(configuration.SocketPath);
        if (_control is null || path != _controlPath)
        {
            _control?.Dispose();
            _controlPath = path;
            _control = TryBind(path, () => ListenSocket.Create(path, OwnerOnly));
            _controlFile = FileIdentity.Of(path);
        }

        MetricsAddress? address = MetricsAddress.Read(configuration.Ini);
        if (address != _metricsAddress || (address is not null && _metrics is null))
        {
            CloseMetrics();
            _metricsAddress = address;
            _metrics = address is null ? null : TryBind(address.ToString(), () => Listen(address));
        }
    }

    /// <summary>The state directory has been made again, so the sockets in it must be, too, for the next worker.</summary>
    internal void Forget()
    {
        _control?.Dispose();
        _control = null;
        _followed = null;
        CloseMetrics();
        _metricsAddress = null;
    }

    /// <summary>A slot for a worker that is about to be started; 0: none is free.</summary>
    internal int TakeSlot()
    {
        int slot = Counters?.Take(pid: -1, DateTimeOffset.UtcNow) ?? 0;
        if (slot == 0 && _memory is not null && _said.Add("slots"))
        {
            log.Warn($"there are more than {CounterMemory.Slots} workers: `authdaemond stats` does not count the others");
        }

        return slot;
    }

    /// <summary>Returns the slot of a worker that could not be started.</summary>
    internal void FreeSlot(int slot) => Counters?.Free(slot);

    /// <summary>A worker has ended.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="wasDismissed">It was told to leave and is not replaced.</param>
    internal void Ended(int slot, bool wasDismissed)
    {
        FreeSlot(slot);
        if (!wasDismissed)
        {
            Counters?.CountRestart();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Another daemon may have made the name again meanwhile. Its socket stays, as a public socket always does.
        if (_controlPath is { } path && _control is not null && FileIdentity.Of(path) == _controlFile)
        {
            Remove(path);
        }

        _control?.Dispose();
        _metrics?.Dispose();
    }

    private static Socket Listen(MetricsAddress address)
    {
        if (address.Path is { } path)
        {
            return ListenSocket.Create(path, Everybody);
        }

        Socket socket = new(address.EndPoint!.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(address.EndPoint);
            socket.Listen();
            socket.Blocking = false;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void CloseMetrics()
    {
        _metrics?.Dispose();
        _metrics = null;
        if (_metricsAddress?.Path is { } path)
        {
            Remove(path);
        }
    }

    private Socket? TryBind(string what, Func<Socket> bind)
    {
        try
        {
            return bind();
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            if (_said.Add(what))
            {
                log.Err($"{what}: cannot listen there: {ResourceLimit.Explain(e)}; the daemon serves without it");
            }

            return null;
        }
    }

    /// <summary>Makes a new cache for each configuration, so that it holds no answer from another one.</summary>
    private void MakeCache(CacheSettings settings)
    {
        if (_cache is { } old)
        {
            Descriptors.Close(old.Descriptor); // The workers that have it use it until they leave.
            old.Unmap();
        }

        _cache = null;
        CacheWords = 0;
        if (!settings.IsOn || _memory is null)
        {
            return;
        }

        try
        {
            int words = (int)(settings.Size / sizeof(long));
            _cache = SharedMemory.Create("cache", words);
            AnswerStore.Prepare(_cache.GetSpan(), KernelRandom.Words(AnswerStore.KeyWords));
            CacheWords = words;
        }
        catch (LibcException e)
        {
            log.Err($"no memory for [cache] size = {settings.Size}: {ResourceLimit.Explain(e)}; the daemon serves without a cache");
        }
    }

    private static SharedMemory? CreateMemory(Log log)
    {
        try
        {
            SharedMemory memory = SharedMemory.Create("authdaemond", Words);
            ChangeTable.Prepare(memory.GetSpan()[..ChangeTable.Words], KernelRandom.Words(ChangeTable.KeyWords));
            CounterMemory.Prepare(memory.GetSpan()[ChangeTable.Words..], DateTimeOffset.UtcNow);
            return memory;
        }
        catch (LibcException e)
        {
            log.Err($"no shared memory: {ResourceLimit.Explain(e)}; the daemon serves without counters (authdaemond stats) and without [cache]");
            return null;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            using TrustedFiles files = TrustedFiles.Beside(path);
            files.Delete(Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its directory is gone, and the socket with it.
        }
    }

    private static int Descriptor(Socket socket) => (int)socket.SafeHandle.DangerousGetHandle();
}
