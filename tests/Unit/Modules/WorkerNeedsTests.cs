// The needs of modules in workers that are not root: files, and reasons to stay root.
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Modules;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules;

public sealed class WorkerNeedsTests : IDisposable
{
    private readonly ScratchDirectory _etc = new();

    public void Dispose() => _etc.Dispose();

    [Fact]
    public void Userdb_needs_its_databases_opened_and_passwords_changed()
    {
        WorkerNeeds needs = Needs("authuserdb");
        Assert.Equal([_etc["userdb.dat"], _etc["userdbshadow.dat"]], needs.Brokered.Order(StringComparer.Ordinal));
        Assert.True(needs.ChangesUserdb);
        Assert.False(needs.AsksForSystemUsers);
        Assert.Empty(needs.Reasons);
        Assert.False(Needs("authcram").ChangesUserdb);
    }

    [Theory]
    [InlineData("authpam")]
    [InlineData("authpwd")]
    [InlineData("authshadow")]
    public void Modules_of_system_users_need_shadow_and_pam(string module)
    {
        Assert.True(Needs(module).AsksForSystemUsers);
        Assert.Empty(Needs(module).Brokered);
    }

    [Theory]
    [InlineData("host=/run/postgresql user=mail", "")]
    [InlineData("dbname=mail user=mail", "")]
    [InlineData("host=/run/postgresql user=mail password=x", null)]
    [InlineData("host=127.0.0.1 user=mail", null)]
    public void A_role_that_the_server_may_know_by_the_process_needs_root(string conninfo, string? reason)
    {
        File.WriteAllText(_etc["authpgsqlrc"], $"PGSQL_CONNECTION {conninfo}\n");
        WorkerNeeds needs = Needs("authpgsql");
        Assert.Contains(_etc["authpgsqlrc"], needs.Brokered);
        Assert.Equal(reason is null ? [] : ["authpgsql"], needs.Reasons.Select(static found => found.Module));
    }

    [Fact]
    public void Keys_and_certificates_are_opened_by_others()
    {
        File.WriteAllText(_etc["key"], "");
        File.WriteAllText(
            _etc["authpgsqlrc"], $"PGSQL_CONNECTION host=db password=x sslmode=require sslkey={_etc["key"]} sslcert={_etc["key"]}\n");
        Assert.Contains(("authpgsql", _etc["key"], false), Needs("authpgsql").Files);
    }

    [Theory]
    [InlineData("MYSQL_SERVER localhost", "", true)]
    [InlineData("MYSQL_SOCKET /run/mysqld/mysqld.sock", "", true)]
    [InlineData("MYSQL_SERVER localhost", "MYSQL_PASSWORD x\n", false)]
    [InlineData("MYSQL_SERVER db.example.com", "", false)]
    public void So_does_a_user_of_MariaDB_without_a_password(string server, string password, bool root)
    {
        File.WriteAllText(_etc["authmysqlrc"], $"{server}\n{password}MYSQL_USERNAME mail\nMYSQL_DATABASE mail\n");
        Assert.Equal(root, Needs("authmysql").Reasons.Count == 1);
    }

    [Fact]
    public void A_database_file_is_written_beside_its_journal()
    {
        File.WriteAllText(_etc["authsqliterc"], "SQLITE_DATABASE /var/lib/mail/users.db\n");
        Assert.Equal(
            [("authsqlite", "/var/lib/mail/users.db", true), ("authsqlite", "/var/lib/mail", true)], Needs("authsqlite").Files);
    }

    [Fact]
    public void A_program_that_is_there_needs_root()
    {
        Assert.Empty(Needs("authpipe").Reasons);
        File.WriteAllText(_etc["authProg"], "");
        WorkerNeeds needs = Needs("authpipe");
        Assert.True(needs.StartsPrograms);
        Assert.Equal(("authpipe", $"its program {_etc["authProg"]} has always been run by root"), Assert.Single(needs.Reasons));
    }

    [Theory]
    [InlineData("socketmap:inet:127.0.0.1:24:relay", true)]
    [InlineData("socketmap:inet:127.0.0.1:10024:relay", false)]
    public void A_port_below_1024_needs_root(string table, bool root) =>
        Assert.Equal(root, Needs("authpostfix", table).Reasons.Count == 1);

    [Fact]
    public void Settings_that_are_wrong_need_nothing()
    {
        File.WriteAllText(_etc["authpgsqlrc"], "PGSQL_CONNECTION port=none\n");
        Assert.Empty(Needs("authpgsql").Reasons);
    }

    private WorkerNeeds Needs(string module, string loginTable = "") => ModuleRegistry.NeedsOf(
        [module], _etc.Path, _etc.Path, DaemonIni.Parse("authdaemond.ini", ""), name => name == "LOGINDB" ? loginTable : null);
}
