// The reader of authdaemonrc against the system's shell itself, on generated files.
using System.Diagnostics;
using System.Text;
using Authd.Core;
using Authd.Core.Configuration;
using Xunit;

namespace Authd.Tests.Unit.Core.Configuration;

public sealed class AuthdaemonrcAgainstShellTests : IDisposable
{
    private const int Files = 400;
    private const string OutsideValue = "from *outside* 'the' $file";

    private readonly string _directory = Directory.CreateTempSubdirectory("authdaemonrc-").FullName;

    [Fact]
    public void Generated_files_set_the_same_variables()
    {
        Random random = new(20240607);
        string[] files = [.. Enumerable.Range(0, Files).Select(_ => GenerateFile(random))];
        for (int i = 0; i < Files; i++)
        {
            File.WriteAllBytes(Path.Combine(_directory, $"{i}.rc"), WireText.ToBytes(files[i]));
        }

        RunShell();

        int compared = 0;
        for (int i = 0; i < Files; i++)
        {
            Authdaemonrc rc = Authdaemonrc.Parse(
                $"{i}.rc", WireText.ToBytes(files[i]), static name => name == "OUTSIDE" ? OutsideValue : null);
            Dictionary<string, string> expected = ReadEnvironment(Path.Combine(_directory, $"{i}.env"));

            Assert.True(expected.OrderBy(v => v.Key).SequenceEqual(rc.Variables.OrderBy(v => v.Key)),
                $"file:\n{files[i]}\nsh: {Show(expected)}\nours: {Show(rc.Variables)}");
            compared += expected.Count;
        }

        Assert.InRange(compared, Files, int.MaxValue);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>One shell for all files: each in a subshell, its environment into a file of its own.</summary>
    private void RunShell()
    {
        ProcessStartInfo start = new("/bin/sh")
        {
            WorkingDirectory = _directory,
            ArgumentList = { "-c", "for f in *.rc; do (set -a; . ./$f; unset f; env -0) >${f%.rc}.env || exit 1; done" },
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        start.Environment["OUTSIDE"] = OutsideValue;
        using Process shell = Process.Start(start)!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    /// <summary>The variables of the generated files: their names begin with V.</summary>
    private static Dictionary<string, string> ReadEnvironment(string path) =>
        WireText.FromBytes(File.ReadAllBytes(path)).Split('\0')
            .Where(entry => entry.StartsWith('V'))
            .ToDictionary(entry => entry[..entry.IndexOf('=')], entry => entry[(entry.IndexOf('=') + 1)..]);

    private static string GenerateFile(Random random)
    {
        StringBuilder file = new();
        for (int line = random.Next(1, 12); line > 0; line--)
        {
            file.Append(GenerateLine(random)).Append('\n');
        }

        string whole = file.ToString();
        bool lastLineEnds = random.Next(4) > 0 || whole.EndsWith("\\\n", StringComparison.Ordinal);
        return lastLineEnds ? whole : whole[..^1];
    }

    private static string GenerateLine(Random random)
    {
        string blanks = Pick(random, "", "", " ", "\t ", "\\\n");
        string end = Pick(random, "", "", " ", " # it's a \"comment\" \\", ";", " ; # x", "\t#");
        return random.Next(8) switch
        {
            0 => blanks + "# $(nothing) `runs` here ' \" \\",
            1 => blanks,
            2 => $"{blanks}export {Assignments(random)}{end}",
            3 => $"{blanks}{Assignments(random)};{blanks}{Assignments(random)}{end}",
            _ => blanks + Assignments(random) + end,
        };
    }

    private static string Assignments(Random random) =>
        string.Join(Pick(random, " ", "\t ", " \\\n"),
            Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"V{random.Next(5)}={Value(random)}"));

    private static string Value(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(7) switch
        {
            0 => "'" + Characters(random, "ab \"$`\\#;\n\t&é=~*") + "'",
            1 => "\"" + DoubleQuoted(random) + "\"",
            2 => Pick(random, "\\\\", "\\ ", "\\$", "\\'", "\\\"", "\\#", "\\;", "\\&", "\\é", "x\\\ny", "\\a"),
            3 => "\"" + Variable(random) + "\"",
            _ => "x" + Characters(random, "ab=#*?!{}[],.:/-+%@^é\u0081\u0088ÿ"),
        }));

    private static string DoubleQuoted(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ =>
            Characters(random, "ab '#;\n\t&é=~*!")
            + Pick(random, Variable(random) + ".", "\\\"", "\\\\", "\\$", "\\`", "\\a", "\\'", "\\\n", "\\ ", "$ ", "$%")));

    private static string Variable(Random random) =>
        Pick(random, "", "", "$V1", "${V2}", "$OUTSIDE", "${V\\\n3}", "$VUNSET");

    private static string Characters(Random random, string alphabet) =>
        string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => alphabet[random.Next(alphabet.Length)]));

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];

    private static string Show(IEnumerable<KeyValuePair<string, string>> variables) =>
        string.Join(" ", variables.OrderBy(v => v.Key).Select(v => $"{v.Key}=[{v.Value}]"));
}
