// The real PAM process: this executable in another role, with a channel for requests and one for the output of modules.
using System.Net.Sockets;
using System.Security.Cryptography;
using Authd.Core;
using Authd.Linux.Broker;
using Authd.Linux.Native;
using Authd.Linux.Processes;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>A child process of this worker, or of the broker where the worker is not root.</summary>
/// <remarks>
/// The output of modules goes into a socket that never blocks its writers and is read after the request. A flood stays in the
/// kernel's buffer; the rest of it is lost.
/// </remarks>
internal sealed class PamProcess : IPamProcess, IDisposable
{
    private const int MostOutput = 65536;

    private readonly NetworkStream _channel;
    private readonly Socket _output;
    private BrokeredProcess? _brokered;

    private PamProcess(int pid, int requests, int output)
    {
        Pid = pid;
        _channel = new NetworkStream(new Socket(new SafeSocketHandle(requests, ownsHandle: true)), ownsSocket: true);
        _output = new Socket(new SafeSocketHandle(output, ownsHandle: true)) { Blocking = false };
    }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <inheritdoc/>
    public bool IsWaiting => !_channel.Socket.Poll(0, SelectMode.SelectRead);

    /// <inheritdoc/>
    public string Modules { get; private set; } = "";

    /// <summary>Starts a process, or has the broker start it.</summary>
    /// <param name="helper">The program of <see cref="PamTask.RunHelper"/>; the broker has it from its own configuration.</param>
    /// <exception cref="LibcException">The process cannot be started.</exception>
    internal static PamProcess Start(string? helper)
    {
        if (BrokerClient.Current is { } broker)
        {
            BrokeredProcess brokered = broker.StartPam();
            return new PamProcess(brokered.Pid, brokered.Requests, brokered.Output) { _brokered = brokered };
        }

        (int pid, int requests, int output) = PamRole.Start(helper);
        return new PamProcess(pid, requests, output);
    }

    /// <inheritdoc/>
    public async Task<PamResult> AskAsync(PamRequest request, CancellationToken cancel)
    {
        Modules = "";
        byte[] message = request.ToMessage();
        try
        {
            await _channel.WriteAsync(message, cancel);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
            request.Wipe();
        }

        return await PamReplies.ReadAsync(_channel, modules => Modules = modules, cancel);
    }

    /// <inheritdoc/>
    public string TakeOutput()
    {
        using MemoryStream taken = new();
        byte[] piece = new byte[4096];
        while (taken.Length < MostOutput)
        {
            int count = _output.Receive(piece, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success || count == 0)
            {
                break; // Nothing more at present (EAGAIN), or no writer is left.
            }

            taken.Write(piece, 0, count);
        }

        return WireText.FromBytes(taken.GetBuffer().AsSpan(0, (int)taken.Length));
    }

    /// <inheritdoc/>
    public async Task<ExitStatus?> EndAsync()
    {
        Dispose();
        return _brokered is null ? await ChildProcess.ReapAsync(Pid) : await _brokered.EndAsync();
    }

    /// <summary>Kills it and its descendants, because modules run programs, too. The broker kills its own children.</summary>
    public void Dispose()
    {
        if (_brokered is null)
        {
            PamRole.Kill(Pid);
        }

        _channel.Dispose();
        _output.Dispose();
    }
}
