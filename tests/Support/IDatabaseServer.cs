// What tests of outages do to a database server.
namespace Authd.Tests.Support;

/// <summary>A running server.</summary>
public interface IDatabaseServer : IAsyncDisposable
{
    /// <summary>Starts the stopped server and waits until it answers.</summary>
    Task StartAsync();

    /// <summary>Stops the server; sessions are ended.</summary>
    Task StopAsync();

    /// <summary>Stops it in its tracks: connections are accepted by the kernel, nothing ever answers.</summary>
    Task FreezeAsync();

    /// <summary>Lets a frozen server go on.</summary>
    void Thaw();

    /// <summary>Runs SQL as the server's administrator and returns what it prints, trimmed.</summary>
    Task<string> SqlAsync(string sql);
}
