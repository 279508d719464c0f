// The servers behind the cache, as its tests need them.
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Daemon.Cached;

/// <summary>
/// A server that knows the accounts <c>user0</c> to <c>user39</c>: password <c>pw-N</c> in clear text, uid 1000 + N, gid 1000, home
/// <c>/home/userN</c>.
/// </summary>
public interface ICachedServer
{
    /// <summary>How many accounts it has.</summary>
    const int Accounts = 40;

    /// <summary>The module that asks it.</summary>
    string Name { get; }

    /// <summary>The module answers CRAM from what a lookup has found.</summary>
    bool HasCram => true;

    /// <summary>More sections of authdaemond.ini.</summary>
    string Ini => "";

    /// <summary>Writes the module's files.</summary>
    void Configure(CourierSite site);

    /// <summary>From now on it cannot be reached.</summary>
    Task StopAsync();

    /// <summary>It is there again.</summary>
    Task StartAsync();
}
