// The real PAM process: this executable in another role, with a channel for requests and one for what modules print.
using System.Net.Sockets;
using System.Security.Cryptography;
using Authd.Core;
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>A child process of this worker.</summary>
/// <remarks>
/// What modules print goes into a socket that never blocks its writers and is read after the request: a flood stays in
/// the kernel's buffer, and what does not fit there is lost.
/// </remarks>
internal sealed class PamProcess : IPamProcess, IDisposable
{
    private const int MostOutput = 65536;
    private const int Kill = 9;

    private readonly NetworkStream _channel;
    private readonly Socket _output;

    private PamProcess(int pid, Socket channel, Socket output)
    {
        Pid = pid;
        _channel = new NetworkStream(channel, ownsSocket: true);
        _output = output;
    }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <inheritdoc/>
    public bool IsWaiting => !_channel.Socket.Poll(0, SelectMode.SelectRead);

    /// <inheritdoc/>
    public string Modules { get; private set; } = "";

    /// <summary>Starts one.</summary>
    /// <exception cref="LibcException">It cannot be started.</exception>
    internal static PamProcess Start()
    {
        (int channel, int theirChannel) = Descriptors.SocketPair();
        (int output, int theirOutput) = Descriptors.SocketPair();
        Socket channelSocket = new(new SafeSocketHandle(channel, ownsHandle: true));
        Socket outputSocket = new(new SafeSocketHandle(output, ownsHandle: true)) { Blocking = false };
        try
        {
            Descriptors.MakeNonBlocking(theirOutput);
            int pid = ChildProcess.Start(new ChildProgram(
                "/proc/self/exe",
                [PamRole.ProcessName, PamRole.Argument],
                WireEnvironment.Entries(WireEnvironment.Own),
                [theirChannel])
            {
                Output = theirOutput,
                Errors = theirOutput,
                NewSession = true,
            });
            return new PamProcess(pid, channelSocket, outputSocket);
        }
        catch
        {
            channelSocket.Dispose();
            outputSocket.Dispose();
            throw;
        }
        finally
        {
            Descriptors.Close(theirChannel);
            Descriptors.Close(theirOutput);
        }
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
                break; // Nothing more now (EAGAIN), or nobody is left who could write.
            }

            taken.Write(piece, 0, count);
        }

        return WireText.FromBytes(taken.GetBuffer().AsSpan(0, (int)taken.Length));
    }

    /// <inheritdoc/>
    public Task<ExitStatus> EndAsync()
    {
        Dispose();
        return ChildProcess.ReapAsync(Pid);
    }

    /// <summary>Kills it, with all that it has started: modules run programs, too.</summary>
    public void Dispose()
    {
        ChildProcess.Signal(-Pid, Kill);
        _channel.Dispose();
        _output.Dispose();
    }
}
