using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Authd.Core;
using Authd.Linux.Events;
using Authd.Linux.Files;
using Authd.Linux.Libraries;
using Authd.Linux.Native;

namespace Authd.Linux.Ldap;

/// <summary>The cases in which the server follows aliases; the values are libldap's.</summary>
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

/// <summary>A search.</summary>
/// <param name="BaseDn">The base; the whole tree below is searched.</param>
/// <param name="Filter">The filter (RFC 4515).</param>
/// <param name="Attributes">The attributes to fetch; empty: only the name.</param>
public sealed record LdapQuery(string BaseDn, string Filter, IReadOnlyList<string> Attributes);

/// <summary>The server's answer to one request.</summary>
/// <param name="Id">The request's message id.</param>
/// <param name="Code">A <see cref="LdapCode"/>.</param>
/// <param name="Entries">The entries that a search found, even if the code is not a success.</param>
public readonly record struct LdapAnswer(int Id, int Code, IReadOnlyList<LdapEntry> Entries);

/// <summary>
/// One connection to a directory server: a handle of libldap, for one thread at a time. The methods that make the connection
/// block and throw. Once the connection is watched, nothing blocks: any number of requests may be sent, and message ids tell
/// their answers apart. Text is wire text.
/// </summary>
public sealed unsafe class LdapConnection : IDisposable
{
    private const string NoAttributes = "1.1";
    private readonly TimeSpan _timeout;
    private readonly nint _ld;
    private (EventLoop Events, int Descriptor)? _watch;
    private LdapTransport? _transport;
    private IReadOnlyList<string>? _attributes;
    private CStrings? _names;

    /// <summary>Makes a handle; the first operation connects.</summary>
    /// <param name="uri">One <c>ldap://</c>, <c>ldaps://</c> or <c>ldapi://</c> URI.</param>
    /// <param name="version">Protocol version, 2 or 3.</param>
    /// <param name="deref">The cases in which the server follows aliases.</param>
    /// <param name="timeout">The longest wait for a connection, a TLS handshake, or an answer without a limit of its own.</param>
    /// <exception cref="LdapException">The URI is invalid.</exception>
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

