// libldap: declarations as in <ldap.h> of OpenLDAP 2.4 and later.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;
using Authd.Linux.Native;

namespace Authd.Linux.Ldap;

/// <summary>OpenLDAP's client functions, by their C names. ber_free is liblber's, which libldap brings with it.</summary>
internal static unsafe partial class LibLdap
{
    internal const int LDAP_SUCCESS = 0;
    internal const int LDAP_SIZELIMIT_EXCEEDED = 4;
    internal const int LDAP_SERVER_DOWN = -1;
    internal const int LDAP_LOCAL_ERROR = -2;
    internal const int LDAP_DECODING_ERROR = -4;
    internal const int LDAP_TIMEOUT = -5;
    internal const int LDAP_FILTER_ERROR = -7;
    internal const int LDAP_CONNECT_ERROR = -11;

    internal const int LDAP_OPT_DESC = 0x0001;
    internal const int LDAP_OPT_DEREF = 0x0002;
    internal const int LDAP_OPT_REFERRALS = 0x0008;
    internal const int LDAP_OPT_RESTART = 0x0009;
    internal const int LDAP_OPT_PROTOCOL_VERSION = 0x0011;
    internal const int LDAP_OPT_RESULT_CODE = 0x0031;
    internal const int LDAP_OPT_DIAGNOSTIC_MESSAGE = 0x0032;
    internal const int LDAP_OPT_TIMEOUT = 0x5002;
    internal const int LDAP_OPT_NETWORK_TIMEOUT = 0x5005;
    internal const int LDAP_OPT_SOCKBUF = 0x5008;
    internal const int LDAP_OPT_X_TLS_CACERTFILE = 0x6002;
    internal const int LDAP_OPT_X_TLS_CACERTDIR = 0x6003;
    internal const int LDAP_OPT_X_TLS_REQUIRE_CERT = 0x6006;
    internal const int LDAP_OPT_X_TLS_NEWCTX = 0x600f;
    internal const int LDAP_OPT_X_TLS_VERSION = 0x6013;
    internal const int LBER_SBIOD_LEVEL_PROVIDER = 10;
    internal const int LBER_SB_OPT_DATA_READY = 8;

    internal const int LDAP_SCOPE_BASE = 0;
    internal const int LDAP_SCOPE_SUBTREE = 2;
    internal const int LDAP_RES_ANY = -1;
    internal const int LDAP_MSG_ONE = 0;
    internal const int LDAP_MSG_ALL = 1;
    internal const int LDAP_RES_SEARCH_ENTRY = 0x64;
    internal const int LDAP_RES_SEARCH_RESULT = 0x65;

    /// <summary>LDAP_MOD_REPLACE | LDAP_MOD_BVALUES.</summary>
    internal const int ReplaceWithBytes = 0x82;

    /// <summary>struct berval.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Berval
    {
        internal CULong Length;
        internal byte* Value;
    }

    /// <summary>LDAPMod with values of known length.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Modification
    {
        internal int Operation;
        internal byte* Type;
        internal Berval** Values;
    }

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_initialize(out nint ld, byte* uri);

    // Declared void where a failure is impossible or would change nothing.
    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_set_option(nint ld, int option, void* value);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_get_option(nint ld, int option, void* value);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_start_tls_s(nint ld, nint serverControls, nint clientControls);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_sasl_bind(
        nint ld, byte* dn, byte* mechanism, Berval* credentials, nint serverControls, nint clientControls, out int messageId);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_unbind_ext(nint ld, nint serverControls, nint clientControls);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_search_ext(
        nint ld, byte* @base, int scope, byte* filter, byte** attributes, int attributesOnly,
        nint* serverControls, nint clientControls, Libc.Timeval* timeout, int sizeLimit, out int messageId);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_abandon_ext(nint ld, int messageId, nint serverControls, nint clientControls);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_result(nint ld, int messageId, int all, Libc.Timeval* timeout, out nint result);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_parse_result(
        nint ld, nint result, out int code, byte** matchedDn, byte** message, byte*** referrals,
        nint** controls, int free);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_msgid(nint message);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_msgfree(nint message);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial nint ldap_first_entry(nint ld, nint result);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial nint ldap_next_entry(nint ld, nint entry);

    /// <summary>Begins to read an entry; the name stays part of the message.</summary>
    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_get_dn_ber(nint ld, nint entry, out nint reading, out Berval dn);

    /// <summary>Reads the next attribute. Its name (NULL at the end) and its values (up to one that is NULL) stay parts of the
    /// message; the array must be freed.</summary>
    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_get_attribute_ber(nint ld, nint entry, nint reading, out Berval name, out Berval* values);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ber_free(nint reading, int freeBuffer);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ber_sockbuf_add_io(nint buffer, nint functions, int layer, nint argument);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_memfree(void* memory);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_modify_ext(
        nint ld, byte* dn, Modification** modifications, nint serverControls, nint clientControls, out int messageId);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_passwd(
        nint ld, Berval* user, Berval* oldPassword, Berval* newPassword,
        nint serverControls, nint clientControls, out int messageId);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_create_page_control(
        nint ld, int size, Berval* cookie, byte critical, out nint control);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial nint ldap_control_find(byte* oid, nint* controls, nint next);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_parse_pageresponse_control(nint ld, nint control, out int estimate, Berval* cookie);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_control_free(nint control);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_controls_free(nint* controls);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial byte* ldap_err2string(int code);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial int ldap_str2dn(byte* text, out nint dn, uint flags);

    [LibraryImport(OnDemandLibrary.Ldap)]
    internal static partial void ldap_dnfree(nint dn);
}
