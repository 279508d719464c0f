using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Harness;

/// <summary>The C daemon and ours side by side on the same files, which get the same requests.</summary>
public sealed class DaemonPair : IAsyncDisposable
{
    private DaemonPair(IAuthDaemon c, IAuthDaemon ours)
    {
        C = c;
        Ours = ours;
    }

    /// <summary>Debian's.</summary>
    public IAuthDaemon C { get; }

    /// <summary>This repository's.</summary>
    public IAuthDaemon Ours { get; }

    /// <summary>Starts both on <paramref name="site"/>.</summary>
    public static Task<DaemonPair> StartAsync(CourierSite site) => StartAsync(site, site);

    /// <summary>Starts each on a site of its own: for requests that change the site's data.</summary>
    public static async Task<DaemonPair> StartAsync(CourierSite cSite, CourierSite ourSite)
    {
        CDaemon c = await CDaemon.StartAsync(cSite);
        try
        {
            return new DaemonPair(c, await OurDaemon.StartAsync(ourSite));
        }
        catch
        {
            await c.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks both at the same time.</summary>
    public async Task<Replies> AskAsync(RawRequest request)
    {
        Task<RawReply> c = RawClient.AskAsync(C.SocketPath, request);
        Task<RawReply> ours = RawClient.AskAsync(Ours.SocketPath, request);
        return new Replies(await c, await ours);
    }

    /// <summary>Asserts that both replies and both ends of the connection are the same (<see cref="Replies.AreSame"/>).</summary>
    /// <returns>The common reply.</returns>
    public async Task<string> AssertSameAsync(RawRequest request)
    {
        Replies replies = await AskAsync(request);
        Assert.Equal(replies.Expected, replies.Ours);
        return replies.C.Text;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        await C.DisposeAsync();
    }
}

/// <summary>The replies of both daemons to one request.</summary>
/// <param name="C">Debian's.</param>
/// <param name="Ours">This repository's.</param>
public sealed record Replies(RawReply C, RawReply Ours)
{
    /// <summary>
    /// Our expected reply, which is the C daemon's, with the one general exception of docs/DIFFERENCES.md: where the C daemon
    /// leaves input unread and resets the connection, ours closes it.
    /// </summary>
    public RawReply Expected => C.Ending == Ending.Reset ? C with { Ending = Ending.Closed } : C;

    /// <summary>Whether ours is as <see cref="Expected"/>.</summary>
    public bool AreSame => Ours == Expected;
}
