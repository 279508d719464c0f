// One connection to a directory server through libldap.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Authd.Core;

namespace Authd.Interop;

/// <summary>When the server follows aliases; the values are libldap's.</summary>
public enum LdapDeref
{
    /// <summary>Never.</summary>
    Never = 0,

    /// <summary>Below the search base.</summary>
    Searching = 1,

    /// <summary>To find the search base.</summary>
    Finding = 2,

    /// <summary>Both.</summary>
    Always = 3,
}

/// <summary>What to look for.</summary>
/// <param name="BaseDn">Where; the whole tree below.</param>
/// <param name="Filter">RFC 4515.</param>
/// <param name="Attributes">What to fetch; empty: nothing but the name.</param>
public sealed record LdapQuery(string BaseDn, string Filter, IReadOnlyList<string> Attributes);

/// <summary>What the server said to one request.</summary>
/// <param name="Id">The request's message id.</param>
/// <param name="Code">A <see cref="LdapCode"/>.</param>
/// <param name="Entries">What a search found, also where the code is no success.</param>
public readonly record struct LdapAnswer(int Id, int Code, IReadOnlyList<LdapEntry> Entries);

/// <summary>
/// A handle of libldap; one thread at a time may use it. What makes the connection blocks and throws. Once the connection
/// is watched nothing blocks: requests are sent, as many at a time as one likes, and told apart by their message ids when
/// answers come. Text is wire text.
/// </summary>
public sealed unsafe class LdapConnection : IDisposable
{
    private const string NoAttributes = "1.1";
    private readonly TimeSpan _timeout;
    private readonly nint _ld;
    private (SocketEvents Events, int Descriptor)? _watch;
    private IReadOnlyList<string>? _attributes;
    private CStrings? _names;

    /// <summary>Makes a handle; the first operation connects.</summary>
    /// <param name="uri">One <c>ldap://</c>, <c>ldaps://</c> or <c>ldapi://</c> URI.</param>
    /// <param name="version">Protocol version, 2 or 3.</param>
    /// <param name="deref">When the server follows aliases.</param>
    /// <param name="timeout">The longest wait for a connection, a TLS handshake, or an answer without a limit of its own.</param>
    /// <exception cref="LdapException">The URI cannot be used.</exception>
    public LdapConnection(string uri, int version, LdapDeref deref, TimeSpan timeout)
    {
        _timeout = timeout;
        int code;
        fixed (byte* text = CStrings.One(uri))
        {
            code = LibLdap.ldap_initialize(out _ld, text);
        }

        if (code != LibLdap.LDAP_SUCCESS)
        {
            throw new LdapException($"cannot connect to LDAP server ({uri}): {LdapCode.Text(code)}");
        }

        Libc.Timeval limit = new(timeout);
        Set(LibLdap.LDAP_OPT_NETWORK_TIMEOUT, &limit);
        Set(LibLdap.LDAP_OPT_TIMEOUT, &limit);
        int dereference = (int)deref;
        Set(LibLdap.LDAP_OPT_DEREF, &dereference);
        Set(LibLdap.LDAP_OPT_PROTOCOL_VERSION, &version);

        // A signal is no lost connection; and another server's answers would block those who wait for this one's.
        Set(LibLdap.LDAP_OPT_RESTART, (void*)1);
        Set(LibLdap.LDAP_OPT_REFERRALS, null);
    }

    /// <summary>Connects and goes over to TLS; the server's certificate is checked as ldap.conf and LDAPTLS_* say.</summary>
    /// <exception cref="LdapException">It cannot be done.</exception>
    public void StartTls() => Check("ldap_start_tls_s", LibLdap.ldap_start_tls_s(_ld, 0, 0));

    /// <summary>Connects, if that has not happened, and sees whether the server answers at all, whatever it answers.</summary>
    /// <exception cref="LdapException">It does not.</exception>
    public void Probe()
    {
        LdapQuery root = new("", "(objectClass=*)", []);
        int code = Wait(SendSearch(root, LibLdap.LDAP_SCOPE_BASE, 1, _timeout, out int id), id);
        Check("ldap_search_ext_s", code < 0 ? code : LdapCode.Success);
        LimitSocket();
    }

