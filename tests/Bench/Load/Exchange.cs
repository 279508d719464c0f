namespace Authd.Bench.Load;

/// <summary>A request and the exact reply that counts as right.</summary>
/// <param name="Request">The request, sent at once.</param>
/// <param name="Reply">All bytes before the end of the connection.</param>
/// <param name="Lines">
/// 0: the server closes after its reply. Else the server does not close: the reply has this many lines, and only its end, which is
/// <paramref name="Reply"/>, is known beforehand (Dovecot greets with its process number).
/// </param>
internal sealed record Exchange(byte[] Request, byte[] Reply, int Lines = 0);
