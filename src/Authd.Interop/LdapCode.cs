// LDAP result codes (RFC 4511, appendix A) and libldap's own, which are negative.
using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Interop;

/// <summary>The result codes that matter here, and what they mean for the connection that gave them.</summary>
public static unsafe class LdapCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The server does not know the extended operation.</summary>
    public const int ProtocolError = 2;

    /// <summary>More entries than asked for, or than the server gives.</summary>
    public const int SizeLimitExceeded = LibLdap.LDAP_SIZELIMIT_EXCEEDED;

    /// <summary>The server is too busy.</summary>
    public const int Busy = 51;

    /// <summary>The server is shutting down or cannot reach its data.</summary>
    public const int Unavailable = 52;

    /// <summary>The server failed inside.</summary>
    public const int Other = 80;

    /// <summary>No answer in time.</summary>
    public const int Timeout = LibLdap.LDAP_TIMEOUT;

    /// <summary>The server cannot be reached.</summary>
    public const int ServerDown = LibLdap.LDAP_SERVER_DOWN;

    /// <summary>Whether the connection is of no more use, and another may do better.</summary>
    public static bool LosesConnection(int code) => code is ServerDown or LibLdap.LDAP_CONNECT_ERROR
        or LibLdap.LDAP_LOCAL_ERROR or LibLdap.LDAP_DECODING_ERROR or Unavailable;

    /// <summary>Whether the server has said no more than that it cannot tell now.</summary>
    public static bool IsTemporary(int code) => code is < 0 or Busy or Unavailable or Other;

    /// <summary>libldap's words for a code, e.g. <c>Can't contact LDAP server</c>.</summary>
    public static string Text(int code) =>
        WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LibLdap.ldap_err2string(code)));
}
