using System.Diagnostics;
using System.Globalization;
using System.Text;
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Daemon.Configuration;
using Authd.Linux.Crypt;
using Authd.Linux.Files;
using Authd.Modules;

namespace Authd.Daemon.Worker;

/// <summary>
/// Explains one request for authtest --explain. It creates modules for this request alone, with the worker's configuration and a
/// log of their own, so that the text has all of their lines, including those about connections, and none of other requests. The
/// worker's cache is examined, but not used.
/// </summary>
/// <param name="settings">The worker's configuration.</param>
/// <param name="services">The services of its modules.</param>
/// <param name="shared">Its caches.</param>
internal sealed class ExplainedRequest(WorkerSettings settings, ModuleServices services, WorkerResources shared)
{
    /// <summary>The flag that shows passwords and hashes; it works only for root.</summary>
    internal const string ShowSecrets = "v";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    /// <summary>Runs the request and returns the text.</summary>
    /// <param name="question">Flags, service, name, and, for a login, the password. Wire text.</param>
    /// <param name="isRoot">The caller is root.</param>
    /// <param name="cancel">Cancelled when the caller is gone.</param>
    internal async Task<string> TellAsync(string[] question, bool isRoot, CancellationToken cancel)
    {
        if (question is not [var flags, var service, { Length: > 0 } user, .. var more] || more.Length > 1)
        {
            return "This question cannot be understood: the daemon is of another version.\n";
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        Story story = new(isRoot && flags.Contains(ShowSecrets, StringComparison.Ordinal));
        string? password = more is [{ Length: > 0 } given] ? given : null;
        story.Say($"{(password is null ? "lookup (PRE)" : "login (AUTH)")} of {user}, service {service}, by worker {Environment.ProcessId}");
        story.Say($"modules: {string.Join(' ', settings.ModuleNames)} ({Path.Combine(settings.ConfigDirectory, "authdaemonrc")}: authmodulelist)");
        RequestContext context = new(service);
        string? known = LoginNames.Read(services.Ini).Of(user);
        if (known != user)
        {
            story.Say(known is null ? "name: it has a character that [names] does not allow" : $"name: {known}, by [names]");
        }

        string verdict = known is null ? "rejected, no module is asked" : "rejected by all modules";
        foreach (string name in known is null ? [] : settings.ModuleNames)
        {
            AuthOutcome outcome = await AskAsync(story, name, context, known!, password, limit.Token);
            if (outcome.Verdict != Verdict.Reject)
            {
                verdict = outcome.Verdict == Verdict.Accept
                    ? $"accepted by {name}"
                    : $"temporary failure: {name} cannot tell ({outcome.Reason}), and no further module may be asked";
                break;
            }
        }

        story.Say($"verdict: {verdict}");
        return story.Text;
    }

    private async Task<AuthOutcome> AskAsync(
        Story story, string name, RequestContext context, string user, string? password, CancellationToken cancel)
    {
        story.Begin(name);
        if (ModuleRegistry.UnavailableReason(name) is { } obstacle)
        {
            story.Add($"skipped: {obstacle}");
            return AuthOutcome.Reject(Reasons.Unsupported);
        }

        ModuleServices own = ServicesFor(story);
        if (ModuleRegistry.Create(name, own) is not { } module)
        {
            story.Add("answers no requests");
            return AuthOutcome.Reject(Reasons.Unsupported);
        }

        AddConfiguration(story, own.RcPath(name + "rc"));
        if (shared.Cached.FirstOrDefault(cached => cached.Name == name) is { } cache)
        {
            story.Add($"cache: {cache.Describe(password is not null, context.Service, user)}");
        }

        await using (module)
        {
            long start = Stopwatch.GetTimestamp();
            AuthOutcome outcome;
            try
            {
                outcome = password is null
                    ? await module.LookupAsync(new LookupRequest(context, user), cancel)
                    : await module.AuthenticateAsync(new AuthRequest(context, LoginData.AuthType, $"{user}\n{password}\n"), cancel);
            }
            catch (Exception e)
            {
                outcome = AuthOutcome.TempFail(e is OperationCanceledException ? "no answer in time" : e.Message);
            }

            AddAnswer(story, own, outcome, Stopwatch.GetElapsedTime(start), password);
            return outcome;
        }
    }

    private ModuleServices ServicesFor(Story story)
    {
        Log log = new((level, text) => story.Add($"{level.ToString().ToLowerInvariant()}: {text}"), story.ShowsSecrets ? 2 : 1, null, story.Add);
        SystemCrypt crypt = new();
        return services with
        {
            Log = log,
            Passwords = new PasswordChecker(crypt, services.Blocking, log, PasswordPolicy.From(services.Ini, crypt)),
            Counters = static _ => ModuleCounters.Unread(),
        };
    }

    private static void AddConfiguration(Story story, string path)
    {
        try
        {
            if (File.Exists(path))
            {
                RcFile file = RcFile.Parse(path, File.ReadAllBytes(path));
                story.Add($"configuration: {path}, lines {string.Join(", ", file.Places.Select(static at => $"{at.Line} {at.Name}"))}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            story.Add($"configuration: {path}: {FileTrouble.Text(e)}");
        }
    }

    private void AddAnswer(Story story, ModuleServices own, AuthOutcome outcome, TimeSpan took, string? password)
    {
        string time = took.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
        if (outcome.Account is { } account)
        {
            story.Add($"found: {AccountDump.Line(account)}");
            story.Add(
                account.StoredPassword is { Length: > 0 } field
                    ? $"stored password: {string.Join("; ", own.Passwords.HashesIn(field).Select(static hash => PasswordDescription.Of(hash.Text)))}"
                : account.ClearPassword is { Length: > 0 } && password is null ? "stored password: clear text"
                : "stored password: none that is shown");
            if (new AllowedNetworks(settings.DefaultOptions, own.Log).Of(account) is { } networks)
            {
                story.Add($"a login counts only from {networks} ({AllowedNetworks.Option}): this question has no address, and is not judged by it");
            }

            if (story.ShowsSecrets)
            {
                story.Add(AccountDump.PasswordLine(account));
            }
        }

        story.Add(outcome.Verdict switch
        {
            Verdict.Accept => $"answer: accepted, {time} ms",
            Verdict.Reject => $"answer: rejected, {outcome.Reason}, {time} ms; the next module is asked",
            _ => $"answer: temporary failure, {outcome.Reason}, {time} ms",
        });
    }

    /// <summary>The text, line by line, with the time since the module was asked.</summary>
    private sealed class Story(bool showsSecrets)
    {
        private readonly StringBuilder _text = new();
        private readonly Lock _sync = new();
        private long _start = Stopwatch.GetTimestamp();

        internal bool ShowsSecrets => showsSecrets;

        internal string Text
        {
            get
            {
                lock (_sync)
                {
                    return _text.ToString();
                }
            }
        }

        internal void Say(string line)
        {
            lock (_sync)
            {
                _text.Append(Log.Clean(line)).Append('\n');
            }
        }

        internal void Begin(string module)
        {
            _start = Stopwatch.GetTimestamp();
            Say(module);
        }

        internal void Add(string line)
        {
            double milliseconds = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
            Say(string.Create(CultureInfo.InvariantCulture, $"  {milliseconds,8:0.0} ms  {line}"));
        }
    }
}
