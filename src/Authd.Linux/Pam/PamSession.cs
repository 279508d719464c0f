using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Authd.Core;
using Authd.Linux.Native;

namespace Authd.Linux.Pam;

/// <summary>
/// One PAM transaction, from pam_start to pam_end, for one thread. PAM modules are foreign code that may do anything to the
/// process, so the process must be expendable.
/// </summary>
public sealed unsafe class PamSession : IDisposable
{
    private readonly IPamConversation _conversation;
    private readonly LibPam.Conversation* _callback;
    private GCHandle _self;
    private void* _handle;
    private PamCode _last;

    private PamSession(IPamConversation conversation)
    {
        _conversation = conversation;
        _self = GCHandle.Alloc(this);
        _callback = (LibPam.Conversation*)NativeMemory.AllocZeroed((nuint)sizeof(LibPam.Conversation));
        _callback->Converse = &Converse;
        _callback->AppData = (void*)GCHandle.ToIntPtr(_self);
    }

    /// <summary>The delay that the modules want before a failure is reported, microseconds; libpam itself never sleeps.</summary>
    public uint FailureDelay { get; private set; }

    /// <summary>pam_start(3); its result is <see cref="Started"/>.</summary>
    /// <param name="service">The name of the stack in /etc/pam.d; wire text.</param>
    /// <param name="user">Wire text.</param>
    /// <param name="conversation">Answers the modules' questions.</param>
    /// <exception cref="DllNotFoundException">libpam is not installed.</exception>
    public static PamSession Start(string service, string user, IPamConversation conversation)
    {
        PamSession session = new(conversation);
        void* handle = null;
        fixed (byte* s = CStrings.One(service), u = CStrings.One(user))
        {
            session.Started = (PamCode)LibPam.pam_start(s, u, session._callback, &handle);
        }

        session._handle = handle;
        if (session.Started == PamCode.Success)
        {
            delegate* unmanaged[Cdecl]<int, uint, void*, void> delay = &Delay;
            session.Started = (PamCode)LibPam.pam_set_item(handle, LibPam.PAM_FAIL_DELAY, delay);
        }

        return session;
    }

    /// <summary>The result of pam_start; nothing else may be called unless it is a success.</summary>
    public PamCode Started { get; private set; }

    /// <summary>pam_set_item(3) of PAM_RHOST.</summary>
    public PamCode SetRemoteHost(string host)
    {
        fixed (byte* h = CStrings.One(host))
        {
            return Keep(LibPam.pam_set_item(_handle, LibPam.PAM_RHOST, h));
        }
    }

    /// <summary>pam_authenticate(3), flags 0.</summary>
    public PamCode Authenticate() => Keep(LibPam.pam_authenticate(_handle, 0));

    /// <summary>pam_acct_mgmt(3), flags 0.</summary>
    public PamCode CheckAccount() => Keep(LibPam.pam_acct_mgmt(_handle, 0));

    /// <summary>pam_chauthtok(3), flags 0.</summary>
    public PamCode ChangePassword() => Keep(LibPam.pam_chauthtok(_handle, 0));

    /// <summary>pam_strerror(3): the code in words.</summary>
    public string Describe(PamCode code) => Text(LibPam.pam_strerror(_handle, (int)code));

    /// <summary>pam_end(3).</summary>
    public void Dispose()
    {
        if (_handle != null)
        {
            LibPam.pam_end(_handle, (int)_last);
            _handle = null;
        }

        if (_self.IsAllocated)
        {
            _self.Free();
            NativeMemory.Free(_callback);
        }
    }

    private PamCode Keep(int code) => _last = (PamCode)code;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Delay(int result, uint microseconds, void* appData)
    {
        // libpam calls this function after a success, too.
        if ((PamCode)result != PamCode.Success && appData != null)
        {
            Self(appData).FailureDelay = microseconds;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Converse(int count, LibPam.Message** messages, LibPam.Response** responses, void* appData)
    {
        if (count is <= 0 or > LibPam.PAM_MAX_NUM_MSG)
        {
            return (int)PamCode.ConversationError;
        }

        LibPam.Response* answers = (LibPam.Response*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(LibPam.Response));
        try
        {
            for (int i = 0; i < count; i++)
            {
                // Linux-PAM passes "messages" as an array of pointers.
                answers[i].Text = Reply(Self(appData)._conversation, messages[i]);
            }

            *responses = answers;
            return (int)PamCode.Success;
        }
        catch (Exception)
        {
            // No managed exception may pass through libpam; it sees a user who hung up.
            Discard(answers, count);
            return (int)PamCode.ConversationError;
        }
    }

    private static byte* Reply(IPamConversation conversation, LibPam.Message* message)
    {
        switch (message->Style)
        {
            case LibPam.PAM_PROMPT_ECHO_OFF or LibPam.PAM_PROMPT_ECHO_ON:
                return Copy(conversation.Answer(message->Style == LibPam.PAM_PROMPT_ECHO_ON, Text(message->Text)));
            case LibPam.PAM_TEXT_INFO or LibPam.PAM_ERROR_MSG:
                conversation.Show(Text(message->Text));
                return null;
            default:
                throw new NotSupportedException($"PAM message style {message->Style}");
        }
    }

    /// <summary>Copies to the C library's heap, because modules free the answer.</summary>
    private static byte* Copy(ReadOnlySpan<byte> answer)
    {
        byte* copy = (byte*)NativeMemory.AllocZeroed((nuint)answer.Length + 1);
        answer.CopyTo(new Span<byte>(copy, answer.Length));
        return copy;
    }

    private static void Discard(LibPam.Response* answers, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (answers[i].Text != null)
            {
                int length = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(answers[i].Text).Length;
                CryptographicOperations.ZeroMemory(new Span<byte>(answers[i].Text, length));
                NativeMemory.Free(answers[i].Text);
            }
        }

        NativeMemory.Free(answers);
    }

    private static PamSession Self(void* appData) => (PamSession)GCHandle.FromIntPtr((nint)appData).Target!;

    private static string Text(byte* text) =>
        text == null ? "" : WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
