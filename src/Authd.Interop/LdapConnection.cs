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

/// <summary>
/// A handle of libldap. All calls block, and one thread at a time may use it. They return <see cref="LdapCode"/>s, except
/// for those that make the connection, which throw. Text is wire text.
/// </summary>
public sealed unsafe class LdapConnection : IDisposable
{
    private const string NoAttributes = "1.1";
    private readonly TimeSpan _timeout;
    private readonly nint _ld;

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
        int code = Search(new LdapQuery("", "(objectClass=*)", []), LibLdap.LDAP_SCOPE_BASE, 1, _timeout, out _);
        Check("ldap_search_ext_s", code < 0 ? code : LdapCode.Success);
        LimitSocket();
    }

    /// <summary>Connects and binds with a name and password of the daemon's own.</summary>
    /// <exception cref="LdapException">It cannot be done.</exception>
    public void BindAs(string dn, string password)
    {
        Check("ldap_sasl_bind_s", Bind(dn, password));
        LimitSocket();
    }

    /// <summary>Simple bind. Not for an empty password: that is an anonymous bind, which succeeds for every name.</summary>
    public int Bind(string dn, string password)
    {
        byte[] secret = WireText.ToBytes(password);
        fixed (byte* name = CStrings.One(dn), value = secret)
        {
            LibLdap.Berval credentials = new() { Length = new CULong((nuint)secret.Length), Value = value };
            int code = LibLdap.ldap_sasl_bind_s(_ld, name, null, &credentials, 0, 0, null);
            CryptographicOperations.ZeroMemory(secret);
            return code;
        }
    }

    /// <summary>Searches a subtree.</summary>
    /// <param name="query">What for.</param>
    /// <param name="most">Entries at most; more give <see cref="LdapCode.SizeLimitExceeded"/>.</param>
    /// <param name="timeout">Time limit, here and at the server.</param>
    /// <param name="entries">What was found, also where the code is no success.</param>
    public int Search(LdapQuery query, int most, TimeSpan timeout, out List<LdapEntry> entries) =>
        Search(query, LibLdap.LDAP_SCOPE_SUBTREE, most, timeout, out entries);

    /// <summary>A search whose entries come page by page.</summary>
    public LdapPages SearchPaged(LdapQuery query, bool paged) => new(_ld, query, _timeout, paged);

    /// <summary>Replaces all values of each attribute by the one given, in one operation.</summary>
    public int Replace(string dn, IReadOnlyList<(string Attribute, string Value)> changes)
    {
        using LdapModifications modifications = new(changes);
        fixed (byte* name = CStrings.One(dn))
        {
            return LibLdap.ldap_modify_ext_s(_ld, name, modifications.Pointers, 0, 0);
        }
    }

    /// <summary>Has the server change a password (RFC 3062): it checks and hashes it as it sees fit.</summary>
    public int ChangePassword(string dn, string oldPassword, string newPassword)
    {
        byte[] name = WireText.ToBytes(dn);
        byte[] old = WireText.ToBytes(oldPassword);
        byte[] fresh = WireText.ToBytes(newPassword);
        fixed (byte* n = name, o = old, f = fresh)
        {
            LibLdap.Berval user = new() { Length = new CULong((nuint)name.Length), Value = n };
            LibLdap.Berval from = new() { Length = new CULong((nuint)old.Length), Value = o };
            LibLdap.Berval to = new() { Length = new CULong((nuint)fresh.Length), Value = f };
            LibLdap.Berval generated = default;
            int code = LibLdap.ldap_passwd_s(_ld, &user, &from, &to, &generated, 0, 0);
            LibLdap.ldap_memfree(generated.Value);
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
    public void Dispose() => LibLdap.ldap_unbind_ext(_ld, 0, 0);

    private int Search(LdapQuery query, int scope, int most, TimeSpan timeout, out List<LdapEntry> entries)
    {
        using CStrings attributes = new(query.Attributes is [] ? [NoAttributes] : query.Attributes, Encoding.Latin1);
        Libc.Timeval limit = new(timeout);
        fixed (byte* @base = CStrings.One(query.BaseDn), filter = CStrings.One(query.Filter))
        {
            int code = LibLdap.ldap_search_ext_s(
                _ld, @base, scope, filter, attributes.Pointers, 0, null, 0, &limit, most, out nint result);
            entries = result == 0 ? [] : LdapReply.Entries(_ld, result);
            LibLdap.ldap_msgfree(result);
            return code;
        }
    }

    /// <summary>libldap waits for a message's first byte only: half a TLS record must not hold us for ever.</summary>
    private void LimitSocket()
    {
        int descriptor = -1;
        LibLdap.ldap_get_option(_ld, LibLdap.LDAP_OPT_DESC, &descriptor);
        Descriptors.LimitWaits(descriptor, _timeout);
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
