// The deliberate differences between Debian's userdb programs and ours.
using Authd.Tests.Conformance.Tools;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Conformance.Differences;

public class UserdbToolDifferenceTests
{
    /// <summary>The names in docs/DIFFERENCES.md of the differences asserted by this class and by
    /// <c>PasswordChangeTests</c>.</summary>
    public static IReadOnlyList<string> Ids { get; } =
    [
        "userdb-stale-keys", "userdb-password-characters", "makeuserdb-duplicate", "makeuserdb-backups",
        "makeuserdb-source-field", "makeuserdb-reverse-entries", "makeuserdb-dot-line", "userdb-field-order",
        "userdb-names", "userdb-show-path", "userdb-owner", "userdbpw-default", "pw2userdb-lines",
    ];

    /// <summary><c>makeuserdb-duplicate</c>.</summary>
    [Fact]
    public async Task A_name_twice_changes_nothing_and_is_located()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "a\tuid=1|systempw=x\n");
        await pair.AssertSameAsync(["makeuserdb"]);
        pair.Write("userdb", "a\tuid=2\nb\tuid=2|systempw=y\n# b\nb\tuid=3\na\tuid=3\n");

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["makeuserdb"]);

        const string LoadError = "Cannot store record for b - duplicate or out of disk space.\n";
        Assert.Equal(new ProgramResult(1, "", LoadError + "\n"), c);
        Assert.Equal(
            new ProgramResult(1, "", LoadError
                + "       (/etc/courier/userdb, line 2 and /etc/courier/userdb, line 4)\n"), ours);
        Assert.Equal(["a -> uid=1|_="], Records(pair.C, "userdb"));
        Assert.Equal(["b -> systempw=y"], Records(pair.C, "userdbshadow"));
        Assert.Equal(["a -> uid=1|_="], Records(pair.Ours, "userdb"));
        Assert.Equal(["a -> systempw=x"], Records(pair.Ours, "userdbshadow"));
    }

    /// <summary><c>makeuserdb-backups</c>.</summary>
    [Fact]
    public async Task Backups_in_a_directory_are_left_out_with_a_warning()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb/dom", "a\tuid=1\n");
        foreach (string ending in (string[])["~", ".rpmsave", ".rpmnew", ".rpmorig", ".dpkg-old", ".dpkg-dist"])
        {
            pair.Write("userdb/dom" + ending, "a\tuid=2\n");
        }

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["makeuserdb"]);

        Assert.Equal(1, c.ExitCode);
        Assert.Equal((0, ""), (ours.ExitCode, ours.Output));
        Assert.Contains("makeuserdb: /etc/courier/userdb/dom~: a backup, left out\n", ours.Error, StringComparison.Ordinal);
        Assert.Equal(6, ours.Error.Count(octet => octet == '\n'));
        Assert.Equal(["a -> uid=1|_=dom/"], Records(pair.Ours, "userdb"));
    }

    /// <summary><c>makeuserdb-source-field</c>.</summary>
    [Fact]
    public async Task The_source_is_relative_to_the_directory_that_was_named()
    {
        await using UserdbToolPair pair = new();
        pair.Write("x-userdb-directory/longname", "a\tuid=1\n");

        await pair.RunAsync(["makeuserdb", "-f", "/etc/courier/x-userdb-directory"]);

        Assert.NotEqual(["a -> uid=1|_=longname/"], Records(pair.C, "x-userdb-directory"));
        Assert.Equal(["a -> uid=1|_=longname/"], Records(pair.Ours, "x-userdb-directory"));
    }

    /// <summary><c>makeuserdb-reverse-entries</c>.</summary>
    [Fact]
    public async Task Reverse_entries_hold_a_name()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "1000=\tjohn\nx1=\tjohn\n");

        await pair.RunAsync(["makeuserdb"]);

        Assert.Equal(["1000= -> john|_=", "x1= -> john|_="], Records(pair.C, "userdb"));
        Assert.Equal(["1000= -> john", "x1= -> john|_="], Records(pair.Ours, "userdb"));
    }

    /// <summary><c>makeuserdb-dot-line</c>.</summary>
    [Fact]
    public async Task A_line_with_a_point_does_not_end_the_file()
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "a\tuid=1\n.\nb\tuid=1\n");

        await pair.RunAsync(["makeuserdb"]);

        Assert.Equal(["a -> uid=1|_="], Records(pair.C, "userdb"));
        Assert.Equal([". -> 1", "a -> uid=1|_=", "b -> uid=1|_="], Records(pair.Ours, "userdb"));
    }

    /// <summary><c>userdb-field-order</c>, <c>userdb-owner</c>.</summary>
    [Fact]
    public async Task Order_and_owner_are_kept()
    {
        const int Nobody = 65534;
        await using UserdbToolPair pair = new();
        pair.Write("userdb", "a\tz=1|y=2|x=3|w=4|v=5|u=6|t=7|y=8\n");
        foreach (CourierSite site in (CourierSite[])[pair.C, pair.Ours])
        {
            await ProcessRunner.RunOrThrowAsync(["chown", $"{Nobody}:{Nobody}", Path.Combine(site.Config, "userdb")]);
        }

        await pair.RunAsync(["userdb", "a", "set", "y=9", "s=0"]);

        Assert.Equal(
            "a\tz=1|y=9|x=3|w=4|v=5|u=6|t=7|s=0\n", await File.ReadAllTextAsync(Path.Combine(pair.Ours.Config, "userdb")));
        Assert.Equal("0 0\n", await OwnerAsync(pair.C));
        Assert.Equal($"{Nobody} {Nobody}\n", await OwnerAsync(pair.Ours));
    }

    /// <summary><c>userdb-names</c>.</summary>
    [Theory]
    [InlineData("#john")]
    [InlineData("jo\thn")]
    [InlineData("jo\nhn")]
    public async Task A_name_that_is_no_name_is_refused(string name)
    {
        await using UserdbToolPair pair = new();

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["userdb", "-f", "f", name, "set", "a=1"]);

        Assert.Equal(new ProgramResult(0, "", ""), c);
        Assert.Equal(new ProgramResult(22, "", "Invalid name.\n"), ours);
        Assert.False(File.Exists(Path.Combine(pair.Ours.Config, "f")));
    }

    /// <summary><c>userdb-show-path</c>.</summary>
    [Theory]
    [InlineData("a\nb\n", "sub/dom")]
    [InlineData("x=1\ny=2\n", "sub/dom", "b")]
    public async Task Show_takes_a_path_as_the_manual_says(string output, params string[] place)
    {
        await using UserdbToolPair pair = new();
        pair.Write("userdb/sub/dom", "a\tx=1\nb\tx=1|y=2\n");

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["userdb", "-show", .. place]);

        Assert.Equal(new ProgramResult(25, "", "/etc/courier/userdb/sub: not a file.\n"), c);
        Assert.Equal(new ProgramResult(0, output, ""), ours);
    }

    /// <summary><c>userdbpw-default</c>.</summary>
    [Fact]
    public async Task The_default_hash_is_a_strong_one()
    {
        await using UserdbToolPair pair = new();

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["userdbpw"], "password\n");

        Assert.Equal(14, c.Output.Length);
        Assert.StartsWith("$6$", ours.Output, StringComparison.Ordinal);
    }

    /// <summary><c>pw2userdb-lines</c>.</summary>
    [Fact]
    public async Task Lines_that_are_no_accounts_are_left_out_and_each_uid_is_found_once()
    {
        await using UserdbToolPair pair = new();
        pair.Write("pw", "+nis::::::\n:x:1:1:::\nshort\na:x:5:5::/a:\nb:x:5:5::/b:\na:x:6:6::/c:\n");

        (ProgramResult c, ProgramResult ours) = await pair.RunAsync(["pw2userdb", "--passwd=pw", "--noshadow"]);

        Assert.Contains("+nis\tuid=|gid=|home=\n", c.Output, StringComparison.Ordinal);
        Assert.Equal("a\tuid=5|gid=5|home=/a\n5=\ta\nb\tuid=5|gid=5|home=/b\n", ours.Output);
    }

    private static IReadOnlyList<string> Records(CourierSite site, string name) =>
        UserdbToolPair.Records(Path.Combine(site.Config, name + ".dat"));

    private static Task<string> OwnerAsync(CourierSite site) =>
        ProcessRunner.RunOrThrowAsync(["stat", "-c", "%u %g", Path.Combine(site.Config, "userdb")]);
}
