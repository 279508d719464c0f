// The servers that a module's file names, for a check that tries them.
using Authd.Core.Configuration;

namespace Authd.Core.Chain;

/// <summary>The result of <see cref="ModuleDescriptor.LoadRcFile"/> for a file that names servers.</summary>
public interface ITriable : IAsyncDisposable
{
    /// <summary>
    /// Connects with each server, has it look at all that will be asked of it, and says how that went: at least one finding a server.
    /// Nothing is changed there. No server holds it up for longer than a request would wait.
    /// </summary>
    IAsyncEnumerable<Finding> TryAsync();
}
