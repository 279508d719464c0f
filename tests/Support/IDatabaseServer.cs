namespace Authd.Tests.Support;

/// <summary>A running database server, for tests of outages.</summary>
public interface IDatabaseServer : IAsyncDisposable
{
    /// <summary>Starts the stopped server and waits until it answers.</summary>
    Task StartAsync();

    /// <summary>Stops the server; sessions are ended.</summary>
    Task StopAsync();

    /// <summary>Freezes the server: the kernel accepts connections, but they get no answer.</summary>
    Task FreezeAsync();

    /// <summary>Resumes a frozen server.</summary>
    void Thaw();

    /// <summary>Runs SQL as the server's administrator and returns its output, trimmed.</summary>
    Task<string> SqlAsync(string sql);
}
