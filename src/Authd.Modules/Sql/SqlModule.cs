// The common part of authpgsql, authmysql and authsqlite, which is nearly everything but the connection.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Cache;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Metrics;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Linux.Files;
using Authd.Modules.Pool;

namespace Authd.Modules.Sql;

/// <summary>One configuration in use.</summary>
/// <param name="Module">The module's name.</param>
/// <param name="File">Its file.</param>
/// <param name="Statements">Its statements.</param>
/// <param name="Database">The database that executes them.</param>
/// <param name="Servers">The same for a check.</param>
public sealed record SqlSetup(
    string Module, RcFile File, SqlStatements Statements, ISqlDatabase Database, IReadOnlyList<ISqlTrialServer> Servers) : ITriable
{
    /// <inheritdoc/>
    public IAsyncEnumerable<Finding> TryAsync() => new SqlTrial(Module, File, Statements, Servers).RunAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Database.DisposeAsync();
}

/// <summary>A module whose accounts are rows of an SQL database.</summary>
public sealed class SqlModule : ICacheableModule
{
    private readonly Log _log;
    private readonly PasswordChecker _passwords;
    private readonly SqlRowRules _rules;
    private readonly SqlRows _rows;
    private readonly WatchedFile<SqlSetup> _file;
    private SqlSetup? _toldSeveral;

