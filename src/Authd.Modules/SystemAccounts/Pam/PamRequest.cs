// Requests of a worker to a PAM process.
using System.Security.Cryptography;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>The tasks of a PAM process.</summary>
public enum PamTask : byte
{
    /// <summary>Authentication and account management.</summary>
    LogIn,

    /// <summary>Change the password after authentication with the old one. From then on the process acts for the user.</summary>
    AuthenticateAndChange,

    /// <summary>Change the password; the old one has already been checked. From then on the process acts for the user.</summary>
    Change,

    /// <summary>Run the administrator's program. From then on the process is the user's.</summary>
    RunHelper,
}

/// <summary>One request; in the channel, a length and that many bytes. Text is wire text.</summary>
public sealed record PamRequest
{
    private const int MaxBytes = 1 << 18;

    /// <summary>The task.</summary>
    public required PamTask Task { get; init; }

    /// <summary>PAM service, as the client gave it.</summary>
    public required string Service { get; init; }

    /// <summary>User.</summary>
    public required string User { get; init; }

    /// <summary>The (old) password; <see cref="Wipe"/> it after use.</summary>
    public required byte[] Password { get; init; }

    /// <summary>The new password; <see cref="Wipe"/> it after use.</summary>
    public byte[] NewPassword { get; init; } = [];

    /// <summary>PAM_RHOST; empty: none.</summary>
    public string RemoteHost { get; init; } = "";

    /// <summary>Overwrites the passwords.</summary>
    public void Wipe()
    {
        CryptographicOperations.ZeroMemory(Password);
        CryptographicOperations.ZeroMemory(NewPassword);
    }

    /// <summary>The request as a message, which the caller wipes.</summary>
    public byte[] ToMessage()
    {
        int size = 64 + (4 * (Service.Length + User.Length + RemoteHost.Length))
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
        return message;
    }

    /// <summary>Reads the next request; <c>null</c> at the end of the channel.</summary>
    /// <exception cref="InvalidDataException">The request is malformed.</exception>
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
            if (!Enum.IsDefined((PamTask)body.FirstOrDefault(byte.MaxValue)))
            {
                throw new InvalidDataException("no task of a PAM process");
            }

            using BinaryReader reader = new(new MemoryStream(body));
            return new PamRequest
            {
                Task = (PamTask)reader.ReadByte(),
                Service = reader.ReadString(),
                User = reader.ReadString(),
                Password = ReadBytes(reader),
                NewPassword = ReadBytes(reader),
                RemoteHost = reader.ReadString(),
            };
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentException)
        {
            throw new InvalidDataException("a malformed request", e);
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

    // Allocates no memory for bytes that have not arrived.
    private static byte[] ReadBytes(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= reader.BaseStream.Length - reader.BaseStream.Position
            ? reader.ReadBytes(count) : throw new InvalidDataException($"{count} bytes of a password");
    }
}
