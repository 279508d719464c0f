// The start of a broker: the same executable with this argument and descriptor.
namespace Authd.Daemon.Broker;

/// <summary>The constants that supervisor and broker share.</summary>
public static class BrokerRole
{
    /// <summary>argv[1] of a broker.</summary>
    public const string Argument = "--broker";

    /// <summary>The descriptor for the supervisor's messages. It is closed when the supervisor ends.</summary>
    internal const int Control = 3;

    /// <summary>First byte of the supervisor's message with a worker's socket; the worker's pid follows.</summary>
    internal const byte NewWorker = (byte)'W';

    /// <summary>A request of the supervisor for a sign of life; the answer is the same byte.</summary>
    internal const byte Beat = (byte)'B';
}
