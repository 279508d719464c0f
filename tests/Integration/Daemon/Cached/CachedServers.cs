// The servers whose answers are kept, each with the same accounts.
using System.Globalization;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Daemon.Cached;

/// <summary>Settings that the servers share.</summary>
internal static class CachedAccounts
{
    public static string Name(int user) => string.Create(CultureInfo.InvariantCulture, $"user{user}");

    public static string Password(int user) => string.Create(CultureInfo.InvariantCulture, $"pw-{user}");

    /// <summary>A text for each account.</summary>
    public static IEnumerable<string> Each(Func<int, FormattableString> text) =>
        Enumerable.Range(0, ICachedServer.Accounts).Select(user => FormattableString.Invariant(text(user)));

    /// <summary>A table accounts, in SQL that both servers understand.</summary>
    public static string Table => "CREATE TABLE accounts (id varchar(100) PRIMARY KEY, clear varchar(100), uid int, gid int, home varchar(100));\n"
        + $"INSERT INTO accounts VALUES {string.Join(", ", Each(user => $"('user{user}', 'pw-{user}', {1000 + user}, 1000, '/home/user{user}')"))};";
}

public sealed class CachedPostgres : ICachedServer, IAsyncLifetime
{
    private PostgresServer _server = null!;

    public string Name => "authpgsql";

    public void Configure(CourierSite site) =>
        site.WriteAuthpgsqlrc(_server.Conninfo, "PGSQL_USER_TABLE accounts", "PGSQL_CLEAR_PWFIELD clear");

    public Task StopAsync() => _server.StopAsync();

    public Task StartAsync() => _server.StartAsync();

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartNewAsync();
        await _server.PsqlAsync(CachedAccounts.Table);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();
}

public sealed class CachedMariadb : ICachedServer, IAsyncLifetime
{
    private MariadbServer _server = null!;

    public string Name => "authmysql";

    public void Configure(CourierSite site) => site.Write(
        "authmysqlrc", $"##NAME: MARKER:0\n{_server.OverTcp}MYSQL_USER_TABLE accounts\nMYSQL_CLEAR_PWFIELD clear\n");

    public Task StopAsync() => _server.StopAsync();

    public Task StartAsync() => _server.StartAsync();

    public async Task InitializeAsync()
    {
        _server = await MariadbServer.StartNewAsync();
        await _server.SqlAsync(CachedAccounts.Table);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();
}

public sealed class CachedSlapd : ICachedServer, IAsyncLifetime
{
    private SlapdServer _server = null!;

    public string Name => "authldap";

    public void Configure(CourierSite site) =>
        site.Write("authldaprc", $"##NAME: MARKER:0\n{SlapdAccounts.Usual(_server.Uri).Replace("LDAP_MAIL mail", "LDAP_MAIL login", StringComparison.Ordinal)}\n");

    public Task StopAsync() => _server.StopAsync();

    public Task StartAsync() => _server.StartAsync();

    public async Task InitializeAsync() => _server = await SlapdServer.StartNewAsync(new SlapdOptions(
        $"dn: {SlapdAccounts.People}\nobjectClass: organizationalUnit\nou: people\n\n" + string.Concat(
            CachedAccounts.Each(user => $"""
                dn: uid=user{user},{SlapdAccounts.People}
                objectClass: testAccount
                uid: user{user}
                login: user{user}
                uidNumber: {1000 + user}
                gidNumber: 1000
                homeDirectory: /home/user{user}
                clearPassword: pw-{user}


                """))));

    public async Task DisposeAsync() => await _server.DisposeAsync();
}

/// <summary>A program of authpipe's that reads its accounts from a file, and ends without an answer while that is away.</summary>
public sealed class CachedPipe : ICachedServer, IAsyncLifetime
{
    private const string Program = """
        #!/usr/bin/python3 -IS
        import os, sys

        FILE = "@FILE@"


        def accounts():
            try:
                with open(FILE) as lines:
                    return [line.rstrip("\n").split("\t") for line in lines]
            except FileNotFoundError:
                os._exit(1)


        def account(name, password=None):
            for user, clear, uid, home in accounts():
                if user == name and password in (None, clear):
                    return f"UID={uid}\nGID=1000\nHOME={home}\nADDRESS={user}\nPASSWD2={clear}\n.\n"
            return "FAIL\n"


        def change(_, name, old, new):
            known = accounts()
            for entry in known:
                if entry[:2] == [name, old]:
                    entry[1] = new
                    with open(FILE + ".new", "w") as lines:
                        lines.writelines("\t".join(each) + "\n" for each in known)
                    os.rename(FILE + ".new", FILE)
                    return "OK\n"
            return "FAIL\n"


        def answer(line):
            if line.startswith("PRE . "):
                return account(line[6:].split(" ", 1)[1])
            if line.startswith("AUTH "):
                _, kind, name, password = sys.stdin.read(int(line[5:])).split("\n")[:4]
                return account(name, password) if kind == "login" else "FAIL\n"
            return change(*line[7:].split("\t")[:4]) if line.startswith("PASSWD ") else "FAIL\n"


        while line := sys.stdin.readline():
            sys.stdout.write(answer(line.rstrip("\n")))
            sys.stdout.flush()

        """;

    private readonly ScratchDirectory _scratch = new();

    public string Name => "authpipe";

    public bool HasCram => false;

    private string Accounts => _scratch["accounts"];

    private string Away => _scratch["away"];

    public void Configure(CourierSite site)
    {
    }

    /// <summary>The section that names the program.</summary>
    public string Ini => $"[pipe]\nprogram = {_scratch["program"]}\n";

    public Task StopAsync()
    {
        File.Move(Accounts, Away);
        return Task.CompletedTask;
    }

    public Task StartAsync()
    {
        File.Move(Away, Accounts);
        return Task.CompletedTask;
    }

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_scratch["program"], Program.Replace("@FILE@", Accounts, StringComparison.Ordinal));
        File.SetUnixFileMode(_scratch["program"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllLinesAsync(Accounts, CachedAccounts.Each(user => $"user{user}\tpw-{user}\t{1000 + user}\t/home/user{user}"));
    }

    public Task DisposeAsync()
    {
        _scratch.Dispose();
        return Task.CompletedTask;
    }
}
