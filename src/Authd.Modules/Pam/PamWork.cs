// Carries requests out, inside a PAM process.
using Authd.Interop;

namespace Authd.Modules.Pam;

/// <summary>The PAM calls of courier-authlib's authpam, and those of passwd(1).</summary>
/// <param name="modulesLoaded">Called with the modules' names before they are asked anything.</param>
/// <param name="show">Takes what modules have to tell.</param>
internal sealed class PamWork(Action<string> modulesLoaded, Action<string> show)
{
    /// <summary>passwd(1)'s own service: the stack that decides about passwords.</summary>
    private const string PasswordService = "passwd";

    /// <summary>Does what <paramref name="request"/> asks for.</summary>
    internal PamResult Execute(PamRequest request)
    {
        try
        {
            return request.Task switch
            {
                PamTask.LogIn => Run(request.Service, request, new LoginConversation(request, show), LogIn),
                PamTask.ProveAndChange => Prove(request) is { Succeeded: false } refused ? refused : Change(request),
                PamTask.Change => Change(request),
                PamTask.RunHelper => HelperProgram.Run(request),
                _ => PamResult.Unavailable($"no task {request.Task}"),
            };
        }
        catch (Exception e) when (e is DllNotFoundException or LibcException)
        {
            return PamResult.Unavailable(e.Message);
        }
    }

    private PamResult Prove(PamRequest request) =>
        Run(request.Service, request, new LoginConversation(request, show), static (session, _) => Authenticate(session));

    /// <summary>As passwd(1) for its caller: modules see the user as the real uid, ask for the old password and judge the new one.</summary>
    private PamResult Change(PamRequest request)
    {
        ProcessIdentity.ActFor(request.Uid, request.Gid);
        return Run(PasswordService, request, new ChangeConversation(request, show), static (session, _) =>
            PamResult.Of(session, PamStep.ChangePassword, session.ChangePassword()));
    }

    private PamResult Run(
        string service, PamRequest request, IPamConversation conversation, Func<PamSession, PamRequest, PamResult> steps)
    {
        using PamSession session = PamSession.Start(service, request.User, conversation);
        if (session.Started != PamCode.Success)
        {
            return PamResult.Of(session, PamStep.Start, session.Started);
        }

        string modules = LoadedModules.OfThisProcess();
        modulesLoaded(modules);
        return steps(session, request) with { Modules = modules };
    }

    private static PamResult LogIn(PamSession session, PamRequest request)
    {
        if (request.RemoteHost.Length > 0 && session.SetRemoteHost(request.RemoteHost) is var set and not PamCode.Success)
        {
            return PamResult.Of(session, PamStep.SetRemoteHost, set);
        }

        PamResult authenticated = Authenticate(session);
        return authenticated.Succeeded ? PamResult.Of(session, PamStep.CheckAccount, session.CheckAccount()) : authenticated;
    }

    private static PamResult Authenticate(PamSession session) =>
        PamResult.Of(session, PamStep.Authenticate, session.Authenticate());
}