        // A signal must not look like a lost connection. Following a referral would block this server's requests during another
        // one's answers.
        Set(LibLdap.LDAP_OPT_RESTART, (void*)1);
        Set(LibLdap.LDAP_OPT_REFERRALS, null);
    }

    /// <summary>Connects and switches to TLS; the server's certificate is checked according to ldap.conf and LDAPTLS_*.</summary>
    /// <exception cref="LdapException">The connection or the handshake failed.</exception>
    public void StartTls() => Check("ldap_start_tls_s", LibLdap.ldap_start_tls_s(_ld, 0, 0));

    /// <summary>
    /// The reason why a server whose TLS has just failed is not trusted. If the handshake succeeds without a check of the
    /// certificate, that was the cause. Nothing else is requested, and no password is sent.
    /// </summary>
    /// <param name="uri">As for the constructor.</param>
    /// <param name="startTls">See <see cref="StartTls"/>.</param>
    /// <param name="timeout">As for the constructor.</param>
    /// <returns><c>null</c>: the failure has another cause.</returns>
    public static string? Distrust(string uri, bool startTls, TimeSpan timeout)
    {
        try
        {
            using LdapConnection connection = new(uri, version: 3, LdapDeref.Never, timeout);
            int never = 0;
            connection.Set(LibLdap.LDAP_OPT_X_TLS_REQUIRE_CERT, &never);
            int client = 0;
            connection.Set(LibLdap.LDAP_OPT_X_TLS_NEWCTX, &client);
            if (startTls)
            {
                connection.StartTls();
            }

            connection.Probe();
            string? file = Setting(LibLdap.LDAP_OPT_X_TLS_CACERTFILE) ?? Setting(LibLdap.LDAP_OPT_X_TLS_CACERTDIR);
            return "the server's certificate is not trusted; it must name this host, be in date, and come from an authority in "
                + $"{file ?? "the system's list"}, which LDAPTLS_CACERT in authdaemonrc or TLS_CACERT in ldap.conf chooses";
        }
        catch (LdapException)
        {
            return null;
        }
    }

    /// <summary>A setting of the environment or ldap.conf.</summary>
    private static string? Setting(int option)
    {
        byte* text = null;
        LibLdap.ldap_get_option(0, option, &text);
        return LdapReply.Take(text) is { Length: > 0 } path ? path : null;
    }

    /// <summary>Connects if necessary, and checks whether the server answers at all.</summary>
    /// <exception cref="LdapException">It does not answer.</exception>
    public void Probe()
    {
        LdapQuery root = new("", "(objectClass=*)", []);
        int code = Wait(SendSearch(root, LibLdap.LDAP_SCOPE_BASE, 1, _timeout, out int id), id);
        Check("ldap_search_ext_s", code < 0 ? code : LdapCode.Success);
        LimitSocket();
    }

    /// <summary>Connects and binds with the daemon's own name and password.</summary>
    /// <exception cref="LdapException">The connection or the bind failed.</exception>
    public void BindAs(string dn, string password)
    {
        Check("ldap_sasl_bind_s", Wait(SendBind(dn, password, out int id), id));
        LimitSocket();
    }

    /// <summary>The version of TLS, e.g. <c>TLS1.3</c>; <c>null</c>: the connection has no TLS, or its version is not known.</summary>
    public string? Encryption
    {
        get
        {
            byte* version = null;
            LibLdap.ldap_get_option(_ld, LibLdap.LDAP_OPT_X_TLS_VERSION, &version);
            return LdapReply.Take(version) is { Length: > 0 } text ? text.Replace("TLSv", "TLS", StringComparison.Ordinal) : null;
        }
    }

    /// <summary>Searches and waits for the answer.</summary>
    /// <param name="query">The search.</param>
    /// <param name="isSubtree">The whole tree below the base; else the base alone.</param>
    /// <param name="most">Entries at most; more give <see cref="LdapCode.SizeLimitExceeded"/>.</param>
    public LdapAnswer Search(LdapQuery query, bool isSubtree, int most)
    {
        int sent = SendSearch(query, isSubtree ? LibLdap.LDAP_SCOPE_SUBTREE : LibLdap.LDAP_SCOPE_BASE, most, _timeout, out int id);
        int code = sent == LdapCode.Success ? Take(id, _timeout, out LdapAnswer answer) : Failed(sent, out answer);
        return code == LdapCode.Success ? answer : new LdapAnswer(id, code, []);

        static int Failed(int code, out LdapAnswer answer)
        {
            answer = default;
            return code;
        }
    }

    /// <summary>Makes the connection non-blocking and watches it.</summary>
    /// <param name="events">The loop that watches it until it is closed.</param>
    /// <param name="readable">Called on the loop's thread while input is there; it must take all answers.</param>
    /// <exception cref="LibcException">The connection cannot be watched.</exception>
    public void Watch(EventLoop events, Action readable)
    {
        int descriptor = Descriptor();
        Descriptors.MakeNonBlocking(descriptor);
        _watch = (events, descriptor);
        nint sockbuf = 0;
        LibLdap.ldap_get_option(_ld, LibLdap.LDAP_OPT_SOCKBUF, &sockbuf);
        if (sockbuf != 0)
        {
            _transport = new LdapTransport(sockbuf, events);
            ReadAhead(sockbuf);
        }

        events.Watch(descriptor, this, () =>
        {
            _transport?.HasInput();
            readable();
        });
    }

    /// <summary>Goes on with writing what the socket has not taken so far.</summary>
    public void Flush() => _transport?.Flush();

    /// <summary>
    /// Takes the next complete answer. libldap keeps further input, so take answers until none is left. This also continues to
    /// write output that the socket has not taken so far.
    /// </summary>
    /// <param name="answer">The answer.</param>
    /// <returns><see cref="LdapCode.Success"/>; <see cref="LdapCode.Timeout"/>: no answer is complete; any other code: the
    /// connection is lost.</returns>
    public int TryTake(out LdapAnswer answer) => Take(LibLdap.LDAP_RES_ANY, TimeSpan.Zero, out answer);

    /// <summary>Abandons a request whose answer is no longer wanted.</summary>
    public void Abandon(int id) => LibLdap.ldap_abandon_ext(_ld, id, 0, 0);

    /// <summary>Sends a simple bind. The password must not be empty, because
    /// that is an anonymous bind, which succeeds for every name.</summary>
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
    /// <param name="query">The search.</param>
    /// <param name="most">The largest number of entries; more give <see cref="LdapCode.SizeLimitExceeded"/>.</param>
    /// <param name="timeout">The server's time limit.</param>
    /// <param name="id">The message id.</param>
    public int SendSearch(LdapQuery query, int most, TimeSpan timeout, out int id) =>
        SendSearch(query, LibLdap.LDAP_SCOPE_SUBTREE, most, timeout, out id);

    /// <summary>A search whose entries arrive in pages.</summary>
    public LdapPages SearchPaged(LdapQuery query, bool paged) => new(_ld, query, _timeout, paged);

    /// <summary>Sends a change that replaces all values of each attribute with the given one.</summary>
    public int SendReplace(string dn, IReadOnlyList<(string Attribute, string Value)> changes, out int id)
    {
        using LdapModifications modifications = new(changes);
        fixed (byte* name = CStrings.One(dn))
        {
            return LibLdap.ldap_modify_ext(_ld, name, modifications.Pointers, 0, 0, out id);
        }
    }

    /// <summary>Has the server change a password (RFC 3062), which it checks and hashes by its own rules.</summary>
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

    /// <summary>Details from the server or the TLS library about the last code; <c>null</c>: none.</summary>
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
        _transport?.Dispose();
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

    /// <summary>The names of attributes, kept because nearly all searches of a connection fetch the same ones.</summary>
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
    /// Makes libldap read ahead. Otherwise it reads each message's first 8 bytes, then the rest, and asks before whether there is
    /// any input; with a buffer one call reads everything.
    /// </summary>
    private static void ReadAhead(nint sockbuf)
    {
        if (OnDemandLibrary.FindLdap("ber_sockbuf_io_readahead") is not 0 and var layer)
        {
            _ = LibLdap.ber_sockbuf_add_io(sockbuf, layer, LibLdap.LBER_SBIOD_LEVEL_PROVIDER, 0);
        }
    }

    /// <summary>The code of the answer to a request, or of the failure to send it.</summary>
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

    /// <summary>libldap limits only the wait for a message's first byte;
    /// an incomplete TLS record must not block without end.</summary>
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
