// The types of tables, authpostfix's messages about LOGINDB, and the times in tables.
using Authd.Core;
using Authd.Core.Chain;
using Authd.Core.Configuration;
using Authd.Modules.PostfixRelay;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.PostfixRelay;

public sealed class LoginTableTests
{
    [Theory]
    [InlineData("hash:/etc/postfix/logins", "use lmdb: in its place")]
    [InlineData("btree:/etc/postfix/logins", "use lmdb: in its place")]
    [InlineData("regexp:/etc/postfix/logins", "tables of type regexp: cannot be written to")]
    [InlineData("mysql:logins", "the name of a file, from / on, is needed")]
    [InlineData("/etc/postfix/logins", "is not of the form type:name")]
    [InlineData("", "is not of the form type:name")]
    [InlineData("socketmap:unix:logins", "neither unix:/path:name nor inet:host:port:name")]
    [InlineData("socketmap:unix:/run/x:../y", "neither unix:/path:name nor inet:host:port:name")]
    public void A_table_that_cannot_be_written_to_is_refused_with_advice(string notation, string advice) => Assert.Contains(
        advice, Assert.Throws<ConfigurationException>(() => LoginTable.Open(notation, "/")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_proxied_table_is_the_one_behind_the_proxy()
    {
        using ILoginTable table = LoginTable.Open("proxy:pgsql:/nonexistent/map.cf", "/");
        ConfigurationException missing = Assert.Throws<ConfigurationException>(() => table.RemoveUpTo(1));
        Assert.StartsWith("/nonexistent/map.cf: ", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_missing_and_a_place_that_is_not_the_last_are_said()
    {
        Assert.Empty(Doubts(["authuserdb", "authpostfix"], "LOGINDB=pgsql:/etc/postfix/logins.cf"));
        Assert.Equal(["/etc/x/authdaemonrc: LOGINDB: not set; authpostfix records nothing"], Doubts(["authuserdb", "authpostfix"], ""));
        Assert.Equal(
            ["/etc/x/authdaemonrc: authmodulelist: authpostfix is not the last module (it records the logins of those after it as well)"],
            Doubts(["authpostfix", "authuserdb"], "LOGINDB=pgsql:/etc/postfix/logins.cf"));
    }

    private static IEnumerable<string> Doubts(IReadOnlyList<string> modules, string text) => PostfixModule.Descriptor.FindDoubts!(
        new ModuleCheck(modules, Authdaemonrc.Parse("/etc/x/authdaemonrc", WireText.ToBytes(text), static _ => null), "/etc/x"));

    [Fact]
    public void The_daemons_own_table_is_shortened_as_the_file_that_it_is()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        using ScratchDirectory state = new();
        using ILoginTable table = LoginTable.Open("socketmap:unix:/run/x:logins", state.Path);
        table.RemoveUpTo(150);
        Assert.False(File.Exists(state["relay.logins"]));
        table.Record([new Login("192.0.2.1", 100), new Login("192.0.2.2", 200)]);
        File.SetUnixFileMode(state["relay.logins"], Mode);

        table.RemoveUpTo(150);

        Assert.Equal("192.0.2.2 200\n", File.ReadAllText(state["relay.logins"]));
        Assert.Equal(Mode, File.GetUnixFileMode(state["relay.logins"]));
        Assert.Equal(["relay.logins", "relay.logins.lock"], Directory.GetFiles(state.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("1716120000", 1716120000L)]
    [InlineData("999999999999999999", 999999999999999999L)]
    [InlineData("0", null)]
    [InlineData("01", null)]
    [InlineData("OK", null)]
    [InlineData("1716120000 ", null)]
    [InlineData("1000000000000000000", null)]
    [InlineData("", null)]
    public void What_is_no_time_is_permanent(string value, long? time) => Assert.Equal(time, LoginTime.Parse(value));
}
