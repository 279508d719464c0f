// One MariaDB for all tests of authmysql against the C daemon.
using Authd.Tests.Conformance.Sql;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Mysql;

/// <summary>A server with a UTF-8 database of accounts.</summary>
public sealed class MysqlAccounts() : SqlAccounts("authmysql", "MYSQL_")
{
    private MariadbServer? _server;

    /// <summary>The server.</summary>
    public MariadbServer Server => _server!;

    /// <inheritdoc/>
    public override string Connection => Server.OverTcp;

    /// <inheritdoc/>
    public override Task<string> SqlAsync(string sql) => Server.SqlAsync(sql);

    /// <inheritdoc/>
    public override async Task InitializeAsync()
    {
        _server = await MariadbServer.StartNewAsync();
        await SqlAsync(Tables);
    }

    /// <inheritdoc/>
    public override async Task DisposeAsync() => await Server.DisposeAsync();

    /// <inheritdoc/>
    public override string Literal(string text) => base.Literal(text).Replace("\\", "\\\\", StringComparison.Ordinal);
}

/// <summary>The classes that share <see cref="MysqlAccounts"/>.</summary>
[CollectionDefinition(Name)]
public sealed class MysqlGroup : ICollectionFixture<MysqlAccounts>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "mysql";
}

/// <summary>Every account and request.</summary>
[Collection(MysqlGroup.Name)]
public sealed class MysqlUsualTableTests(MysqlAccounts accounts) : UsualTableTests(accounts);

/// <summary>Password changes.</summary>
[Collection(MysqlGroup.Name)]
public sealed class MysqlPasswordChangeTests(MysqlAccounts accounts) : PasswordChangeTests(accounts);

/// <summary>Generated password changes.</summary>
[Collection(MysqlGroup.Name)]
public sealed class MysqlGeneratedChangeTests(MysqlAccounts accounts) : GeneratedChangeTests(accounts);

/// <summary>Password changes under a WHERE clause.</summary>
[Collection(MysqlGroup.Name)]
public sealed class MysqlWhereClauseTests(MysqlAccounts accounts) : WhereClauseTests(accounts);

/// <summary>The debug log.</summary>
[Collection(MysqlGroup.Name)]
public sealed class MysqlTranscriptTests(MysqlAccounts accounts) : TranscriptTests(accounts);
