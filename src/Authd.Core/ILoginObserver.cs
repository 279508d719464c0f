// An entry of authmodulelist that answers no request, but hears of the logins that the modules have accepted.
namespace Authd.Core;

/// <summary>Hears of accepted logins (AUTH, not lookups) before the client has its reply.</summary>
public interface ILoginObserver : IAsyncDisposable
{
    /// <summary>A login was accepted. Runs on the event loop: it may not block, and does not throw.</summary>
    /// <param name="context">The login's service and client address.</param>
    void Accepted(RequestContext context);
}
