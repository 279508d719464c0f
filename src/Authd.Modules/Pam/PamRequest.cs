// What a worker asks of a PAM process.
using System.Security.Cryptography;

namespace Authd.Modules.Pam;

/// <summary>What is to be done.</summary>
public enum PamTask : byte
{
    /// <summary>Authentication and account management.</summary>
    LogIn,

    /// <summary>Change the password after authentication with the old one. The process acts for the user from then on.</summary>
    ProveAndChange,

    /// <summary>Change the password; the old one has been proved otherwise. The process acts for the user from then on.</summary>
    Change,

    /// <summary>Run the administrator's program. The process has become the user from then on.</summary>
    RunHelper,
}

/// <summary>One request; on the wire a length and that many bytes. Text is wire text.</summary>
public sealed record PamRequest
{
    private const int MaxBytes = 1 << 18;

    /// <summary>What to do.</summary>
    public required PamTask Task { get; init; }

    /// <summary>PAM service, as the client gave it.</summary>
    public required string Service { get; init; }

    /// <summary>User.</summary>
    public required string User { get; init; }

    /// <summary>The (old) password; <see cref="Wipe"/> it after use.</summary>
    public required byte[] Password { get; init; }

    /// <summary>The new password; likewise.</summary>
    public byte[] NewPassword { get; init; } = [];

    /// <summary>PAM_RHOST; empty: none.</summary>
    public string RemoteHost { get; init; } = "";

    /// <summary>The user's uid; unused for a login.</summary>
    public uint Uid { get; init; }

    /// <summary>The user's gid; unused for a login.</summary>
    public uint Gid { get; init; }

    /// <summary>The program of <see cref="PamTask.RunHelper"/>.</summary>
    public string Helper { get; init; } = "";

    /// <summary>Overwrites the passwords.</summary>
    public void Wipe()
    {
        CryptographicOperations.ZeroMemory(Password);
        CryptographicOperations.ZeroMemory(NewPassword);
    }

    /// <summary>The request as a message, which the caller wipes.</summary>
    public byte[] ToMessage()
    {
        int size = 64 + (4 * (Service.Length + User.Length + RemoteHost.Length + Helper.Length))
            + Password.Length + NewPassword.Length;
        byte[] message = new byte[size];
        using MemoryStream stream = new(message);
        using BinaryWriter writer = new(stream);
        writer.Write(size - sizeof(int));
        writer.Write((byte)Task);
        writer.Write(Service);
        writer.Write(User);
        WriteBytes(writer, Password);
        WriteBytes(writer, NewPassword);
        writer.Write(RemoteHost);
        writer.Write(Uid);
        writer.Write(Gid);
        writer.Write(Helper);
        return message;
    }

    /// <summary>The next request; <c>null</c> at the end of the channel.</summary>
    /// <exception cref="InvalidDataException">What comes is no request.</exception>
    public static PamRequest? Read(Stream channel)
    {
        byte[] length = new byte[sizeof(int)];
        if (channel.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) < length.Length)
        {
            return null;
        }

        int size = BitConverter.ToInt32(length);
        byte[] body = size is >= 0 and <= MaxBytes ? new byte[size] : throw new InvalidDataException($"a request of {size} bytes");
        try
        {
            channel.ReadExactly(body);
            using BinaryReader reader = new(new MemoryStream(body));
            return new PamRequest
            {
                Task = (PamTask)reader.ReadByte(),
                Service = reader.ReadString(),
                User = reader.ReadString(),
                Password = ReadBytes(reader),
                NewPassword = ReadBytes(reader),
                RemoteHost = reader.ReadString(),
                Uid = reader.ReadUInt32(),
                Gid = reader.ReadUInt32(),
                Helper = reader.ReadString(),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static void WriteBytes(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());
}
