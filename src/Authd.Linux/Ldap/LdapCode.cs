// LDAP result codes (RFC 4511, appendix A) and libldap's own, which are negative.
using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Linux.Ldap;

/// <summary>The result codes that matter here, and their meaning for the connection.</summary>
public static unsafe class LdapCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The server does not know the extended operation.</summary>
    public const int ProtocolError = 2;

    /// <summary>More entries than requested, or than the server returns.</summary>
    public const int SizeLimitExceeded = LibLdap.LDAP_SIZELIMIT_EXCEEDED;

    /// <summary>The server is too busy.</summary>
    public const int Busy = 51;

    /// <summary>The server is shutting down or cannot reach its data.</summary>
    public const int Unavailable = 52;

    /// <summary>An internal error of the server.</summary>
    public const int Other = 80;

    /// <summary>No answer in time.</summary>
    public const int Timeout = LibLdap.LDAP_TIMEOUT;

    /// <summary>The server cannot be reached.</summary>
    public const int ServerDown = LibLdap.LDAP_SERVER_DOWN;

    /// <summary>The connection to the server cannot be used.</summary>
    public const int ConnectError = LibLdap.LDAP_CONNECT_ERROR;

    /// <summary>Another server has what was asked for, or takes the change.</summary>
    public const int Referral = 10;

    /// <summary>The server does not do that: a copy that may name no other server for changes says so, too.</summary>
    public const int UnwillingToPerform = 53;

    /// <summary>No entry has that name.</summary>
    public const int NoSuchObject = 32;

    /// <summary>The text is not the name of an entry.</summary>
    public const int InvalidDnSyntax = 34;

    /// <summary>Whether the connection is unusable, and another may work.</summary>
    public static bool LosesConnection(int code) => code is ServerDown or LibLdap.LDAP_CONNECT_ERROR
        or LibLdap.LDAP_LOCAL_ERROR or LibLdap.LDAP_DECODING_ERROR or Unavailable;

    /// <summary>Whether the server's answer is only a temporary failure.</summary>
    public static bool IsTemporary(int code) => code is < 0 or Busy or Unavailable or Other;

    /// <summary>Whether the server says that we are not who we say, or may not do this: authMethodNotSupported (7),
    /// strongerAuthRequired, confidentialityRequired, inappropriateAuthentication, invalidCredentials, insufficientAccessRights,
    /// unwillingToPerform (53).</summary>
    public static bool IsRefusal(int code) => code is 7 or 8 or 13 or 48 or 49 or 50 or 53;

    /// <summary>libldap's text for a code, e.g. <c>Can't contact LDAP server</c>.</summary>
    public static string Text(int code) =>
        WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LibLdap.ldap_err2string(code)));
}
