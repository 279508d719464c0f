// One PostgreSQL for all tests of authpgsql against the C daemon.
using Authd.Tests.Conformance.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Pgsql;

/// <summary>A cluster with a UTF-8 database of accounts.</summary>
public sealed class PgsqlAccounts() : SqlAccounts("authpgsql", "PGSQL_")
{
    private PostgresServer? _server;

    /// <summary>The server.</summary>
    public PostgresServer Server => _server!;

    /// <inheritdoc/>
    public override string Connection => "PGSQL_CONNECTION " + Server.Conninfo;

    /// <inheritdoc/>
    public override Task<string> SqlAsync(string sql) => Server.PsqlAsync(sql);

    /// <inheritdoc/>
    public override async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        await SqlAsync(Tables);
    }

    /// <inheritdoc/>
    public override async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>The classes that share <see cref="PgsqlAccounts"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PgsqlGroup : ICollectionFixture<PgsqlAccounts>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "pgsql";
}

/// <summary>Every account and request.</summary>
[Collection(PgsqlGroup.Name)]
public sealed class PgsqlUsualTableTests(PgsqlAccounts accounts) : UsualTableTests(accounts)
{
    [Theory]
    [InlineData("emptyhome")]
    [InlineData("nullhome")]
    public Task An_account_without_a_home_is_one_for_logins_only(string name) => Every_request_gets_the_same(name);
}

/// <summary>Password changes.</summary>
[Collection(PgsqlGroup.Name)]
public sealed class PgsqlPasswordChangeTests(PgsqlAccounts accounts) : PasswordChangeTests(accounts);

/// <summary>Generated password changes.</summary>
[Collection(PgsqlGroup.Name)]
public sealed class PgsqlGeneratedChangeTests(PgsqlAccounts accounts) : GeneratedChangeTests(accounts);

/// <summary>The debug log.</summary>
[Collection(PgsqlGroup.Name)]
public sealed class PgsqlTranscriptTests(PgsqlAccounts accounts) : TranscriptTests(accounts);