    /// <summary>Connects and binds with a name and password of the daemon's own.</summary>
    /// <exception cref="LdapException">It cannot be done.</exception>
    public void BindAs(string dn, string password)
    {
        Check("ldap_sasl_bind_s", Wait(SendBind(dn, password, out int id), id));
        LimitSocket();
    }

    /// <summary>From now on the connection never blocks.</summary>
    /// <param name="events">Where it is watched, until it is closed.</param>
    /// <param name="readable">Is called while something has come, on the events' thread: it is to take all answers.</param>
    /// <exception cref="LibcException">It cannot be watched.</exception>
    public void Watch(SocketEvents events, Action readable)
    {
        int descriptor = Descriptor();
        Descriptors.MakeNonBlocking(descriptor);
        _watch = (events, descriptor);
        ReadAhead();
        events.Watch(descriptor, this, readable);
    }

    /// <summary>
    /// The next answer that is complete. libldap keeps what it has read further: take answers until there are none. This
    /// also goes on with writing what the socket has not taken so far.
    /// </summary>
    /// <param name="answer">The answer.</param>
    /// <returns><see cref="LdapCode.Success"/>; <see cref="LdapCode.Timeout"/>: there is none yet; anything else: the
    /// connection is lost.</returns>
    public int TryTake(out LdapAnswer answer) => Take(LibLdap.LDAP_RES_ANY, TimeSpan.Zero, out answer);

    /// <summary>Nobody wants that answer any more.</summary>
    public void Abandon(int id) => LibLdap.ldap_abandon_ext(_ld, id, 0, 0);

    /// <summary>Sends a simple bind. Not for an empty password: that is an anonymous bind, which succeeds for every name.</summary>
    public int SendBind(string dn, string password, out int id)
    {
        byte[] secret = WireText.ToBytes(password);
        fixed (byte* name = CStrings.One(dn), value = secret)
        {
            LibLdap.Berval credentials = new() { Length = new CULong((nuint)secret.Length), Value = value };
            int code = LibLdap.ldap_sasl_bind(_ld, name, null, &credentials, 0, 0, out id);
            CryptographicOperations.ZeroMemory(secret);
            return code;
        }
    }

    /// <summary>Sends a search of a subtree.</summary>
    /// <param name="query">What for.</param>
    /// <param name="most">Entries at most; more give <see cref="LdapCode.SizeLimitExceeded"/>.</param>
    /// <param name="timeout">The server's time limit.</param>
    /// <param name="id">The message id.</param>
    public int SendSearch(LdapQuery query, int most, TimeSpan timeout, out int id) =>
        SendSearch(query, LibLdap.LDAP_SCOPE_SUBTREE, most, timeout, out id);

    /// <summary>A search whose entries come page by page.</summary>
    public LdapPages SearchPaged(LdapQuery query, bool paged) => new(_ld, query, _timeout, paged);

    /// <summary>Sends a change that replaces all values of each attribute by the one given.</summary>
    public int SendReplace(string dn, IReadOnlyList<(string Attribute, string Value)> changes, out int id)
    {
        using LdapModifications modifications = new(changes);
        fixed (byte* name = CStrings.One(dn))
        {
            return LibLdap.ldap_modify_ext(_ld, name, modifications.Pointers, 0, 0, out id);
        }
    }

    /// <summary>Has the server change a password (RFC 3062): it checks and hashes it as it sees fit.</summary>
    public int SendPassword(string dn, string oldPassword, string newPassword, out int id)
    {
        byte[] name = WireText.ToBytes(dn);
        byte[] old = WireText.ToBytes(oldPassword);
        byte[] fresh = WireText.ToBytes(newPassword);
        fixed (byte* n = name, o = old, f = fresh)
        {
            LibLdap.Berval user = new() { Length = new CULong((nuint)name.Length), Value = n };
            LibLdap.Berval from = new() { Length = new CULong((nuint)old.Length), Value = o };
            LibLdap.Berval to = new() { Length = new CULong((nuint)fresh.Length), Value = f };
            int code = LibLdap.ldap_passwd(_ld, &user, &from, &to, 0, 0, out id);
            CryptographicOperations.ZeroMemory(old);
            CryptographicOperations.ZeroMemory(fresh);
            return code;
        }
    }

