using Authd.Linux.Native;
using Authd.Linux.Pam;
using Authd.Linux.Processes;
using Authd.Linux.Users;

namespace Authd.Modules.SystemAccounts.Pam;

/// <summary>Carries out requests inside a PAM process, with the PAM
/// calls of courier-authlib's authpam and of passwd(1).</summary>
/// <param name="helper">The administrator's program for password changes; <c>null</c>: none.</param>
/// <param name="modulesLoaded">Called with the modules' names before they are asked.</param>
/// <param name="show">Takes the modules' messages.</param>
internal sealed class PamOperations(string? helper, Action<string> modulesLoaded, Action<string> show)
{
    /// <summary>passwd(1)'s own service: the stack that decides about passwords.</summary>
    private const string PasswordService = "passwd";

    /// <summary>In libpam's order.</summary>
    private static readonly string[] StackDirectories = ["/etc/pam.d", "/usr/lib/pam.d"];

    /// <summary>Carries out <paramref name="request"/>.</summary>
    internal PamResult Execute(PamRequest request)
    {
        try
        {
            return request.Task switch
            {
                PamTask.LogIn => Run(request.Service, request, new LoginConversation(request, show), LogIn),
                PamTask.AuthenticateAndChange => Prove(request) is { Succeeded: false } refused ? refused : Change(request),
                PamTask.Change => Change(request),
                PamTask.RunHelper => RunHelper(request),
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

    /// <summary>Changes the password as passwd(1) does for its caller: modules see the user as the real uid, ask for the old
    /// password and judge the new one.</summary>
    private PamResult Change(PamRequest request)
    {
        if (FindUser(request, out PamResult refused) is not { } user)
        {
            return refused;
        }

        ProcessIdentity.ActFor(user.Uid, user.Gid);
        return Run(PasswordService, request, new ChangeConversation(request, show), static (session, _) =>
            PamResult.Of(session, PamStep.ChangePassword, session.ChangePassword()));
    }

    private PamResult RunHelper(PamRequest request) =>
        helper is null ? PamResult.Unavailable("[passwords] system-helper is not set")
        : FindUser(request, out PamResult refused) is { } user ? HelperProgram.Run(helper, user, request)
        : refused;

    /// <summary>
    /// Finds the owner of the password; the requester is not trusted with that. root is refused: PAM does not ask root for its
    /// old password, and services such as su admit root without one, so changing root's password would be a way to become root.
    /// </summary>
    private static SystemUser? FindUser(PamRequest request, out PamResult refused)
    {
        SystemUser? user = SystemUsers.Find(request.User);
        refused = user is null
            ? PamResult.Unavailable($"the user {request.User} is gone")
            : new PamResult(PamStep.ChangePassword, (int)PamCode.PermissionDenied, "passwords of uid 0 are not changed here; use passwd(1)");
        return user is { Uid: not 0 } ? user : null;
    }

    private PamResult Run(
        string service, PamRequest request, IPamConversation conversation, Func<PamSession, PamRequest, PamResult> steps)
    {
        using PamSession session = PamSession.Start(service, request.User, conversation);
        if (session.Started != PamCode.Success)
        {
            return WithFaults(PamResult.Of(session, PamStep.Start, session.Started), service);
        }

        string modules = LoadedModules.OfThisProcess();
        modulesLoaded(modules);
        return WithFaults(steps(session, request), service) with { Modules = modules };
    }

    private static PamResult WithFaults(PamResult result, string service) =>
        result.IsUnusableStack && PamFiles.Faults(service, StackDirectories, LoadedModules.Files()) is { Length: > 0 } faults
            ? result with { Description = $"{result.Description}: {faults}" } : result;

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
