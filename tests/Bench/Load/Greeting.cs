// The lines that a client and a server exchange before the first request.
namespace Authd.Bench.Load;

/// <summary>The beginning of a connection, in protocols that have one.</summary>
/// <param name="Text">
/// The client's part, by the number of the connection; sent with the first request, since no server waits for an answer to its own.
/// </param>
/// <param name="Lines">How many lines the server's has.</param>
/// <param name="KeepsConnection">One connection for all requests of a client, or a new one for each.</param>
internal sealed record Greeting(Func<int, byte[]> Text, int Lines, bool KeepsConnection);
