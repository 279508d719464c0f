// The mechanisms' reactions to a client's responses.
using System.Security.Cryptography;
using Authd.Core;
using Authd.Daemon.Sasl;
using Xunit;

namespace Authd.Tests.Unit.Daemon.Sasl;

public sealed class SaslExchangeTests : IDisposable
{
    private static readonly RequestContext Context = new("smtp", "192.0.2.7");
    private readonly BlockingWork _blocking = new(1);

    public void Dispose() => _blocking.Dispose();

    [Fact]
    public async Task Plain()
    {
        Assert.Equal("john\npassword\n", await LoginAsync("PLAIN", "\0john\0password"));
        Assert.Equal("john\npassword\n", await LoginAsync("PLAIN", "john\0john\0password"));
        Assert.Equal(">\njohn\npassword\n", await LoginAsync("PLAIN", null, "\0john\0password"));
        foreach (string bad in new[]
        {
            "", "john", "\0john", "\0john\0", "\0\0password", "jane\0john\0password", "\0john\0pass\0word", "\0john\0pass\nword",
            "\0jo\nhn\0password",
        })
        {
            Assert.Null(await LoginAsync("PLAIN", bad));
        }
    }

    [Fact]
    public async Task Login()
    {
        Assert.Equal(">Username:\n>Password:\njohn\npassword\n", await LoginAsync("LOGIN", null, "john", "password"));
        Assert.Equal(">Password:\njohn\npassword\n", await LoginAsync("LOGIN", "john", "password"));
        Assert.Null(await LoginAsync("LOGIN", "john", ""));
        Assert.Null(await LoginAsync("LOGIN", "", "password"));
        Assert.Null(await LoginAsync("LOGIN", "john", "pass\nword"));
    }

    [Fact]
    public async Task Cram_passes_challenge_and_response_on()
    {
        SaslExchange exchange = Begin("CRAM-MD5");
        byte[] challenge = (await exchange.NextAsync(null, default)).Challenge!;
        SaslStep step = await exchange.NextAsync("john 00ff"u8.ToArray(), default);
        Assert.Equal(
            new AuthRequest(Context, "cram-md5", $"{Convert.ToBase64String(challenge)}\n{Convert.ToBase64String("john 00ff"u8)}\n"),
            step.Login);
        Assert.Matches("^<[0-9a-f]{32}\\.[0-9]+@.+>$", WireText.FromBytes(challenge));
        Assert.NotEqual(challenge, (await Begin("CRAM-MD5").NextAsync(null, default)).Challenge);
        Assert.True((await Begin("CRAM-MD5").NextAsync([], default)).IsBroken);
    }

    [Fact]
    public async Task Scram_proves_both_ways_and_asks_the_modules_last()
    {
        (SaslStep last, bool serverIsRight) = await ScramAsync("john", "password", "password");
        Assert.True(serverIsRight);
        Assert.Equal(new AuthRequest(Context, "login", "john\npassword\n"), last.Login);
    }

    [Theory]
    [InlineData("john", "wrong")]
    [InlineData("nobody", "password")]
    [InlineData("nobody", "")]
    public async Task Scram_with_a_wrong_proof_is_a_login_that_fails(string user, string password)
    {
        (SaslStep last, bool serverIsRight) = await ScramAsync(user, password, "password");
        Assert.False(serverIsRight);
        Assert.StartsWith(user + "\n", last.Login!.AuthData, StringComparison.Ordinal);
        Assert.DoesNotContain("\npassword\n", last.Login.AuthData, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p=tls-unique,,n=john,r=abc")]
    [InlineData("n,a=jane,n=john,r=abc")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=john,r=")]
    [InlineData("n,,m=x,n=john,r=abc")]
    [InlineData("john")]
    public async Task Scram_refuses_what_it_does_not_do(string first) =>
        Assert.True((await Begin("SCRAM-SHA-256").NextAsync(WireText.ToBytes(first), default)).IsBroken);

    [Fact]
    public async Task Scram_without_a_database_is_a_temporary_failure() =>
        Assert.True((await Begin("SCRAM-SHA-256").NextAsync("n,,n=away,r=abc"u8.ToArray(), default)).Failed);

    /// <summary>The client's half, as in RFC 5802.</summary>
    private async Task<(SaslStep Last, bool ServerIsRight)> ScramAsync(string user, string password, string truePassword)
    {
        SaslExchange exchange = Begin("SCRAM-SHA-256", truePassword);
        Assert.Empty((await exchange.NextAsync(null, default)).Challenge!);
        string bare = $"n={user},r=fyko+d2lbbFgONRv9qkxdawL";
        SaslStep step = await exchange.NextAsync(WireText.ToBytes("n,," + bare), default);
        string serverFirst = WireText.FromBytes(step.Challenge);
        string[] parts = serverFirst.Split(',');
        Assert.StartsWith("r=fyko+d2lbbFgONRv9qkxdawL", parts[0], StringComparison.Ordinal);
        Assert.Equal("i=4096", parts[2]);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            WireText.ToBytes(password), Convert.FromBase64String(parts[1][2..]), 4096, HashAlgorithmName.SHA256, 32);
        string final = $"c=biws,{parts[0]}";
        byte[] message = WireText.ToBytes($"{bare},{serverFirst},{final}");
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), message);
        string proof = Convert.ToBase64String([.. clientKey.Zip(signature, static (a, b) => (byte)(a ^ b))]);
        step = await exchange.NextAsync(WireText.ToBytes($"{final},p={proof}"), default);
        if (step.Challenge is not { } serverFinal)
        {
            return (step, false);
        }

        byte[] expected = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), message);
        bool isRight = WireText.FromBytes(serverFinal) == "v=" + Convert.ToBase64String(expected);
        return (await exchange.NextAsync([], default), isRight);
    }

    /// <summary>Challenges after ">", then the login; <c>null</c>: the exchange is broken.</summary>
    private async Task<string?> LoginAsync(string mechanism, params string?[] responses)
    {
        SaslExchange exchange = Begin(mechanism);
        string text = "";
        foreach (string? response in responses)
        {
            SaslStep step = await exchange.NextAsync(response is null ? null : WireText.ToBytes(response), default);
            if (step.IsBroken)
            {
                return null;
            }

            text += step.Challenge is { } challenge ? $">{WireText.FromBytes(challenge)}\n" : step.Login!.AuthData;
        }

        return text;
    }

    private SaslExchange Begin(string mechanism, string password = "password") =>
        SaslMechanism.Of(mechanism).Begin(new SaslPartner(
            Context,
            (user, _) => new ValueTask<AuthOutcome>(user switch
            {
                "john" => AuthOutcome.Accept(new Account { Home = "/", ClearPassword = password }),
                "away" => AuthOutcome.TempFail(Reasons.BackendAway),
                _ => AuthOutcome.Reject(Reasons.UnknownUser),
            }),
            _blocking));
}