    /// <summary>Creates the module; its file is read at the first request.</summary>
    /// <param name="name">The name in authmodulelist.</param>
    /// <param name="rcFile">The configuration file's name.</param>
    /// <param name="services">The module's surroundings.</param>
    /// <param name="rules">The module's rules for rows.</param>
    /// <param name="load">Makes statements and database from the file.</param>
    public SqlModule(string name, string rcFile, ModuleServices services, SqlRowRules rules, Func<RcFile, SqlSetup> load)
    {
        Name = name;
        _log = services.Log;
        _passwords = services.Passwords;
        _rules = rules;
        _rows = new SqlRows(_log, name, rules);
        PoolNeighbours neighbours = new(Path.Combine(services.StateDirectory, name + ".room"), _log);
        _file = new WatchedFile<SqlSetup>(
            name,
            services.RcPath(rcFile),
            file => With(neighbours, services.Counters(name), load(file)),
            _log,
            services.CheckedVersion(rcFile));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long ConfigurationVersion => _file.Version;

    /// <inheritdoc/>
    public bool AnswersChallengesByLookup => true;

    /// <inheritdoc/>
    public ValueTask<AuthOutcome> LookupAsync(LookupRequest request, CancellationToken cancel) =>
        FindWithHomeAsync(request.User, request.Context.Service, cancel);

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> AuthenticateAsync(AuthRequest request, CancellationToken cancel)
    {
        if (request.AuthType != LoginData.AuthType)
        {
            return await AnswerChallengeAsync(request, cancel);
        }

        if (!LoginData.TryParse(request.AuthData, out LoginData? login))
        {
            return AuthOutcome.Reject(Reasons.BadRequest);
        }

        AuthOutcome outcome = await LogInAsync(login.User, login.Password, request.Context.Service, cancel);
        if (outcome.Account is not { } account)
        {
            return outcome;
        }

        Account accepted = account with { ClearPassword = login.Password };
        Dump(accepted);
        return AuthOutcome.Accept(accepted);
    }

    /// <inheritdoc/>
    public async ValueTask<AuthOutcome> ChangePasswordAsync(PasswordChange request, CancellationToken cancel)
    {
        if (_file.Current() is not { } setup)
        {
            return NoSetup();
        }

        AuthOutcome outcome = await LogInAsync(request.User, request.OldPassword, request.Context.Service, cancel);
        return outcome.Account is { } account
            ? await new SqlPasswordChange(Name, setup, _rows, _passwords, _log).MakeAsync(request, account, cancel) : outcome;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<Account>? EnumerateAsync(CancellationToken cancel) =>
        _file.Current() is null && _file.IsUnwanted ? null : ListAsync(_file.Current(), cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private async IAsyncEnumerable<Account> ListAsync(SqlSetup? setup, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (setup is null)
        {
            throw new EnumerationFailedException("no usable configuration");
        }

        SqlTemplate template = setup.Statements.Enumerate;
        SqlValues values = SqlValues.Enumeration(setup.Statements.DefaultDomain);
        if (_log.Debugging)
        {
            _log.Debug($"{Name}: enumerate query: {template.Display(values)}");
        }

        await foreach (string?[] row in setup.Database.StreamAsync(template, values, cancel))
        {
            if (_rows.TryReadListed(row, out Account? account))
            {
                yield return account;
            }
        }
    }

    private static SqlSetup With(PoolNeighbours neighbours, ModuleCounters counters, SqlSetup setup)
    {
        setup.Database.Neighbours = neighbours;
        setup.Database.Counters = counters;
        return setup;
    }

    private async ValueTask<AuthOutcome> FindAsync(string user, string service, CancellationToken cancel)
    {
        if (_file.Current() is not { } setup)
        {
            return NoSetup();
        }

        SqlTemplate template = setup.Statements.Select(service);
        SqlValues values = new(user, service, setup.Statements.DefaultDomain);
        if (_log.Debugging)
        {
            _log.Debug($"SQL query: {template.Display(values)}");
        }

        return Judge(setup, template, values, await setup.Database.QueryAsync(template, values, cancel));
    }

    private AuthOutcome NoSetup() =>
        _file.IsUnwanted ? AuthOutcome.Reject(Reasons.PassedOver) : AuthOutcome.TempFail(Reasons.Configuration);

    /// <summary>As in the C daemon: an account without a home exists for a login, but not for a lookup or a challenge.</summary>
    private async ValueTask<AuthOutcome> FindWithHomeAsync(string user, string service, CancellationToken cancel)
    {
        AuthOutcome outcome = await FindAsync(user, service, cancel);
        return outcome.Account is { Home: "" } ? AuthOutcome.Reject(Reasons.NoHome) : outcome;
    }

    /// <summary>Reports several rows once for each configuration, because the configuration is the cause.</summary>
    private void TellSeveral(SqlSetup setup, SqlValues values)
    {
        if (Interlocked.Exchange(ref _toldSeveral, setup) != setup)
        {
            _log.Warn($"{Name}: looking '{Log.Cut(values[SqlVariable.User], 255)}' up gave more than one row, and the first counts: "
                + "SELECT_CLAUSE or WHERE_CLAUSE should leave one for each user");
        }
    }

    private void TellFruitless(SqlTemplate template, string problem)
    {
        if (template.IsNews(problem))
        {
            _log.Err($"{Name}: {template.Place(problem)}; the statement is: {template.Shown}");
        }
    }

    private AuthOutcome Judge(SqlSetup setup, SqlTemplate template, SqlValues values, SqlResult result)
    {
        if (result is { End: SqlStatus.Done, ReturnedRows: true, Row: null or { Length: >= SqlRows.LeastColumns } })
        {
            template.HasWorked();
        }

        if (result.HasSeveral)
        {
            TellSeveral(setup, values);
        }

        switch (result)
        {
            case { End: SqlStatus.Failed }:
                return AuthOutcome.TempFail(result.Reason);
            case { End: SqlStatus.Unrepresentable }:
                return AuthOutcome.Reject(Reasons.UnknownUser);
            case { ReturnedRows: false }:
                TellFruitless(template, "the look-up statement gives no rows: it is no SELECT");
                return AuthOutcome.TempFail(Reasons.StatementFailed);
            case { Row: null }:
                if (_rules.TellsNoRow)
                {
                    _log.Debug("zero rows returned");
                }

                return AuthOutcome.Reject(Reasons.UnknownUser);
            case { Row: { Length: < SqlRows.LeastColumns } row }:
                TellFruitless(template, $"incomplete row, only {row.Length} fields returned; {SqlRows.ColumnsNeeded}");
                return AuthOutcome.TempFail(Reasons.StatementFailed);
            default:
                return _rows.TryRead(result.Row, out Account? account)
                    ? AuthOutcome.Accept(account) : SqlRows.Broken(result.Row);
        }
    }

    private async ValueTask<AuthOutcome> LogInAsync(string user, string password, string service, CancellationToken cancel)
    {
        AuthOutcome outcome = await FindAsync(user, service, cancel);
        if (outcome.Verdict == Verdict.TempFail)
        {
            return outcome;
        }

        if (outcome.Account is { StoredPassword.Length: > 0 } hashed)
        {
            return await _passwords.RefusalAsync(hashed.StoredPassword, password, cancel) is { } reason
                ? AuthOutcome.Reject(reason) : outcome;
        }

        if (outcome.Account is { ClearPassword.Length: > 0 } clear)
        {
            return _passwords.MatchesClear(clear.ClearPassword, password)
                ? outcome : AuthOutcome.Reject(Reasons.WrongPassword);
        }

        if (_rules.LogsMissingPasswordForUnknownUser)
        {
            _log.Debug("no password available to compare");
        }
        else if (outcome.Account is not null)
        {
            _log.Debug($"no password available to compare for '{user}'");
        }

        return outcome.Account is null ? outcome : AuthOutcome.Reject(Reasons.NoPassword);
    }

    private async ValueTask<AuthOutcome> AnswerChallengeAsync(AuthRequest request, CancellationToken cancel)
    {
        if (!CramData.TryParse(request, _log, out CramData? cram))
        {
            return AuthOutcome.Reject(Reasons.Unsupported);
        }

        AuthOutcome outcome = await FindWithHomeAsync(cram.User, request.Context.Service, cancel);
        if (outcome.Account is not { } account)
        {
            return outcome;
        }

        if (account.ClearPassword is not { Length: > 0 } clear)
        {
            return AuthOutcome.Reject(Reasons.NoPassword);
        }

        return HmacKey.MatchesPassword(cram, clear, _log) ? outcome : AuthOutcome.Reject(Reasons.WrongPassword);
    }

    /// <summary>The dump of a successful login; its prefix is the module's.</summary>
    private void Dump(Account account)
    {
        if (_log.Debugging)
        {
            _log.Debug($"{Name}: {AccountDump.Line(account)}");
        }

        if (_log.ShowingPasswords)
        {
            _log.DebugSecret($"{Name}: {AccountDump.PasswordLine(account)}");
        }
    }
}
