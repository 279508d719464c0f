// authpostfix and authcleanup with nothing to do, or with a table that cannot be used.
using Authd.Tools;
using Xunit;

namespace Authd.Tests.Unit.Tools;

public sealed class AuthPostfixTests
{
    [Theory]
    [InlineData("", "192.0.2.7")]
    [InlineData("john", "")]
    [InlineData("john", "unknown")]
    public void Nobody_or_no_address_is_nothing_to_record(string user, string address)
    {
        Dictionary<string, string> variables = new() { ["AUTHENTICATED"] = user, ["TCPREMOTEIP"] = address };
        Assert.Equal(
            new ToolRun(0, "", ""), ToolRun.Of(environment => AuthPostfix.Run([], environment), variables: variables));
    }

    [Theory]
    [InlineData("", "authpostfix: '' is not of the form type:name\n")]
    [InlineData("hash:/x", "authpostfix: every change of a hash: table makes Postfix restart its processes: use lmdb: in its place, or socketmap:\n")]
    public void A_table_that_cannot_be_written_to_is_an_error(string table, string error)
    {
        Dictionary<string, string> variables =
            new() { ["AUTHENTICATED"] = "john", ["TCPREMOTEIP"] = "192.0.2.7", ["LOGINDB"] = table };
        Assert.Equal(
            new ToolRun(1, "", error), ToolRun.Of(environment => AuthPostfix.Run([], environment), variables: variables));
    }

    [Theory]
    [InlineData]
    [InlineData("10")]
    [InlineData("ten", "pgsql:/x")]
    [InlineData("-1", "pgsql:/x")]
    [InlineData("10", "pgsql:/x", "more")]
    public void Authcleanup_wants_minutes_and_a_table(params string[] arguments) => Assert.Equal(
        new ToolRun(1, "", "Usage: authcleanup minutes type:name\n"),
        ToolRun.Of(environment => AuthCleanup.Run(arguments, environment)));
}
