// authdaemond check --connect against a real server, with files that are right and files that are wrong.
using System.Text.RegularExpressions;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sql;

public abstract class SqlTrialTests(string prefix) : IAsyncLifetime
{
    private readonly CourierSite _site = new();
    private string _state = "";

    /// <summary>The way to the database and the settings of <see cref="SqlPeople.Fields"/>.</summary>
    protected abstract string Settings { get; }

    /// <summary>The line of a good server, behind the module's name.</summary>
    protected abstract string Good { get; }

    protected CourierSite Site => _site;

    private string Module => $"auth{prefix.ToLowerInvariant()}";

    protected string Rc => $"{CourierSite.ConfigPath}/{Module}rc";

    public async Task InitializeAsync()
    {
        _state = await _site.NewStateAsync();
        _site.WriteAuthdaemonrc(Module, 1);
    }

    public Task DisposeAsync()
    {
        _site.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Runs the check with <paramref name="settings"/>, in which <c>X_</c> stands for the prefix.</summary>
    protected async Task<ProgramResult> CheckAsync(string settings, params string[] options)
    {
        _site.Write(Module + "rc", "##NAME: MARKER:0\n" + settings.Replace("X_", prefix + "_", StringComparison.Ordinal) + "\n");
        File.SetUnixFileMode(Path.Combine(_site.Config, Module + "rc"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProgramResult result = await OurDaemon.RunAsync(_site, _state, options is [] ? ["check", "--connect"] : options);

        // Whether workers stay root is another test's business.
        return result with { Output = Regex.Replace(result.Output, "^WARN the workers run as root.*\n", "", RegexOptions.Multiline) };
    }

    /// <summary>The one error that a check finds.</summary>
    protected async Task<string> ErrorAsync(string settings)
    {
        ProgramResult result = await CheckAsync(settings);
        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("ok ", result.Output, StringComparison.Ordinal);
        string error = Assert.Single(result.Output.TrimEnd().Split('\n').Where(static line => line.StartsWith("ERROR ", StringComparison.Ordinal)).Distinct());
        Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", error, StringComparison.Ordinal);
        return error;
    }

    [Fact]
    public async Task A_file_that_is_right_is_ok()
    {
        ProgramResult result = await CheckAsync(Settings);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Matches($"^ok {Module} {Good} [0-9]+ ms, 10 columns\n$", result.Output);
        Assert.Equal(result.Output, Regex.Replace((await CheckAsync(Settings, "--connect", "check")).Output, "[0-9]+ ms", Regex.Match(result.Output, "[0-9]+ ms").Value));
        Assert.Equal("", (await CheckAsync(Settings, "check")).Output);
    }

    [Theory]
    [InlineData("X_USER_TABLE passwd", "X_USER_TABLE people_of_old", "X_USER_TABLE", "people_of_old")]
    [InlineData("X_CLEAR_PWFIELD clear", "X_CLEAR_PWFIELD clearly", "X_CLEAR_PWFIELD", "clearly")]
    [InlineData("X_QUOTA_FIELD quota", "X_QUOTA_FIELD lower(quotum)", "X_QUOTA_FIELD", "quotum")]
    public async Task A_table_or_column_that_is_not_there_is_named_with_its_key_and_line(string right, string wrong, string key, string name)
    {
        string settings = Settings.Replace(right.Replace("X_", prefix + "_", StringComparison.Ordinal),
            wrong.Replace("X_", prefix + "_", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotEqual(Settings, settings);
        key = key.Replace("X_", prefix + "_", StringComparison.Ordinal);
        int line = Array.FindIndex(settings.Split('\n'), text => text.TrimStart().StartsWith(key, StringComparison.Ordinal)) + 2;
        ProgramResult result = await CheckAsync(settings);
        Assert.Equal(1, result.ExitCode);
        string[] errors = result.Output.TrimEnd().Split('\n');
        Assert.All(errors, error => Assert.StartsWith($"ERROR {Rc}:{line}: {key}: ", error, StringComparison.Ordinal));
        Assert.All(errors, error => Assert.Contains(name, error, StringComparison.Ordinal));
        Assert.Contains("; the statement is: SELECT id, ", errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clause_is_named_and_what_it_lacks()
    {
        string error = await ErrorAsync(Settings + "\nX_SELECT_CLAUSE SELECT id, crypt, clear, uid, gid FROM passwd WHERE id = '$(local_part)'");
        Assert.Matches($"^ERROR {Rc}:[0-9]+: {prefix}_SELECT_CLAUSE: gives 5 columns: it needs 10: login, hash, ", error);

        error = await ErrorAsync(Settings + "\nX_CHPASS_CLAUSE UPDATE passwd SET cript = '$(newpass_crypt)' WHERE id = '$(local_part)@$(domain)'");
        Assert.Matches($"^ERROR {Rc}:[0-9]+: {prefix}_CHPASS_CLAUSE: .*cript.*; the statement is: UPDATE passwd SET cript = '.\\(newpass_crypt\\)' WHERE ", error);

        error = await ErrorAsync(Settings + "\nX_ENUMERATE_CLAUSE SELECT id FROM passwd");
        Assert.Matches($"^ERROR {Rc}:[0-9]+: {prefix}_ENUMERATE_CLAUSE: gives 1 columns", error);

        error = await ErrorAsync(Settings + "\nX_SELECT_CLAUSE SELECT id, crypt clear, uid, gid, home FROM passwd WERE id = '$(local_part)'");
        Assert.Matches($"^ERROR {Rc}:[0-9]+: {prefix}_SELECT_CLAUSE: ", error);
    }

    [Fact]
    public async Task Nothing_is_changed_there()
    {
        Assert.Equal(0, (await CheckAsync(Settings + "\nX_CHPASS_CLAUSE UPDATE passwd SET crypt = 'gone', clear = '$(newpass)' WHERE '$(local_part)' <> ''")).ExitCode);
        Assert.Equal("0", await CountAsync("SELECT count(*) FROM passwd WHERE crypt = 'gone'"));
    }

    /// <summary>The result of a statement.</summary>
    protected abstract Task<string> CountAsync(string sql);
}
