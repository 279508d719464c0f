// authpasswd's methods, prompts and exit codes.
using Authd.Core;
using Authd.Core.Logging;
using Authd.Core.Passwords;
using Authd.Linux.Crypt;
using Authd.Tools;
using Xunit;

namespace Authd.Tests.Unit.Tools;

public class AuthPasswdTests
{
    [Theory]
    [InlineData("md5", "{MD5}X03MO1qnZdYdgyfeuILPmQ==\n")]
    [InlineData("MD5RAW", "{MD5RAW}5f4dcc3b5aa765d61d8327deb882cf99\n")]
    [InlineData("sha", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")]
    [InlineData("Sha1", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")]
    [InlineData("sha256", "{SHA256}XohImNooBHFR0OVvjcYpJ3NgPQ1qq73WKhHvch0VQtg=\n")]
    [InlineData("sha512",
        "{SHA512}sQnzu7wkTrgkQZF+0G1hi5AI3Qmzvv0bXgc5THBqi7mAsdd4Xll27ASbRt9fEyavWi6m0QP9B8lThf+rDKy8hg==\n")]
    [InlineData("plain", "{PLAIN}password\n")]
    public void Unsalted_methods_print_what_the_C_tool_prints(string method, string output) =>
        Assert.Equal(new ToolRun(0, output, ""), Run("password\n", method, "surplus"));

    [Theory]
    [InlineData("", @"^\$y\$j9T\$[./0-9A-Za-z]{22}\$[./0-9A-Za-z]{43}\n$")]
    [InlineData("md5crypt", @"^\$1\$[./0-9A-Za-z]{8}\$[./0-9A-Za-z]{22}\n$")]
    [InlineData("descrypt", @"^[./0-9A-Za-z]{13}\n$")]
    [InlineData("bsdicrypt", @"^_[./0-9A-Za-z]{19}\n$")]
    [InlineData("nt", @"^\$3\$\$8846f7eaee8fb117ad06bdd830b7586c\n$")]
    [InlineData("sha256crypt", @"^\$5\$")]
    [InlineData("sha512crypt", @"^\$6\$")]
    [InlineData("Argon2id", @"^\{ARGON2ID}\$argon2id\$v=19\$m=65536,t=3,p=1\$")]
    [InlineData("ssha", @"^\{SSHA}[+/0-9A-Za-z]{32}\n$")]
    [InlineData("ssha256", @"^\{SSHA256}[+/0-9A-Za-z]{48}\n$")]
    [InlineData("ssha512", @"^\{SSHA512}[+/0-9A-Za-z]{91}=\n$")]
    [InlineData("crypt", @"^\{CRYPT}\$6\$")]
    [InlineData("sha256-crypt", @"^\{SHA256-CRYPT}\$5\$")]
    [InlineData("sha512-crypt", @"^\{SHA512-CRYPT}\$6\$")]
    [InlineData("BLF-CRYPT", @"^\{BLF-CRYPT}\$2y\$10\$")]
    [InlineData("bcrypt", @"^\$2b\$10\$")]
    [InlineData("scrypt", @"^\$7\$")]
    [InlineData("yescrypt", @"^\$y\$j9T\$")]
    [InlineData("gost-yescrypt", @"^\$gy\$j9T\$")]
    public async Task Salted_methods_print_a_hash_that_verifies(string method, string pattern)
    {
        using BlockingWork work = new(1);
        PasswordChecker checker = new(new SystemCrypt(), work, Log.None);

        ToolRun run = Run("password\n", method.Length == 0 ? [] : [method]);

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Matches(pattern, run.Output);
        Assert.True(await checker.MatchesAsync(run.Output.TrimEnd('\n'), "password", CancellationToken.None));
    }

    [Fact]
    public void The_system_has_every_method_of_crypt() => Assert.All(
        PasswordMethods.All.Values.Where(prefix => prefix.Contains('$') || !prefix.StartsWith('{')),
        prefix => Assert.NotNull(new SystemCrypt().NewSetting(prefix[(prefix.IndexOf('}') + 1)..])));

    [Theory]
    [InlineData("foo")]
    [InlineData("--help")]
    [InlineData("{SHA}")]
    [InlineData("")]
    public void An_unknown_method_is_refused(string method)
    {
        ToolRun run = Run("password\n", method);

        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.StartsWith("authpasswd: unknown method. Methods: md5, md5raw, sha, ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")]
    [InlineData("password\nsecond line\n", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")]
    [InlineData("password\0more\n", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")]
    [InlineData("password\r\n", "{SHA}1LOm1kAjKu5deONZtPQhHagTTw8=\n")]
    [InlineData("\n", "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n")]
    public void The_password_is_one_line_of_input(string input, string output) =>
        Assert.Equal(new ToolRun(0, output, ""), Run(input, "sha"));

    [Fact]
    public void At_most_8191_bytes_count() => Assert.Equal(
        "{SHA}35/xeGseXrLJtJu/FIADU2U3wY4=\n", Run(new string('x', 9000) + "\n", "sha").Output);

    [Fact]
    public void No_input_is_an_error_without_output() => Assert.Equal(new ToolRun(1, "", ""), Run("", "sha"));

    [Fact]
    public void A_password_that_crypt_refuses_is_an_error()
    {
        ToolRun run = Run(new string('x', 512) + "\n", "crypt");

        Assert.Equal(new ToolRun(1, "", "authpasswd: the system's crypt() does not take this method (argon2: there is no libargon2) or password\n"), run);
    }

    [Theory]
    [InlineData("a\nb\npassword\npassword\n", 0, "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n",
        "Password: \nReenter password: \nPasswords don't match.\n\nPassword: \nReenter password: \n")]
    [InlineData("\n\n", 0, "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n", "Password: \nReenter password: \n")]
    [InlineData("", 1, "", "Password: ")]
    [InlineData("a\n", 1, "", "Password: \nReenter password: ")]
    public void On_a_terminal_it_asks_until_both_agree(string input, int code, string output, string error) =>
        Assert.Equal(
            new ToolRun(code, output, error),
            ToolRun.Of(e => AuthPasswd.Run(["sha"], e, new SystemCrypt()), input: input, terminal: true));

    private static ToolRun Run(string input, params string[] arguments) =>
        ToolRun.Of(e => AuthPasswd.Run(arguments, e, new SystemCrypt()), input: input);
}
