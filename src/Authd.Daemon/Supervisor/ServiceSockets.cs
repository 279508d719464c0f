using System.Net.Sockets;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;
using Authd.Daemon.Systemd;
using Authd.Linux.Files;
using Authd.Linux.Processes;

namespace Authd.Daemon.Supervisor;

/// <summary>
/// The listening sockets beside the daemon's own ([sasl] and [maps] of authdaemond.ini), in the supervisor. A socket is bound
/// when workers are started with it, and gets its name when these workers serve, so that a reload that fails changes nothing. One
/// that cannot be bound (its directory does not exist yet) is tried again at each check; the daemon serves without it.
/// </summary>
internal sealed class ServiceSockets(ServiceManager manager, InheritedSockets inherited, Log log) : IDisposable
{
    private readonly Dictionary<ServiceSocketSettings, Bound> _bound = [];
    private readonly Dictionary<string, string> _complaints = [];
    private LoadedConfiguration? _serving;

    /// <summary>A bound socket, its file, and whether it has its name.</summary>
    private sealed record Bound(Socket Socket, FileIdentity? File)
    {
        internal bool IsPublished { get; set; }
    }

    /// <summary>The sockets for workers with this configuration, with their sections.</summary>
    internal IReadOnlyList<(string Section, Socket Socket)> For(LoadedConfiguration configuration) =>
        [.. configuration.ServiceSockets.Where(TryBind).Select(one => (one.Section, _bound[one].Socket))];

    /// <summary>Workers with this configuration serve from now on: its sockets get their names, others are removed.</summary>
    internal void Serve(LoadedConfiguration configuration)
    {
        _serving = configuration;
        foreach (ServiceSocketSettings one in configuration.ServiceSockets.Where(TryBind))
        {
            TryPublish(one);
        }

        foreach (ServiceSocketSettings old in _bound.Keys.Except(configuration.ServiceSockets).ToArray())
        {
            Remove(old);
            if (configuration.ServiceSockets.All(one => one.Section != old.Section))
            {
                manager.Forget(old.Section);
            }
        }

        inherited.Dispose();
    }

    /// <summary>Checks whether mail servers can still reach the sockets. True:
    /// one had to be made, so new workers must be started for it.</summary>
    internal bool Look()
    {
        bool isNew = false;
        foreach (ServiceSocketSettings one in _serving?.ServiceSockets ?? [])
        {
            bool isThere = _bound.TryGetValue(one, out Bound? bound)
                && (!bound.IsPublished || FileIdentity.Of(one.Path) == bound.File);
            if (!isThere && bound is not null)
            {
                bound.Socket.Dispose(); // The workers have copies.
                _bound.Remove(one);
            }

            if (!isThere && TryBind(one) && TryPublish(one))
            {
                isNew = true;
                log.Warn($"[{one.Section}] {one.Path} was not there and has been made; workers are started on it");
            }
        }

        return isNew;
    }

    public void Dispose()
    {
        foreach (Bound bound in _bound.Values)
        {
            bound.Socket.Dispose();
        }
    }

    private bool TryBind(ServiceSocketSettings wanted)
    {
        if (_bound.ContainsKey(wanted))
        {
            return true;
        }

        if (FileOwner.Of(wanted.Path) == wanted.Owner && inherited.Take(wanted.Path) is { } kept)
        {
            _bound[wanted] = new Bound(kept, FileIdentity.Of(wanted.Path)) { IsPublished = true };
            return true;
        }

        return Try(wanted, () =>
        {
            Socket socket = ListenSocket.Prepare(wanted.Path, wanted.Owner.Mode, wanted.Owner);
            _bound[wanted] = new Bound(socket, FileIdentity.Of(ListenSocket.TemporaryName(wanted.Path)));
        });
    }

    private bool TryPublish(ServiceSocketSettings wanted)
    {
        Bound bound = _bound[wanted];
        if (bound.IsPublished)
        {
            return true;
        }

        bool published = Try(wanted, () => ListenSocket.Publish(wanted.Path));
        if (published)
        {
            bound.IsPublished = true;
            manager.Keep(bound.Socket, wanted.Section);
        }
        else
        {
            bound.Socket.Dispose();
            _bound.Remove(wanted);
        }

        return published;
    }

    private void Remove(ServiceSocketSettings old)
    {
        Bound bound = _bound[old];
        bound.Socket.Dispose();
        _bound.Remove(old);
        if (bound.IsPublished && FileIdentity.Of(old.Path) == bound.File)
        {
            Try(old, () =>
            {
                using TrustedFiles files = TrustedFiles.Beside(old.Path);
                files.Delete(Path.GetFileName(old.Path));
            });
        }
    }

    /// <summary>False: it failed, which is logged once.</summary>
    private bool Try(ServiceSocketSettings socket, Action action)
    {
        try
        {
            action();
            _complaints.Remove(socket.Path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string complaint = $"[{socket.Section}] listen = {socket.Path}: {ResourceLimit.Explain(e)}; no mail server can connect "
                + "there. The daemon serves on without it and tries again every second: make the directory as one of "
                + $"the socket's owner, or change [{socket.Section}] in authdaemond.ini and reload";
            if (_complaints.GetValueOrDefault(socket.Path) != complaint)
            {
                _complaints[socket.Path] = complaint;
                log.Err(complaint);
            }

            return false;
        }
    }
}
