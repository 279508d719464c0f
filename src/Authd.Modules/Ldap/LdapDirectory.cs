// The directory as the module sees it: operations that do not block, and their limits.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>
/// The servers of one configuration. Searches have connections of their own, so that they never wait for a slow bind; a
/// list has one for itself.
/// </summary>
internal sealed class LdapDirectory : IAsyncDisposable
{
    /// <summary>More than one entry is too many; the log tells how many, up to this.</summary>
    private const int MostEntries = 100;

    /// <summary>Servers read no further where too many requests of a connection are under way (OpenLDAP: 100).</summary>
    private const int SearchesAtOnce = 64;

    /// <summary>A bind has a connection to itself, and servers take their time with some passwords.</summary>
    private const int BindsForEachSearcher = 4;

    private readonly LdapSettings _settings;
    private readonly LdapServers _servers;
    private readonly LdapPool _searches;
    private readonly LdapPool _binds;
    private readonly Log _log;

    /// <summary>Connects to nothing yet.</summary>
    public LdapDirectory(LdapSettings settings, LaneLimits limits, Log log)
    {
        (_settings, _log) = (settings, log);
        _servers = new LdapServers(settings, limits, log);
        _searches = new LdapPool(_servers, limits, new LdapUse(IsBound: true, SearchesAtOnce, IsSingle: false), log);

        LaneLimits many = limits with { Connections = BindsForEachSearcher * limits.Connections };
        _binds = new LdapPool(
            _servers, many, new LdapUse(IsBound: false, AtOnce: 1, IsSingle: settings.ProtocolVersion == 2), log);
    }

    /// <summary>Searches.</summary>
    /// <param name="query">What for.</param>
    /// <param name="announcement">The debug line with which it is sent.</param>
    /// <param name="deadline">Until when to wait.</param>
    /// <param name="cancel">The request's end.</param>
    public Task<LdapResult> SearchAsync(
        LdapQuery query, string announcement, long deadline, CancellationToken cancel)
    {
        int Send(LdapConnection connection, TimeSpan limit, out int id)
        {
            _log.Debug(announcement);
            return connection.SendSearch(query, MostEntries, limit, out id);
        }

        return RunAsync(_searches, [new LdapOperation("ldap_search_ext_s", Send, _settings.Timeout)], deadline, cancel);
    }

    /// <summary>Whether <paramref name="password"/> is that of <paramref name="dn"/>: a bind as the user.</summary>
    public Task<LdapResult> BindAsync(string dn, string password, long deadline, CancellationToken cancel) =>
        RunAsync(_binds, [Bind(dn, password)], deadline, cancel);

    /// <summary>Changes a password, as the user where users bind, else as LDAP_BINDDN.</summary>
    public Task<LdapResult> ChangeAsync(LdapPasswordChange change, long deadline, CancellationToken cancel)
    {
        IEnumerable<LdapOperation> changes = change.Operations(_servers.Timeout);
        return _settings.BindsAsUser
            ? RunAsync(_binds, [Bind(change.Dn, change.OldPassword), .. changes], deadline, cancel)
            : RunAsync(_searches, [.. changes], deadline, cancel);
    }

    /// <summary>All entries that match.</summary>
    /// <exception cref="EnumerationFailedException">They cannot all be had; logged.</exception>
    public async IAsyncEnumerable<LdapEntry> ListAsync(LdapQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (await OnThreadAsync(() => _servers.Open(bound: true)) is not { } opened)
        {
            throw new EnumerationFailedException(Reasons.BackendAway);
        }

        using LdapConnection connection = opened.Connection;
        LdapPages pages = connection.SearchPaged(query, paged: _settings.ProtocolVersion != 2);
        while (!pages.IsAtEnd)
        {
            cancel.ThrowIfCancellationRequested();
            (int code, List<LdapEntry> entries) = await OnThreadAsync(() => (pages.Read(out List<LdapEntry> read), read));
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
    }

    private static Task<LdapResult> RunAsync(
        LdapPool pool, LdapOperation[] operations, long deadline, CancellationToken cancel)
    {
        LdapRequest request = new(operations, deadline);
        pool.Submit(request);
        return request.Answer.WaitAsync(cancel);
    }

    /// <summary>Lists are rare and may wait long: each piece has a thread of its own.</summary>
    private static Task<T> OnThreadAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private LdapOperation Bind(string dn, string password) => new(
        "ldap_sasl_bind_s",
        (LdapConnection connection, TimeSpan _, out int id) => connection.SendBind(dn, password, out id),
        _servers.Timeout);
}
