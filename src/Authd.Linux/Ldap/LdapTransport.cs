// A layer between libldap and its socket that saves system calls: declarations as in <lber.h>.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Authd.Linux.Events;
using Tmds.Linux;

namespace Authd.Linux.Ldap;

/// <summary>
/// libldap writes each request by itself and asks poll(2) before it reads. Here all requests of a turn of the events go out
/// together, which also wakes the server once for them all, and libldap believes the events that something has come. On the events'
/// thread only.
/// </summary>
internal sealed unsafe class LdapTransport : IDisposable
{
    /// <summary>With so many bytes waiting the socket has to take some before there is room for more.</summary>
    private const int Most = 65536;

    private static readonly Layer* Functions = NewLayer();

    private readonly EventLoop _events;
    private readonly Action _flush;
    private readonly GCHandle _self;
    private Place* _place;
    private byte[] _waiting = new byte[1024];
    private int _count;
    private bool _willFlush;
    private bool _hasInput;

    /// <summary>Puts the layer above the socket's own, below TLS.</summary>
    public LdapTransport(nint sockbuf, EventLoop events)
    {
        (_events, _flush) = (events, Flush);
        _self = GCHandle.Alloc(this);
        _ = LibLdap.ber_sockbuf_add_io(sockbuf, (nint)Functions, LibLdap.LBER_SBIOD_LEVEL_PROVIDER, GCHandle.ToIntPtr(_self));
    }

    // struct sockbuf_io_desc
    internal struct Place
    {
        public int Level;
        public nint Sockbuf;
        public Layer* Layer;
        public nint Private;
        public Place* Next;
    }

    // struct sockbuf_io
    internal struct Layer
    {
        public delegate* unmanaged[Cdecl]<Place*, nint, int> Setup;
        public delegate* unmanaged[Cdecl]<Place*, int> Remove;
        public delegate* unmanaged[Cdecl]<Place*, int, void*, int> Control;
        public delegate* unmanaged[Cdecl]<Place*, byte*, nuint, nint> Read;
        public delegate* unmanaged[Cdecl]<Place*, byte*, nuint, nint> Write;
        public delegate* unmanaged[Cdecl]<Place*, int> Close;
    }

    /// <summary>The events say that something has come.</summary>
    public void HasInput() => _hasInput = true;

    /// <summary>Writes what waits, as far as the socket takes it. A connection that is gone is found out by who reads.</summary>
    public void Flush()
    {
        _willFlush = false;
        int sent = 0;
        fixed (byte* bytes = _waiting)
        {
            nint taken = 1;
            while (_place != null && sent < _count && taken > 0)
            {
                taken = _place->Next->Layer->Write(_place->Next, bytes + sent, (nuint)(_count - sent));
                sent += taken > 0 ? (int)taken : 0;
            }
        }

        _waiting.AsSpan(sent, _count - sent).CopyTo(_waiting);
        _waiting.AsSpan(_count - sent, sent).Clear(); // Passwords may be in it.
        _count -= sent;
    }

    /// <summary>After the handle, and with it the layer, is gone.</summary>
    public void Dispose() => _self.Free();

    private static Layer* NewLayer()
    {
        Layer* layer = (Layer*)NativeMemory.Alloc((nuint)sizeof(Layer));
        *layer = new Layer { Setup = &Setup, Remove = &Remove, Control = &Control, Read = &Read, Write = &Write, Close = &Close };
        return layer;
    }

    private static LdapTransport Of(Place* place) => (LdapTransport)GCHandle.FromIntPtr(place->Private).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Setup(Place* place, nint self)
    {
        place->Private = self;
        Of(place)._place = place;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Remove(Place* place)
    {
        Of(place)._place = null;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Control(Place* place, int option, void* value) =>
        option == LibLdap.LBER_SB_OPT_DATA_READY && Of(place)._hasInput ? 1
        : place->Next == null ? 0 : place->Next->Layer->Control(place->Next, option, value);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Read(Place* place, byte* buffer, nuint length)
    {
        Of(place)._hasInput = false;
        return place->Next->Layer->Read(place->Next, buffer, length);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Write(Place* place, byte* bytes, nuint length) => Of(place).Add(new ReadOnlySpan<byte>(bytes, (int)length));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(Place* place)
    {
        Of(place).Flush();
        return 0;
    }

    private nint Add(ReadOnlySpan<byte> bytes)
    {
        if (_count > 0 && _count + bytes.Length > Most)
        {
            Flush();
            if (_count > 0)
            {
                Marshal.SetLastSystemError(LibC.EAGAIN);
                return -1;
            }
        }

        if (_count + bytes.Length > _waiting.Length)
        {
            Array.Resize(ref _waiting, Math.Max(2 * _waiting.Length, _count + bytes.Length));
        }

        bytes.CopyTo(_waiting.AsSpan(_count));
        _count += bytes.Length;
        if (!_willFlush)
        {
            _willFlush = true;
            _events.AfterTurn(_flush);
        }

        return bytes.Length;
    }
}
