using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Harness;

/// <summary>One site and one pair of daemons for the tests of a class or collection; subclasses write the site's files.</summary>
public abstract class PairFixture : IAsyncLifetime
{
    private DaemonPair? _pair;

    /// <summary>The files that both daemons read.</summary>
    public CourierSite Site { get; } = new();

    /// <summary>Both daemons.</summary>
    public DaemonPair Pair => _pair ?? throw new InvalidOperationException("the fixture is not initialised");

    /// <inheritdoc/>
    public virtual async Task InitializeAsync()
    {
        await PrepareAsync();
        _pair = await DaemonPair.StartAsync(Site);
    }

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (_pair is not null)
        {
            await _pair.DisposeAsync();
        }

        Site.Dispose();
    }

    /// <summary>Writes the site's configuration and data.</summary>
    protected abstract Task PrepareAsync();
}
