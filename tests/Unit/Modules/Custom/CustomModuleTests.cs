// authcustom rejects every user and logs that.
using Authd.Core;
using Authd.Modules.Custom;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Custom;

public class CustomModuleTests
{
    private static readonly RequestContext Context = new("imap");

    [Fact]
    public async Task Everything_is_rejected()
    {
        LogLines log = new(debugLevel: 1);
        await using CustomModule module = new(log.Log);
        AuthOutcome unknown = AuthOutcome.Reject(Reasons.UnknownUser);

        Assert.Equal(unknown, await module.LookupAsync(new LookupRequest(Context, "x"), CancellationToken.None));
        Assert.Equal(
            unknown, await module.AuthenticateAsync(new AuthRequest(Context, "login", "x\ny\n"), CancellationToken.None));
        Assert.Equal(
            unknown, await module.ChangePasswordAsync(new PasswordChange(Context, "x", "y", "z"), CancellationToken.None));
        Assert.Null(module.EnumerateAsync(CancellationToken.None));
        string line = "Debug authcustom: nothing implemented in do_auth_custom()";
        Assert.Equal([line, line], log.All);
    }
}
