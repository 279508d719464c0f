using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Linux.Ldap;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>
/// The directory for the module: non-blocking operations on the servers of one configuration, and their limits. Searches have
/// connections of their own, so that they never wait for a slow bind; so does each list.
/// </summary>
internal sealed class LdapDirectory : IAsyncDisposable
{
    /// <summary>More than one entry is too many; the log gives their number up to this limit.</summary>
    private const int MostEntries = 100;

    /// <summary>Servers stop reading when too many requests of a connection are under way (OpenLDAP: 100).</summary>
    private const int SearchesAtOnce = 64;

    /// <summary>A bind needs a connection of its own, and servers take long to check some passwords.</summary>
    private const int BindsForEachSearcher = 4;

    /// <summary>Servers have their own share of the time of an answer; this is beyond them all.</summary>
    private static readonly TimeSpan ConnectGrace = TimeSpan.FromSeconds(1);

    private readonly LdapSettings _settings;
    private readonly LdapServers _servers;
    private readonly ConnectionPool<LdapRequest> _searches;
    private readonly ConnectionPool<LdapRequest> _binds;
    private readonly Lazy<ConnectionPool<LdapRequest>>[] _writers;
    private readonly Log _log;
    private ConnectionPool<LdapRequest>? _writer;

    /// <summary>Connects to nothing yet.</summary>
    public LdapDirectory(LdapSettings settings, PoolLimits limits, Log log, ModuleCounters counters)
    {
        (_settings, _log) = (settings, log);
        _servers = new LdapServers(settings, limits, log);
        _searches = Pool(_servers, limits, new LdapUse(IsBound: true, SearchesAtOnce, IsSingle: false));
        _binds = Pool(
            _servers, limits with { Connections = BindsForEachSearcher * limits.Connections },
            new LdapUse(IsBound: false, AtOnce: 1, IsSingle: settings.ProtocolVersion == 2));

        LdapUse writing = new(IsBound: !settings.BindsAsUser, AtOnce: 1, IsSingle: settings.BindsAsUser && settings.ProtocolVersion == 2);
        _writers = settings.Uris.Count == 1 ? [] : [.. settings.Uris.Select(uri => new Lazy<ConnectionPool<LdapRequest>>(
            () => Pool(new LdapServers(settings with { Uris = [uri] }, limits, log), limits with { Connections = 1 }, writing)))];

        ConnectionPool<LdapRequest> Pool(LdapServers servers, PoolLimits most, LdapUse use) =>
            new(new LdapSource(servers, use, limits.AnswerTimeout + ConnectGrace), most, log) { Counters = counters };
    }

    /// <summary>Where connections come from.</summary>
    public LdapServers Servers => _servers;

    /// <summary>Why there is no server to ask: one of <see cref="Reasons"/>.</summary>
    public string Absence => _servers.Refuses ? Reasons.ServerRefused : Reasons.BackendAway;

    /// <summary>Searches.</summary>
    /// <param name="query">The search.</param>
    /// <param name="announcement">The debug line for it.</param>
    /// <param name="deadline">The end of the wait.</param>
    /// <param name="cancel">Cancelled at the request's end.</param>
    public Task<LdapResult> SearchAsync(
        LdapQuery query, string announcement, TimeSpan deadline, CancellationToken cancel)
    {
        int Send(LdapConnection connection, TimeSpan limit, out int id)
        {
            _log.Debug(announcement);
            return connection.SendSearch(query, MostEntries, limit, out id);
        }

        return RunAsync(_searches, [new LdapOperation("ldap_search_ext_s", Send, _settings.Timeout)], deadline, cancel);
    }

    /// <summary>Checks by a bind as the user whether <paramref name="password"/> is that of <paramref name="dn"/>.</summary>
    public Task<LdapResult> BindAsync(string dn, string password, TimeSpan deadline, CancellationToken cancel) =>
        RunAsync(_binds, [Bind(dn, password)], deadline, cancel);

    /// <summary>
    /// Changes a password, as the user where users bind, else as LDAP_BINDDN. A server that answers searches may be a copy that
    /// takes no changes. The others are then asked in turn, and the one that takes it gets the next change at once.
    /// </summary>
    public async Task<LdapResult> ChangeAsync(LdapPasswordChange change, TimeSpan deadline, CancellationToken cancel)
    {
        LdapOperation[] operations = [.. change.Operations(_servers.Timeout)];
        if (_settings.BindsAsUser)
        {
            operations = [Bind(change.Dn, change.OldPassword), .. operations];
        }

        ConnectionPool<LdapRequest> usual = _settings.BindsAsUser ? _binds : _searches;
        ConnectionPool<LdapRequest> first = Volatile.Read(ref _writer) ?? usual;
        LdapResult result = await RunAsync(first, operations, deadline, cancel);
        if (result.Succeeded)
        {
            return result;
        }

        // It may be a copy by now, or gone for good.
        Volatile.Write(ref _writer, null);
        if (!IsOfCopy(result))
        {
            return result;
        }

        foreach (Lazy<ConnectionPool<LdapRequest>> writer in _writers)
        {
            LdapResult other = await RunAsync(writer.Value, operations, deadline, cancel);
            if (other.Succeeded)
            {
                Volatile.Write(ref _writer, writer.Value);
            }

            if (other == LdapResult.Away)
            {
                result = other; // perhaps the very one that takes changes
            }
            else if (!IsOfCopy(other))
            {
                return other;
            }
        }

        return result;
    }

    /// <summary>All entries that match.</summary>
    /// <exception cref="EnumerationFailedException">The list ends early; logged.</exception>
    public async IAsyncEnumerable<LdapEntry> ListAsync(LdapQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (await OwnThread.RunAsync(() => _servers.Open(bound: true)) is not { } opened)
        {
            throw new EnumerationFailedException(Absence);
        }

        using LdapConnection connection = opened.Connection;
        LdapPages pages = connection.SearchPaged(query, paged: _settings.ProtocolVersion != 2);
        while (!pages.IsAtEnd)
        {
            cancel.ThrowIfCancellationRequested();
            (int code, List<LdapEntry> entries) = await OwnThread.RunAsync(() => (pages.Read(out List<LdapEntry> read), read));
            if (code != LdapCode.Success)
            {
                string details = pages.Details is { } said ? $" ({said})" : "";
                _log.Err($"ldap_search_ext failed: {LdapCode.Text(code)}{details} [{opened.Server.Uri}]: the list is incomplete");
                throw new EnumerationFailedException(LdapCode.Text(code));
            }

            foreach (LdapEntry entry in entries)
            {
                yield return entry;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _searches.DisposeAsync();
        await _binds.DisposeAsync();
        foreach (Lazy<ConnectionPool<LdapRequest>> writer in _writers.Where(static writer => writer.IsValueCreated))
        {
            await writer.Value.DisposeAsync();
        }
    }

    /// <summary>The server has done nothing, and another one may do it.</summary>
    private static bool IsOfCopy(LdapResult result) => result.Code is LdapCode.Referral or LdapCode.UnwillingToPerform;

    private static Task<LdapResult> RunAsync(
        ConnectionPool<LdapRequest> pool, LdapOperation[] operations, TimeSpan deadline, CancellationToken cancel)
    {
        LdapRequest request = new(operations, deadline);
        pool.Submit(request);
        return request.Answer.WaitAsync(cancel);
    }

    private LdapOperation Bind(string dn, string password) => new(
        "ldap_sasl_bind_s",
        (LdapConnection connection, TimeSpan _, out int id) => connection.SendBind(dn, password, out id),
        _servers.Timeout);
}
