// A module with a configuration file in a test, with its own
// configuration directory, a captured log, and short methods to ask it.
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Authd.Core;
using Authd.Core.Logging;
using Authd.Linux.Events;
using Authd.Modules;
using Authd.Tests.Support;

namespace Authd.Tests.Integration.Support;

/// <summary>Asks as the worker does: on a thread that handles events.</summary>
internal class ModuleHost : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rc").FullName;
    private readonly BlockingWork _blocking = new(4);
    private readonly EventLoop _events = new();
    private readonly IAuthModule _module;

    public ModuleHost(string module, string settings, string ini, int debug)
    {
        RcPath = Path.Combine(_directory, module + "rc");
        Write(settings);
        Log log = new((level, text) => Lines.Enqueue($"{level}: {text}"), debug);
        _module = ModuleRegistry.Create(module, TestServices.Create(_directory, log, _blocking, ini))!;
    }

    public ConcurrentQueue<string> Lines { get; } = new();

    public string RcPath { get; }

    public string[] Errors => [.. Lines.Where(line => line.StartsWith("Err:", StringComparison.Ordinal))];

    /// <summary>Writes the module's file; wire text, the marker line is added.</summary>
    public void Write(string settings) =>
        File.WriteAllBytes(RcPath, WireText.ToBytes("##NAME: MARKER:0\n" + settings + "\n"));

    public Task<AuthOutcome> LookupAsync(string user, string service = "imap") =>
        AskAsync(() => _module.LookupAsync(new LookupRequest(new RequestContext(service), user), CancellationToken.None));

    /// <summary>A look-up on the calling thread, on which it ends.</summary>
    public AuthOutcome LookUp(string user)
    {
        ValueTask<AuthOutcome> asked = _module.LookupAsync(new LookupRequest(new RequestContext("imap"), user), CancellationToken.None);
        return asked.IsCompleted ? asked.Result : throw new InvalidOperationException("it waits");
    }

    public Task<AuthOutcome> LoginAsync(string user, string password, string service = "imap") =>
        AskAsync(() => _module.AuthenticateAsync(
            new AuthRequest(new RequestContext(service), "login", $"{user}\n{password}\n"), CancellationToken.None));

    public Task<AuthOutcome> ChangeAsync(string user, string old, string fresh) =>
        AskAsync(() => _module.ChangePasswordAsync(
            new PasswordChange(new RequestContext("imap"), user, old, fresh), CancellationToken.None));

    public Task<AuthOutcome> CramAsync(string user, string password)
    {
        const string challenge = "<1@x>";
        string digest = Convert.ToHexStringLower(
            HMACMD5.HashData(WireText.ToBytes(password), Encoding.ASCII.GetBytes(challenge)));
        string response = Convert.ToBase64String(WireText.ToBytes($"{user} {digest}"));
        string data = $"{Convert.ToBase64String(Encoding.ASCII.GetBytes(challenge))}\n{response}\n";
        return AskAsync(() => _module.AuthenticateAsync(
            new AuthRequest(new RequestContext("imap"), "cram-md5", data), CancellationToken.None));
    }

    public IAsyncEnumerable<Account> EnumerateAsync() => _module.EnumerateAsync(CancellationToken.None)!;

    public async Task<List<string>> ListAsync()
    {
        List<string> listed = [];
        await foreach (Account account in EnumerateAsync())
        {
            listed.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{account.Address} {account.Uid} {account.Gid} {account.Home} {account.Maildir} {account.Options}"));
        }

        return listed;
    }

    public async ValueTask DisposeAsync()
    {
        await _module.DisposeAsync();
        _events.Dispose();
        _blocking.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<AuthOutcome> AskAsync(Func<ValueTask<AuthOutcome>> ask)
    {
        TaskCompletionSource<Task<AuthOutcome>> asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _events.Invoke(() => asked.SetResult(ask().AsTask()));

        // The test continues on a thread of its own, because it may wait for anything.
        return await (await asked.Task).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }
}
