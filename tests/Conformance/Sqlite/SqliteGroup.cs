// One SQLite database for all tests of authsqlite against the C daemon.
using Authd.Tests.Conformance.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Sqlite;

/// <summary>A database of accounts that both daemons may write to, whichever user they run as.</summary>
public sealed class SqliteAccounts() : SqlAccounts("authsqlite", "SQLITE_")
{
    private readonly ScratchDirectory _scratch = new();

    /// <inheritdoc/>
    public override string Connection => "SQLITE_DATABASE " + _scratch["accounts.db"];

    /// <inheritdoc/>
    public override async Task<string> SqlAsync(string sql) => (await ProcessRunner.RunOrThrowAsync(
        ["sqlite3", "-batch", "-bail", _scratch["accounts.db"]], Core.WireText.FromUnicode(sql))).Trim();

    /// <inheritdoc/>
    public override Task InitializeAsync() => SqlAsync(Tables);

    /// <inheritdoc/>
    public override Task DisposeAsync()
    {
        _scratch.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The classes that share <see cref="SqliteAccounts"/>.</summary>
[CollectionDefinition(Name)]
public sealed class SqliteGroup : ICollectionFixture<SqliteAccounts>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "sqlite";
}

/// <summary>Every account and request.</summary>
[Collection(SqliteGroup.Name)]
public sealed class SqliteUsualTableTests(SqliteAccounts accounts) : UsualTableTests(accounts)
{
    [Theory]
    [InlineData("emptyhome")]
    [InlineData("nullhome")]
    public Task An_account_without_a_home_is_one_for_logins_only(string name) => Every_request_gets_the_same(name);
}

/// <summary>Password changes.</summary>
[Collection(SqliteGroup.Name)]
public sealed class SqlitePasswordChangeTests(SqliteAccounts accounts) : PasswordChangeTests(accounts);

/// <summary>Generated password changes.</summary>
[Collection(SqliteGroup.Name)]
public sealed class SqliteGeneratedChangeTests(SqliteAccounts accounts) : GeneratedChangeTests(accounts);

/// <summary>Password changes under a WHERE clause.</summary>
[Collection(SqliteGroup.Name)]
public sealed class SqliteWhereClauseTests(SqliteAccounts accounts) : WhereClauseTests(accounts);

/// <summary>The debug log.</summary>
[Collection(SqliteGroup.Name)]
public sealed class SqliteTranscriptTests(SqliteAccounts accounts) : TranscriptTests(accounts);
