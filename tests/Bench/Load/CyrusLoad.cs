// Logins as an smtpd with Cyrus SASL makes them: its library asks the daemon, by a new connection each time.
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Authd.Bench.Load;

/// <summary>One thread a client, each with libsasl2's server calls for PLAIN. The library reads its configuration once a process.</summary>
internal sealed unsafe partial class CyrusLoad : ILoad
{
    private const string Library = "libsasl2.so.2";
    private const string Application = "bench";
    private const int ConfigurationPath = 1; // SASL_PATH_TYPE_CONFIG
    private const int Right = 0; // SASL_OK

    private static string? _socket;

    private readonly byte[][] _responses;
    private int _next = -1;

    /// <summary>Logins with these PLAIN responses, all of which are right.</summary>
    /// <param name="socket">The daemon's socket, the same for the whole process.</param>
    /// <param name="directory">For the library's configuration.</param>
    /// <param name="responses">RFC 4616 messages.</param>
    internal CyrusLoad(string socket, string directory, byte[][] responses)
    {
        _responses = responses;
        if (_socket is null)
        {
            File.WriteAllText(
                Path.Combine(directory, Application + ".conf"),
                $"pwcheck_method: authdaemond\nauthdaemond_path: {socket}\nmech_list: PLAIN\n");
            ShareBetweenThreads();
            Check(sasl_set_path(ConfigurationPath, directory));

            // The library keeps the pointer for as long as the process lives.
            Check(sasl_server_init(0, Marshal.StringToCoTaskMemUTF8(Application)));
            _socket = socket;
        }

        if (_socket != socket)
        {
            throw new InvalidOperationException("Cyrus SASL asks one daemon for the whole life of a process");
        }
    }

    /// <inheritdoc/>
    public LoadResult Run(int clients, TimeSpan duration, TimeSpan patience, int limit = int.MaxValue)
    {
        long begin = Stopwatch.GetTimestamp();
        long end = begin + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        int started = 0;
        int wrong = 0;
        List<long>[] latencies = [.. Enumerable.Range(0, clients).Select(static _ => new List<long>(1 << 16))];
        Thread[] threads =
        [
            .. latencies.Select(own => new Thread(() =>
            {
                long now = Stopwatch.GetTimestamp();
                while (now < end && Interlocked.Increment(ref started) <= limit)
                {
                    long before = now;
                    bool right = LogIn();
                    now = Stopwatch.GetTimestamp();
                    if (right)
                    {
                        own.Add((long)((now - before) * (1e9 / Stopwatch.Frequency)));
                    }
                    else
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            })),
        ];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        return new LoadResult(wrong, 0, Stopwatch.GetElapsedTime(begin), [.. latencies.SelectMany(static own => own).Order()]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The library stays as it is for the next round.
    }

    private bool LogIn()
    {
        byte[] response = _responses[(uint)Interlocked.Increment(ref _next) % (uint)_responses.Length];
        if (sasl_server_new("smtp", "bench", null, null, null, 0, 0, out nint connection) != Right)
        {
            return false;
        }

        fixed (byte* message = response)
        {
            int result = sasl_server_start(connection, "PLAIN", message, (uint)response.Length, out _, out _);
            sasl_dispose(ref connection);
            return result == Right;
        }
    }

    /// <summary>Without the application's mutexes the library has none.</summary>
    private static void ShareBetweenThreads()
    {
        nint libc = NativeLibrary.Load("libc.so.6");
        sasl_set_mutex(
            &NewMutex,
            NativeLibrary.GetExport(libc, "pthread_mutex_lock"),
            NativeLibrary.GetExport(libc, "pthread_mutex_unlock"),
            NativeLibrary.GetExport(libc, "free"));
    }

    /// <summary>glibc's PTHREAD_MUTEX_INITIALIZER is all zeros, in 40 bytes on x64 and 48 on arm64.</summary>
    [UnmanagedCallersOnly]
    private static nint NewMutex() => (nint)NativeMemory.AllocZeroed(64);

    private static void Check(int result)
    {
        if (result != Right)
        {
            throw new InvalidOperationException($"libsasl2 does not start: {result}");
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sasl_set_path(int type, string path);

    [LibraryImport(Library)]
    private static partial void sasl_set_mutex(delegate* unmanaged<nint> make, nint take, nint release, nint end);

    [LibraryImport(Library)]
    private static partial int sasl_server_init(nint callbacks, nint application);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sasl_server_new(
        string service, string host, string? realm, string? localAddress, string? remoteAddress, nint callbacks, uint flags, out nint connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sasl_server_start(
        nint connection, string mechanism, byte* response, uint length, out nint challenge, out uint challengeLength);

    [LibraryImport(Library)]
    private static partial void sasl_dispose(ref nint connection);
}
