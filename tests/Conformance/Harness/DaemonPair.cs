// The C daemon and ours side by side on one site: the same files, byte for byte.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Harness;

/// <summary>Two daemons, asked the same things.</summary>
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
    public static async Task<DaemonPair> StartAsync(CourierSite site)
    {
        CDaemon c = await CDaemon.StartAsync(site);
        try
        {
            return new DaemonPair(c, await OurDaemon.StartAsync(site));
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

    /// <summary>
    /// Asserts that both reply the same bytes and end the connection the same way, with the one general exception of
    /// docs/DIFFERENCES.md: where the C daemon leaves input unread and resets the connection, ours closes it.
    /// </summary>
    /// <returns>The common reply.</returns>
    public async Task<string> AssertSameAsync(RawRequest request)
    {
        Replies replies = await AskAsync(request);
        Assert.Equal(replies.C with { Ending = Expected(replies.C.Ending) }, replies.Ours);
        return replies.C.Text;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        await C.DisposeAsync();
    }

    private static Ending Expected(Ending c) => c == Ending.Reset ? Ending.Closed : c;
}

/// <summary>The replies of both daemons to one request.</summary>
/// <param name="C">Debian's.</param>
/// <param name="Ours">This repository's.</param>
public sealed record Replies(RawReply C, RawReply Ours);
