// Which rows are accounts.
using System.Globalization;
using Authd.Core;
using Authd.Modules.Sql;
using Authd.Tests.Unit.Core;
using Xunit;

namespace Authd.Tests.Unit.Modules.Sql;

public sealed class SqlRowsTests
{
    private readonly LogLines _lines = new(1);

    [Fact]
    public void Six_columns_are_enough_and_null_is_empty()
    {
        Assert.True(new SqlRows(_lines.Log, "authx",
            new SqlRowRules()).TryRead([null, null, null, "4294967294", "  1", null], out Account? account));
        Assert.Equal(("", "", 4294967294u, 1u), (account.Address, account.Home, account.Uid!.Value, account.Gid));
        Assert.Null(account.StoredPassword);
        Assert.Null(account.Maildir);
        Assert.Equal(("", ""), (account.FullName, account.Options));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("4294967295")]
    [InlineData("12x")]
    [InlineData("1 ")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("1.0")]
    public void An_id_is_a_whole_decimal_number_that_is_not_root(string? id)
    {
        SqlRows rows = new(_lines.Log, "authx", new SqlRowRules());
        Assert.False(rows.TryRead(["who", "", "", id, "1", "/h"], out _));
        Assert.False(rows.TryRead(["who", "", "", "1", id, "/h"], out _));
        Assert.False(rows.TryReadListed(["who", id, "1", "/h"], out _));
        Assert.Equal(3, _lines.All.Count(line => line.Contains("'who'", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData('\n')]
    [InlineData('\r')]
    [InlineData('\0')]
    public void No_value_can_forge_a_line_of_the_reply(char separator)
    {
        SqlRows rows = new(_lines.Log, "authx", new SqlRowRules());
        string bad = $"x{separator}UID=0";
        for (int column = 0; column < 10; column++)
        {
            string?[] row = ["who", "", "", "1", "1", "/h", "", "", "", ""];
            row[column] = bad;
            Assert.False(rows.TryRead(row, out _), column.ToString(CultureInfo.InvariantCulture));
        }

        Assert.False(rows.TryReadListed(["who", "1", "1", "/h\t/x"], out _));
        Assert.True(rows.TryRead(["who", "", "", "1", "1", "/h\t/x"], out _));
    }

    [Fact]
    public void Too_few_columns_are_no_account()
    {
        Assert.False(new SqlRows(_lines.Log, "authx", new SqlRowRules()).TryRead(["a", "b", "c", "1", "1"], out _));
        Assert.Empty(_lines.All);
    }

    [Theory]
    [InlineData("", "/h", false)]
    [InlineData("a", "", false)]
    [InlineData("a", "/h", true)]
    public void A_listed_account_has_a_name_and_a_home(string name, string home, bool listed) =>
        Assert.Equal(
            listed, new SqlRows(_lines.Log, "authx", new SqlRowRules()).TryReadListed([name, "1", "1", home], out _));
}
