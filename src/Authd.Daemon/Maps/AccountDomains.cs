using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Daemon.Configuration;

namespace Authd.Daemon.Maps;

/// <summary>
/// The domains of all accounts. Modules can be asked for an account, but not for a domain, so a list of all accounts is needed.
/// It is made when it is first needed, and again in the background when it has become old.
/// </summary>
internal sealed class AccountDomains(ModuleChain chain, MapSettings settings, Log log)
{
    /// <summary>The longest wait for a list. A list of very many accounts may take longer than Postfix waits; the next request
    /// finds it done.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LongestList = TimeSpan.FromMinutes(5);

    private readonly Lock _sync = new();
    private Found? _found;
    private Task<Found?>? _listing;
    private bool _saidIncomplete;
    private long _notBefore;

    /// <summary>The result of a list.</summary>
    /// <param name="Names">The domains, in lower case.</param>
    /// <param name="IsComplete">All modules can list their accounts.</param>
    /// <param name="Made">The time of the list (<see cref="Environment.TickCount64"/>).</param>
    private sealed record Found(HashSet<string> Names, bool IsComplete, long Made);

    /// <summary>Whether accounts of this domain exist; <c>null</c>: not known now.</summary>
    internal async ValueTask<bool?> ContainsAsync(string domain)
    {
        if (settings.Domains.Count > 0)
        {
            return settings.Domains.Contains(domain);
        }

        Task<Found?>? listing = ListIfOld();
        if (_found is null && listing is not null)
        {
            try
            {
                await listing.WaitAsync(LongestWait);
            }
            catch (TimeoutException)
            {
                log.Warn($"[maps] the list of all accounts, from which domains are taken, takes longer than {LongestWait.TotalSeconds} s; "
                    + "[maps] domains can name them instead");
            }
        }

        return _found is not { } found ? null
            : found.Names.Contains(domain.ToLowerInvariant()) ? true
            : found.IsComplete ? false : null;
    }

    private Task<Found?>? ListIfOld()
    {
        long now = Environment.TickCount64;
        lock (_sync)
        {
            bool isOld = _found is not { } found || now - found.Made > (long)settings.DomainsAge.TotalMilliseconds;
            if (_listing is { IsCompleted: false } || !isOld || now < _notBefore)
            {
                return _listing;
            }

            _notBefore = now + 1000; // After a failure, not for each request.
            return _listing = Task.Run(ListAsync);
        }
    }

    private async Task<Found?> ListAsync()
    {
        using CancellationTokenSource limit = new(LongestList);
        HashSet<string> names = new(StringComparer.Ordinal);
        List<string> silent = [];
        foreach (IAuthModule module in chain.Modules)
        {
            try
            {
                if (module.EnumerateAsync(limit.Token) is not { } accounts)
                {
                    silent.Add(module.Name);
                    continue;
                }

                await foreach (Account account in accounts)
                {
                    if (account.Address is { } address && address.LastIndexOf('@') is >= 0 and var at)
                    {
                        names.Add(address[(at + 1)..].ToLowerInvariant());
                    }
                }
            }
            catch (Exception e)
            {
                log.Err($"[maps] {module.Name}: the list of accounts, from which domains are taken, ended early: {e.Message}");
                return null; // The previous list stays in use.
            }
        }

        if (silent.Count > 0 && !_saidIncomplete)
        {
            _saidIncomplete = true;
            log.Warn($"[maps] {string.Join(' ', silent)} cannot list accounts: Postfix gets a temporary failure for each domain that no "
                + "other module has; name the domains in [maps] domains");
        }

        return _found = new Found(names, silent.Count == 0, Environment.TickCount64);
    }
}
