// Linux-PAM: declarations as in <security/pam_appl.h>.
using System.Runtime.InteropServices;
using Authd.Linux.Libraries;

namespace Authd.Linux.Pam;

/// <summary>libpam's functions, by their C names.</summary>
internal static unsafe partial class LibPam
{
    public const int PAM_MAX_NUM_MSG = 32;

    public const int PAM_PROMPT_ECHO_OFF = 1;
    public const int PAM_PROMPT_ECHO_ON = 2;
    public const int PAM_ERROR_MSG = 3;
    public const int PAM_TEXT_INFO = 4;

    public const int PAM_RHOST = 4;
    public const int PAM_FAIL_DELAY = 10;

    /// <summary>struct pam_message.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Style;
        public byte* Text;
    }

    /// <summary>struct pam_response; libpam and its modules free the text and the array.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Response
    {
        public byte* Text;
        public int ReturnCode;
    }

    /// <summary>struct pam_conv.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Conversation
    {
        public delegate* unmanaged[Cdecl]<int, Message**, Response**, void*, int> Converse;
        public void* AppData;
    }

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial int pam_start(byte* service, byte* user, Conversation* conversation, void** handle);

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial int pam_set_item(void* handle, int item, void* value);

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial int pam_authenticate(void* handle, int flags);

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial int pam_acct_mgmt(void* handle, int flags);

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial int pam_chauthtok(void* handle, int flags);

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial void pam_end(void* handle, int status);

    [LibraryImport(OnDemandLibrary.Pam)]
    public static partial byte* pam_strerror(void* handle, int code);
}
