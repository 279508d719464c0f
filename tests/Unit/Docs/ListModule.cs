// authlist: accounts in a file "authlistrc", one a line: NAME HASH UID GID HOME.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Protocol;
using Authd.Linux.Files;

namespace Authd.Tests.Unit.Docs;

/// <summary>authlist.</summary>
public sealed class ListModule(ModuleServices services) : IAuthModule
{
    private readonly WatchedFile<RcFile> _file = new(
        "authlist", Path.Combine(services.ConfigDirectory, "authlistrc"), static file => file, services.Log);

    public string Name => "authlist";

    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => new(Find(request.User));

    public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType != LoginData.AuthType || !LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            return AuthOutcome.Reject(Reasons.Unsupported);
        }

        AuthOutcome found = Find(login.User);
        return found.Account is not { } account ? found
            : await services.Passwords.MatchesAsync(account.StoredPassword!, login.Password, cancel)
            ? AuthOutcome.Accept(account with { ClearPassword = login.Password })
            : AuthOutcome.Reject(Reasons.WrongPassword);
    }

    public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) =>
        new(AuthOutcome.Reject(Reasons.Unsupported));

    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private AuthOutcome Find(string user) => _file.Current() switch
    {
        null => AuthOutcome.TempFail(Reasons.BackendAway), // the log says why
        var file => file.Find(user)?.Split(' ') switch
        {
            null => AuthOutcome.Reject(Reasons.UnknownUser),
            [var hash, var uid, var gid, var home] when uint.TryParse(uid, out uint u) && uint.TryParse(gid, out uint g) =>
                AuthOutcome.Accept(new Account { Address = user, StoredPassword = hash, Uid = u, Gid = g, Home = home }),
            _ => AuthOutcome.TempFail(Reasons.BrokenRecord),
        },
    };
}
