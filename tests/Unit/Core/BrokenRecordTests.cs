// An account whose record cannot be used: the right password fails temporarily, a wrong one is rejected.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Crypt;
using Xunit;

namespace Authd.Tests.Unit.Core;

public sealed class BrokenRecordTests : IDisposable
{
    private const string Hash = "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"; // password

    private readonly BlockingWork _work = new(1);

    public void Dispose() => _work.Dispose();

    [Theory]
    [InlineData(Hash, null, "password", Verdict.TempFail)]
    [InlineData(Hash, null, "wrong", Verdict.Reject)]
    [InlineData(null, "password", "password", Verdict.TempFail)]
    [InlineData("", "password", "wrong", Verdict.Reject)]
    [InlineData(Hash, "wrong", "wrong", Verdict.Reject)] // the hash counts
    [InlineData(null, "", "password", Verdict.Reject)] // nobody can know its password
    public async Task A_password_is_judged_before_the_record(string? hash, string? clear, string password, Verdict verdict)
    {
        ModuleChain chain = Chain(AuthOutcome.BrokenRecord(hash, clear));
        Assert.Equal(verdict, (await chain.AuthenticateAsync(Requests(password), default)).Verdict);
        Assert.Equal(
            verdict, (await chain.ChangePasswordAsync(new PasswordChange(Context, "john", password, "new"), default)).Verdict);
    }

    [Fact]
    public async Task A_lookup_of_it_is_a_temporary_failure()
    {
        AuthOutcome outcome = await Chain(AuthOutcome.BrokenRecord(Hash, null))
            .LookupAsync(new ClientRequest.Pre(".", new LookupRequest(Context, "john")), default);
        Assert.Equal((Verdict.TempFail, Reasons.BrokenRecord), (outcome.Verdict, outcome.Reason));
    }

    [Fact]
    public async Task The_next_module_is_asked_when_the_password_is_not_that_of_the_broken_record()
    {
        ModuleChain chain = Chain(AuthOutcome.BrokenRecord(Hash, null), AuthOutcome.Accept(new Account { Uid = 1, Gid = 1, Home = "/" }));
        Assert.Equal(Verdict.Accept, (await chain.AuthenticateAsync(Requests("another"), default)).Verdict);
        Assert.Equal(Verdict.TempFail, (await chain.AuthenticateAsync(Requests("password"), default)).Verdict);
    }

    private static RequestContext Context { get; } = new("imap");

    private static AuthRequest Requests(string password) => new(Context, "login", $"john\n{password}\n");

    private ModuleChain Chain(params AuthOutcome[] answers) => new(
        [.. answers.Select(static answer => (IAuthModule)new FixedModule(answer))], Log.None, false, [])
    {
        Passwords = new PasswordChecker(new SystemCrypt(), _work, Log.None),
    };

    private sealed class FixedModule(AuthOutcome answer) : IAuthModule
    {
        public string Name => "authfixed";

        public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) => new(answer);

        public ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel) => new(answer);

        public ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel) => new(answer);

        public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) => null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
