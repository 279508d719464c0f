// A password change in an SQL database: the new password works afterwards, or nothing has changed.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;

namespace Authd.Modules.Sql;

/// <summary>
/// Writes the columns that the row had: an account without clear text does not get one by changing its password. The new password
/// is proved by reading the row back before the change is kept. If the best form of a hash does not fit the column, a narrower
/// one is used that is no weaker than the old one.
/// </summary>
/// <param name="module">The module's name.</param>
/// <param name="setup">The configuration in use.</param>
/// <param name="rows">Reads rows.</param>
/// <param name="passwords">Makes and checks hashes.</param>
/// <param name="log">The log.</param>
internal sealed class SqlPasswordChange(string module, SqlSetup setup, SqlRows rows, PasswordChecker passwords, Log log)
{
    private const string Unfit = "new password does not fit its column";
    private const string Prefix = "password change failed for";

    /// <summary>An attempt to write a password.</summary>
    /// <param name="Hash">The hash that was sent, empty: none.</param>
    /// <param name="Result">The result, with the row that was read back.</param>
    private sealed record Attempt(string Hash, SqlResult Result)
    {
        /// <summary>Another form of the hash may help.</summary>
        public bool BlamesHash => Hash.Length > 0 && Back(1) != Hash;

        /// <summary>A column of the row that was read back.</summary>
        public string Back(int column) => Result.Row is { } row && column < row.Length ? row[column] ?? "" : "";
    }

    /// <summary>Changes the password of an account whose old password has been checked.</summary>
    public async ValueTask<AuthOutcome> MakeAsync(PasswordChange request, Account account, CancellationToken cancel)
    {
        StoredHash? place = account.StoredPassword is { Length: > 0 } stored
            ? await passwords.FindAsync(stored, request.OldPassword, cancel) : null;
        bool hash = place is not null;

        // Of several passwords the clear text may be another one's.
        bool clear = account.ClearPassword is { Length: > 0 } && (place is null or { IsOnly: true } || account.ClearPassword == request.OldPassword);
        if (setup.Statements.Change(hash, clear) is not { } template)
        {
            log.Err($"{module}: no field to store the new password of '{account.Address}' in");
            return AuthOutcome.TempFail(Reasons.Configuration);
        }

        Attempt? first = null;
        foreach (string form in hash || setup.Statements.ChangesByClause ? passwords.FormsAfter(place?.Text) : [""])
        {
            string? fresh = form.Length == 0 && !hash && !setup.Statements.ChangesByClause
                ? "" : await passwords.HashAsync(form, request.NewPassword, cancel);
            if (fresh is null)
            {
                if (first is null)
                {
                    return AuthOutcome.Reject("new password refused");
                }

                continue;
            }

            fresh = place?.With(fresh) ?? fresh;
            SqlResult result = await WriteAsync(template, request, account, fresh, cancel);
            if (result.End != SqlStatus.NotKept)
            {
                return Judge(template, request, first, fresh, result);
            }

            first ??= new Attempt(fresh, result);
            await RestoreAsync(template, request, account, cancel);
            if (!first.BlamesHash || !template.Has(SqlVariable.NewHash))
            {
                break;
            }
        }

        log.Warn($"{module}: {Prefix} '{request.User}': {Why(first!)}; the old password stays. {Cure(first!)}");
        return AuthOutcome.TempFail(Unfit);
    }

    private async ValueTask<SqlResult> WriteAsync(
        SqlTemplate template, PasswordChange request, Account account, string hash, CancellationToken cancel)
    {
        SqlValues values = new(request.User, "", setup.Statements.DefaultDomain) { NewPassword = request.NewPassword, NewHash = hash };
        if (log.ShowingPasswords)
        {
            log.DebugSecret($"setpass SQL: {template.Display(values)}");
        }

        SqlProof proof = new(
            setup.Statements.Select(request.Context.Service), LookUp(request), row => AdmitsAsync(row, account, values, cancel));
        return await setup.Database.ChangeAsync(template, values, proof, cancel);
    }