    /// <summary>What the server or the TLS library said beyond the last code; <c>null</c> for nothing.</summary>
    public string? Details()
    {
        byte* message = null;
        LibLdap.ldap_get_option(_ld, LibLdap.LDAP_OPT_DIAGNOSTIC_MESSAGE, &message);
        return LdapReply.Take(message) is { Length: > 0 } text ? text : null;
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        if (_watch is var (events, descriptor))
        {
            events.Forget(descriptor, this);
        }

        LibLdap.ldap_unbind_ext(_ld, 0, 0);
        _names?.Dispose();
    }

    private int SendSearch(LdapQuery query, int scope, int most, TimeSpan timeout, out int id)
    {
        CStrings attributes = Names(query.Attributes);
        Libc.Timeval limit = new(timeout);
        fixed (byte* @base = CStrings.One(query.BaseDn), filter = CStrings.One(query.Filter))
        {
            return LibLdap.ldap_search_ext(
                _ld, @base, scope, filter, attributes.Pointers, 0, null, 0, &limit, most, out id);
        }
    }

    /// <summary>Nearly all searches of a connection are for the same attributes.</summary>
    private CStrings Names(IReadOnlyList<string> attributes)
    {
        if (_names is null || _attributes != attributes)
        {
            _names?.Dispose();
            _names = new CStrings(attributes is [] ? [NoAttributes] : attributes, Encoding.Latin1);
            _attributes = attributes;
        }

        return _names;
    }

    /// <summary>
    /// libldap reads each message's first 8 bytes, then the rest, and asks before whether there is anything: with a buffer
    /// one call takes all that has come.
    /// </summary>
    private void ReadAhead()
    {
        nint buffer = 0;
        LibLdap.ldap_get_option(_ld, LibLdap.LDAP_OPT_SOCKBUF, &buffer);
        if (buffer != 0 && OnDemandLibrary.FindLdap("ber_sockbuf_io_readahead") is not 0 and var layer)
        {
            _ = LibLdap.ber_sockbuf_add_io(buffer, layer, LibLdap.LBER_SBIOD_LEVEL_PROVIDER, 0);
        }
    }

    /// <summary>The code of the answer to a request that has been sent, or the one of the failure to send it.</summary>
    private int Wait(int sent, int id)
    {
        if (sent != LdapCode.Success)
        {
            return sent;
        }

        int code = Take(id, _timeout, out LdapAnswer answer);
        return code == LdapCode.Success ? answer.Code : code;
    }

    private int Take(int id, TimeSpan timeout, out LdapAnswer answer)
    {
        answer = default;
        Libc.Timeval limit = new(timeout);
        int kind = LibLdap.ldap_result(_ld, id, LibLdap.LDAP_MSG_ALL, &limit, out nint message);
        if (kind <= 0)
        {
            return kind == 0 ? LdapCode.Timeout : LdapReply.LastCode(_ld);
        }

        try
        {
            answer = LdapReply.Answer(_ld, message);
            return LdapCode.Success;
        }
        finally
        {
            LibLdap.ldap_msgfree(message);
        }
    }

    /// <summary>libldap waits for a message's first byte only: half a TLS record must not hold us for ever.</summary>
    private void LimitSocket() => Descriptors.LimitWaits(Descriptor(), _timeout);

    private int Descriptor()
    {
        int descriptor = -1;
        LibLdap.ldap_get_option(_ld, LibLdap.LDAP_OPT_DESC, &descriptor);
        return descriptor;
    }

    private void Set(int option, void* value) => LibLdap.ldap_set_option(_ld, option, value);

    private void Check(string function, int code)
    {
        if (code != LdapCode.Success)
        {
            throw new LdapException(function, code, Details());
        }
    }
}
