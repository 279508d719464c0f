// authpgsql, authmysql and authsqlite: what they have in common, which is nearly everything but the connection.
using System.Runtime.CompilerServices;
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Core.Protocol;
using Authd.Modules.Lanes;

namespace Authd.Modules.Sql;

/// <summary>One configuration in use.</summary>
/// <param name="Statements">What is sent.</param>
/// <param name="Database">Where to.</param>
public sealed record SqlSetup(SqlStatements Statements, ISqlDatabase Database) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Database.DisposeAsync();
}

/// <summary>A module whose accounts are rows of an SQL database.</summary>
public sealed class SqlModule : IAuthModule
{
    private readonly Log _log;
    private readonly PasswordChecker _passwords;
    private readonly SqlRowRules _rules;
    private readonly SqlRows _rows;
    private readonly WatchedFile<SqlSetup> _file;

    /// <summary>Makes the module; its file is read at the first request.</summary>
    /// <param name="name">As in authmodulelist.</param>
    /// <param name="path">The configuration file.</param>
    /// <param name="services">The module's surroundings.</param>
    /// <param name="rules">What the module makes of rows.</param>
    /// <param name="load">Makes statements and database of the file.</param>
    public SqlModule(string name, string path, ModuleServices services, SqlRowRules rules, Func<RcFile, SqlSetup> load)
    {
        Name = name;
        _log = services.Log;
        _passwords = services.Passwords;
        _rules = rules;
        _rows = new SqlRows(_log, name, rules);
        LaneNeighbours neighbours = new(Path.Combine(services.StateDirectory, name + ".room"), _log);
        _file = new WatchedFile<SqlSetup>(name, path, file => With(neighbours, load(file)), _log);
    }

    /// <inheritdoc/>
    public string Name { get; }

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
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        AuthOutcome outcome = await LogInAsync(request.User, request.OldPassword, request.Context.Service, cancel);
        return outcome.Account is { } account ? await StoreAsync(setup, request, account, cancel) : outcome;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Account> EnumerateAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        SqlSetup setup = _file.Current() ?? throw new EnumerationFailedException("no usable configuration");
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

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private static SqlSetup With(LaneNeighbours neighbours, SqlSetup setup)
    {
        setup.Database.Neighbours = neighbours;
        return setup;
    }

    private async ValueTask<AuthOutcome> FindAsync(string user, string service, CancellationToken cancel)
    {
        if (_file.Current() is not { } setup)
        {
            return AuthOutcome.TempFail(Reasons.BackendAway);
        }

        SqlTemplate template = setup.Statements.Select(service);
        SqlValues values = new(user, service, setup.Statements.DefaultDomain);
        if (_log.Debugging)
        {
            _log.Debug($"SQL query: {template.Display(values)}");
        }

        return Judge(await setup.Database.QueryAsync(template, values, cancel));
    }

    /// <summary>As the C daemon: an account without home exists for a login, not for a look-up or a challenge.</summary>
    private async ValueTask<AuthOutcome> FindWithHomeAsync(string user, string service, CancellationToken cancel)
    {
        AuthOutcome outcome = await FindAsync(user, service, cancel);
        return outcome.Account is { Home: "" } ? AuthOutcome.Reject(Reasons.UnknownUser) : outcome;
    }

    private AuthOutcome Judge(SqlResult result)
    {
        switch (result)
        {
            case { End: SqlEnd.Failed }:
                return AuthOutcome.TempFail(Reasons.BackendAway);
            case { End: SqlEnd.Unrepresentable }:
                return AuthOutcome.Reject(Reasons.UnknownUser);
            case { GaveRows: false }:
                _log.Err($"{Name}: the look-up statement gives no rows: it is no SELECT");
                return AuthOutcome.TempFail(Reasons.BrokenRecord);
            case { Row: null }:
                if (_rules.TellsNoRow)
                {
                    _log.Debug("zero rows returned");
                }

                return AuthOutcome.Reject(Reasons.UnknownUser);
            default:
                return _rows.TryRead(result.Row, out Account? account)
                    ? AuthOutcome.Accept(account) : AuthOutcome.TempFail(Reasons.BrokenRecord);
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
            return await _passwords.MatchesAsync(hashed.StoredPassword, password, cancel)
                ? outcome : AuthOutcome.Reject(Reasons.WrongPassword);
        }

        if (outcome.Account is { ClearPassword.Length: > 0 } clear)
        {
            return _passwords.MatchesClear(clear.ClearPassword, password)
                ? outcome : AuthOutcome.Reject(Reasons.WrongPassword);
        }

        if (_rules.TellsNoPasswordOfNobody)
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

    /// <summary>Writes what the row had: an account without clear text does not get one by changing its password.</summary>
    private async ValueTask<AuthOutcome> StoreAsync(
        SqlSetup setup, PasswordChange request, Account account, CancellationToken cancel)
    {
        bool hash = account.StoredPassword is { Length: > 0 };
        bool clear = account.ClearPassword is { Length: > 0 };
        bool needsHash = hash || setup.Statements.ChangesByClause;
        string? newHash = needsHash
            ? await _passwords.HashLikeAsync(account.StoredPassword, request.NewPassword, cancel) : "";
        if (newHash is null)
        {
            return AuthOutcome.Reject("new password refused");
        }

        if (setup.Statements.Change(hash, clear) is not { } template)
        {
            _log.Err($"{Name}: no field to store the new password of '{account.Address}' in");
            return AuthOutcome.TempFail(Reasons.BrokenRecord);
        }

        SqlValues values = new(request.User, "", setup.Statements.DefaultDomain)
        {
            NewPassword = request.NewPassword,
            NewHash = newHash,
        };
        if (_log.ShowingPasswords)
        {
            _log.DebugSecret($"setpass SQL: {template.Display(values)}");
        }

        SqlResult result = await setup.Database.ChangeAsync(template, values, cancel);
        if (result.End == SqlEnd.Done && result.Affected != 0)
        {
            return AuthOutcome.Changed;
        }

        _log.Debug("setpass SQL failed");
        return AuthOutcome.TempFail(Reasons.BackendAway);
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