    private AuthOutcome Judge(SqlTemplate template, PasswordChange request, Attempt? first, string hash, SqlResult result)
    {
        if (result.End == SqlStatus.Done)
        {
            template.HasWorked();
        }

        if (result.End == SqlStatus.Done && result.Affected != 0)
        {
            if (first is not null)
            {
                log.Warn($"{module}: the new password of '{request.User}' is stored as {Form(hash)} ({hash.Length} bytes): {Why(first)}. "
                    + Cure(first));
            }

            return AuthOutcome.Changed;
        }

        string reason = result.Reason;
        if (result.End == SqlStatus.Unrepresentable)
        {
            reason = Unfit;
            log.Err($"{module}: {Prefix} '{request.User}': the database's character set cannot hold it");
        }
        else if (result.End == SqlStatus.Done)
        {
            reason = Reasons.NoRow;
            string text = setup.Statements.ChangesByClause
                ? template.Place("the statement met no row: its WHERE has to find the row that the look-up has found")
                : $"the statement met no row: the row that the look-up has found has another login; set {setup.Statements.ChangeKey} in {setup.Statements.Path}";
            log.Warn($"{module}: {Prefix} '{request.User}': {text}; the statement is: {template.Shown}");
        }

        log.Debug("setpass SQL failed");
        return AuthOutcome.TempFail(reason);
    }

    private SqlValues LookUp(PasswordChange request) => new(request.User, request.Context.Service, setup.Statements.DefaultDomain);

    /// <summary>Whether the new row admits the new password in every way in which the old row admitted the old one.</summary>
    private async ValueTask<bool> AdmitsAsync(string?[]? row, Account before, SqlValues sent, CancellationToken cancel)
    {
        if (row is null || !rows.TryRead(row, out Account? now))
        {
            return false;
        }

        // A clause may leave the clear text alone; if it writes it, it must be whole, since CRAM needs it.
        bool clearIsRight = string.IsNullOrEmpty(now.ClearPassword) || now.ClearPassword == sent.NewPassword
            || (now.ClearPassword == before.ClearPassword && !string.IsNullOrEmpty(now.StoredPassword));
        if (!clearIsRight || string.IsNullOrEmpty(now.StoredPassword))
        {
            return clearIsRight && now.ClearPassword == sent.NewPassword;
        }

        return now.StoredPassword == sent.NewHash || await passwords.MatchesAsync(now.StoredPassword, sent.NewPassword, cancel);
    }

    /// <summary>
    /// Writes the old values again if the database could not undo the change (tables without transactions, a clause with a
    /// transaction of its own).
    /// </summary>
    private async ValueTask RestoreAsync(SqlTemplate template, PasswordChange request, Account account, CancellationToken cancel)
    {
        if (await IsAsBeforeAsync())
        {
            return;
        }

        SqlValues old = new(request.User, "", setup.Statements.DefaultDomain)
        {
            NewPassword = account.ClearPassword is { Length: > 0 } clear ? clear : request.OldPassword,
            NewHash = account.StoredPassword ?? "",
        };
        await setup.Database.ChangeAsync(template, old, proof: null, cancel);
        if (!await IsAsBeforeAsync())
        {
            log.Err($"{module}: {Prefix} '{request.User}', and the old one could not be put back: set the account's password by hand");
        }

        async ValueTask<bool> IsAsBeforeAsync()
        {
            SqlResult now = await setup.Database.QueryAsync(
                setup.Statements.Select(request.Context.Service), LookUp(request), cancel);
            return now.Row is { Length: > 2 } row
                && (row[1] ?? "") == (account.StoredPassword ?? "") && (row[2] ?? "") == (account.ClearPassword ?? "");
        }
    }

    private string Why(Attempt attempt)
    {
        string sent = attempt.BlamesHash ? $"a hash of {attempt.Hash.Length} bytes ({Form(attempt.Hash)})" : "the clear text";
        if (attempt.Result.Refusal is { } refusal)
        {
            return $"{sent} is refused ({refusal})";
        }

        string place = setup.Statements.Place(attempt.BlamesHash);
        string back = attempt.Back(1);
        return attempt.BlamesHash && back.Length > 0 && attempt.Hash.StartsWith(back, StringComparison.Ordinal)
            ? $"of {sent} {place} keeps {back.Length}"
            : $"{sent}, written to {place}, is something else when it is read back";
    }

    private string Cure(Attempt attempt) => attempt.BlamesHash
        ? $"Widen {setup.Statements.Place(hash: true)} to 255, or see [passwords] scheme in authdaemond.ini."
        : $"Widen {setup.Statements.Place(hash: false)}.";

    /// <summary>The beginning of a hash, never more.</summary>
    private static string Form(string hash)
    {
        int end = hash.StartsWith('{') ? hash.IndexOf('}') : hash.StartsWith('$') ? hash.IndexOf('$', 1) : -1;
        return end > 0 ? hash[..(end + 1)] : "DES";
    }
}
