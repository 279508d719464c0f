// The replies of a PAM process to its worker: first the names of the loaded modules, then the result.
namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>Writes and reads the replies to one request: each is a length and that many bytes.</summary>
public static class PamReplies
{
    private const int MaxBytes = 1 << 16;

    private enum Kind : byte
    {
        Modules,
        Result,
    }

    /// <summary>Names the loaded modules, so that the log can name them if one hangs or crashes.</summary>
    public static void WriteModules(Stream channel, string modules) => Write(channel, writer =>
    {
        writer.Write((byte)Kind.Modules);
        writer.Write(modules);
    });

    /// <summary>Answers the request.</summary>
    public static void WriteResult(Stream channel, PamResult result) => Write(channel, writer =>
    {
        writer.Write((byte)Kind.Result);
        writer.Write(result.Step);
        writer.Write(result.Code);
        writer.Write(result.Description);
        writer.Write(result.FailureDelay);
        writer.Write(result.Modules);
        writer.Write(result.Changes);
    });

    /// <summary>Waits for the result.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="modulesLoaded">Called when the modules are known.</param>
    /// <param name="cancel">Cancels; the channel cannot be used any more.</param>
    /// <exception cref="IOException">The process has ended or sent a malformed reply.</exception>
    public static async Task<PamResult> ReadAsync(Stream channel, Action<string> modulesLoaded, CancellationToken cancel)
    {
        while (true)
        {
            using BinaryReader reader = await ReadMessageAsync(channel, cancel);
            if (TryParse(reader, modulesLoaded) is { } result)
            {
                return result;
            }
        }
    }

    private static PamResult? TryParse(BinaryReader reader, Action<string> modulesLoaded)
    {
        try
        {
            switch ((Kind)reader.ReadByte())
            {
                case Kind.Modules:
                    modulesLoaded(reader.ReadString());
                    return null;
                case Kind.Result:
                    return new PamResult(reader.ReadString(), reader.ReadInt32(), reader.ReadString())
                    {
                        FailureDelay = reader.ReadUInt32(),
                        Modules = reader.ReadString(),
                        Changes = reader.ReadString(),
                    };
                default:
                    throw new IOException("a reply of no known kind");
            }
        }
        catch (FormatException e)
        {
            // A module has written to a descriptor that it does not own.
            throw new IOException("a malformed reply", e);
        }
    }

    private static async Task<BinaryReader> ReadMessageAsync(Stream channel, CancellationToken cancel)
    {
        byte[] length = new byte[sizeof(int)];
        await channel.ReadExactlyAsync(length, cancel);
        int size = BitConverter.ToInt32(length);
        byte[] body = size is > 0 and <= MaxBytes ? new byte[size] : throw new IOException($"a reply of {size} bytes");
        await channel.ReadExactlyAsync(body, cancel);
        return new BinaryReader(new MemoryStream(body));
    }

    private static void Write(Stream channel, Action<BinaryWriter> fill)
    {
        using MemoryStream message = new();
        using BinaryWriter writer = new(message);
        writer.Write(0);
        fill(writer);
        writer.Seek(0, SeekOrigin.Begin);
        writer.Write((int)message.Length - sizeof(int));
        channel.Write(message.GetBuffer(), 0, (int)message.Length);
    }
}
