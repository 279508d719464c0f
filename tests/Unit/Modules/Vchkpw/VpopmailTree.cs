// vpopmail's files in the layout of its documentation; tinycdb's cdb makes the databases, not our own code.
using System.Text;
using Authd.Tests.Support;

namespace Authd.Tests.Unit.Modules.Vchkpw;

/// <summary>A home of vpopmail and qmail's directory of users, in a scratch directory.</summary>
internal sealed class VpopmailTree : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly List<(string Asked, string Real)> _domains = [];

    /// <summary>Makes the directories, without a domain.</summary>
    public VpopmailTree()
    {
        Directory.CreateDirectory(Path.Combine(Home, "etc"));
        Directory.CreateDirectory(Users);
    }

    /// <summary>vpopmail's home.</summary>
    public string Home => _scratch["vpopmail"];

    /// <summary>qmail's directory of users.</summary>
    public string Users => _scratch["users"];

    /// <summary>Section [vchkpw] for these files.</summary>
    public string Ini => $"[vchkpw]\nhome = {Home}\nusers = {Users}\n";

    /// <summary>A file of a domain.</summary>
    public string File(string domain, string name) => Path.Combine(Home, "domains", domain, name);

    /// <summary>Writes etc/<paramref name="name"/>.</summary>
    public void WriteEtc(string name, string text) => System.IO.File.WriteAllText(Path.Combine(Home, "etc", name), text);

    /// <summary>Adds a domain with its accounts, and compiles them unless told otherwise.</summary>
    public async Task AddDomainAsync(string name, string vpasswd, bool compile = true)
    {
        Directory.CreateDirectory(File(name, ""));
        System.IO.File.WriteAllText(File(name, "vpasswd"), vpasswd, Encoding.Latin1);
        _domains.Add((name, name));
        WriteAssign();
        if (compile)
        {
            await CompileAsync(name);
        }
    }

    /// <summary>Makes vpasswd.cdb from vpasswd.</summary>
    public Task CompileAsync(string domain) => MakeCdbAsync(
        File(domain, "vpasswd.cdb"),
        System.IO.File.ReadAllText(File(domain, "vpasswd"), Encoding.Latin1)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(':', 2))
            .Select(pair => (pair[0], pair[1])));

    /// <summary>Adds another name of a domain.</summary>
    public void AddAlias(string name, string real)
    {
        _domains.Add((name, real));
        WriteAssign();
    }

    /// <summary>Makes users/cdb from users/assign, as qmail-newu does.</summary>
    public Task CompileUsersAsync() => MakeCdbAsync(
        Path.Combine(Users, "cdb"),
        [.. _domains.Select(domain => ($"!{domain.Asked}-", $"{domain.Real}\089\090\0{File(domain.Real, "")}\0-\0\0")),
            ("", "-")]);

    /// <summary>tinycdb's result for a key of a database.</summary>
    public static Task<string> QueryAsync(string path, string key) =>
        ProcessRunner.RunOrThrowAsync(["cdb", "-q", path, key]);

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private void WriteAssign() => System.IO.File.WriteAllText(
        Path.Combine(Users, "assign"),
        string.Concat(_domains.Select(domain => $"+{domain.Asked}-:{domain.Real}:89:90:{File(domain.Real, "")}:-::\n"))
            + ".\n+ignored.example-:ignored.example:1:1:/nowhere:-::\n");

    private static async Task MakeCdbAsync(string path, IEnumerable<(string Key, string Data)> records)
    {
        string input = string.Concat(
            records.Select(record => $"+{record.Key.Length},{record.Data.Length}:{record.Key}->{record.Data}\n"));
        await ProcessRunner.RunOrThrowAsync(["cdb", "-c", path], input + "\n");
    }
}
