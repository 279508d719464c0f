using System.Buffers.Binary;
using System.Text;
using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Sockets;

/// <summary>Sends datagrams, and descriptors with them, to one Unix socket of
/// systemd or the journal. .NET's sockets cannot pass descriptors.</summary>
public sealed unsafe class UnixDatagram : IDisposable
{
    // Offsets and sizes of a 64-bit Linux (sys/socket.h, sys/un.h).
    private const int AddressPath = 2; // sockaddr_un.sun_path
    private const int ControlSize = 24; // CMSG_SPACE(sizeof(int))
    private const int ControlLength = 20; // CMSG_LEN(sizeof(int))

    /// <summary>A datagram waits until the receiver has room for it.</summary>
    public static readonly TimeSpan EndlessPatience = TimeSpan.Zero; // SO_SNDTIMEO takes 0 as "no limit"

    private readonly byte[] _address;
    private readonly int _descriptor;

    /// <summary>A sender to <paramref name="path"/>; <c>@name</c> is an abstract address, as systemd writes it.</summary>
    /// <param name="path">The receiver's socket.</param>
    /// <param name="patience">The longest wait of one datagram for room at a busy receiver.</param>
    /// <exception cref="LibcException">No descriptors left.</exception>
    public UnixDatagram(string path, TimeSpan patience)
    {
        byte[] name = Encoding.UTF8.GetBytes(path);
        bool isAbstract = path.StartsWith('@');
        _address = new byte[AddressPath + name.Length + (isAbstract ? 0 : 1)];
        BinaryPrimitives.WriteInt16LittleEndian(_address, (short)(int)LibC.AF_UNIX);
        name.CopyTo(_address, AddressPath);
        if (isAbstract)
        {
            _address[AddressPath] = 0;
        }

        _descriptor = LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        if (_descriptor < 0)
        {
            throw LibcException.Last("socket");
        }

        Descriptors.LimitWaits(_descriptor, LibC.SO_SNDTIMEO, patience);
    }

    /// <summary>Sends one datagram; false when it cannot be delivered.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="passed">A descriptor to pass a copy of; -1: none.</param>
    public bool Send(ReadOnlySpan<byte> message, int passed = -1)
    {
        byte* control = stackalloc byte[ControlSize];
        fixed (byte* address = _address, bytes = message)
        {
            Libc.Iovec part = new() { Base = bytes, Length = message.Length };
            Libc.Msghdr header = new() { Name = address, NameLength = _address.Length, Parts = &part, PartCount = 1 };
            if (passed >= 0)
            {
                *(long*)control = ControlLength;
                *(int*)(control + 8) = LibC.SOL_SOCKET;
                *(int*)(control + 12) = LibC.SCM_RIGHTS;
                *(int*)(control + 16) = passed;
                header.Control = control;
                header.ControlLength = ControlSize;
            }

            return Libc.sendmsg(_descriptor, &header, LibC.MSG_NOSIGNAL) == message.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptors.Close(_descriptor);
}
