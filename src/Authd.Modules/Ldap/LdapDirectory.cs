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

    private readonly LdapSettings _settings;
    private readonly LdapServers _servers;
    private readonly LanePool<LdapJob> _searches;
    private readonly LanePool<LdapJob> _binds;
    private readonly Log _log;

    /// <summary>Connects to nothing yet.</summary>
    public LdapDirectory(LdapSettings settings, LaneLimits limits, Log log)
    {
        (_settings, _log) = (settings, log);
        _servers = new LdapServers(settings, limits, log);
        _searches = new LanePool<LdapJob>(new LdapLanes(_servers, limits, bound: true, single: false), limits, log);
        _binds = new LanePool<LdapJob>(
            new LdapLanes(_servers, limits, bound: false, single: settings.ProtocolVersion == 2), limits, log);
    }

    /// <summary>Searches.</summary>
    /// <param name="query">What for.</param>
    /// <param name="announcement">The debug line with which it is sent.</param>
    /// <param name="deadline">Until when to wait.</param>
    /// <param name="cancel">The request's end.</param>
    public ValueTask<LdapResult> SearchAsync(
        LdapQuery query, string announcement, TimeSpan deadline, CancellationToken cancel) => RunAsync(
        _searches,
        (connection, left) =>
        {
            _log.Debug(announcement);
            TimeSpan limit = _settings.Timeout is { } given && given < left ? given : left;
            int code = connection.Search(query, MostEntries, limit, out List<LdapEntry> entries);
            return new LdapResult("ldap_search_ext_s", code, entries);
        },
        deadline,
        cancel);

    /// <summary>Whether <paramref name="password"/> is that of <paramref name="dn"/>: a bind as the user.</summary>
    public ValueTask<LdapResult> BindAsync(string dn, string password, TimeSpan deadline, CancellationToken cancel) =>
        RunAsync(_binds, (connection, _) => Bind(connection, dn, password), deadline, cancel);

    /// <summary>Changes a password, as the user where users bind, else as LDAP_BINDDN.</summary>
    public ValueTask<LdapResult> ChangeAsync(LdapPasswordChange change, TimeSpan deadline, CancellationToken cancel) =>
        _settings.BindsAsUser
            ? RunAsync(_binds, (connection, _) => ChangeAsUser(connection, change), deadline, cancel)
            : RunAsync(_searches, (connection, _) => change.Apply(connection), deadline, cancel);

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

    private static async ValueTask<LdapResult> RunAsync(
        LanePool<LdapJob> lanes, Func<LdapConnection, TimeSpan, LdapResult> work, TimeSpan deadline, CancellationToken cancel)
    {
        LdapJob job = new(work, deadline);
        lanes.Submit(job);
        return await job.Answer.WaitAsync(cancel);
    }

    /// <summary>Lists are rare and may wait long: each piece has a thread of its own.</summary>
    private static Task<T> OnThreadAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static LdapResult Bind(LdapConnection connection, string dn, string password) =>
        new("ldap_sasl_bind_s", connection.Bind(dn, password));

    private static LdapResult ChangeAsUser(LdapConnection connection, LdapPasswordChange change)
    {
        LdapResult bound = Bind(connection, change.Dn, change.OldPassword);
        return bound.Succeeded ? change.Apply(connection) : bound;
    }
}
