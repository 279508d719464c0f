// A request and the only reply that counts as right.
namespace Authd.Bench.Load;

/// <summary>One request's bytes and the exact bytes that must come back before the end of the connection.</summary>
internal sealed record Exchange(byte[] Request, byte[] Reply);
