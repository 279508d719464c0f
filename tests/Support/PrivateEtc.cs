using System.Globalization;
using System.Text;

namespace Authd.Tests.Support;

/// <summary>
/// System users of a test's own: a scratch copy of the files of /etc that libc, libpam and its modules need, with users and PAM
/// services that a test writes. No account of the machine is touched, and the site's programs may change everything.
/// </summary>
public sealed class PrivateEtc
{
    /// <summary>The password of all users here.</summary>
    public const string Password = "password";

    /// <summary>A crypt() hash of <see cref="Password"/>.</summary>
    public const string Hash =
        "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    private static readonly string[] Copied =
    [
        "alternatives", "group", "gshadow", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "login.defs",
        "pam.d", "security",
        "shells",
    ];

    private readonly string _etc;

    private PrivateEtc(string etc) => _etc = etc;

    /// <summary>The path of one of the files, outside the mount namespace of the site's programs.</summary>
    public string this[string name] => Path.Combine(_etc, name);

    /// <summary>Gives <paramref name="site"/> its own /etc, with root, nobody and courier as its users.</summary>
    public static async Task<PrivateEtc> NewAsync(CourierSite site)
    {
        string etc = site.Scratch["system"];
        Directory.CreateDirectory(Path.Combine(etc, "courier"));
        await ProcessRunner.RunOrThrowAsync(
            ["cp", "-a", .. Copied.Select(name => Path.Combine("/etc", name)).Where(Path.Exists), etc]);
        PrivateEtc accounts = new(etc);
        accounts.Write("nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\n");
        string[] kept = ["root", "nobody", "courier"];
        accounts.Write("passwd", string.Concat((await File.ReadAllLinesAsync("/etc/passwd"))
            .Where(line => kept.Contains(line.Split(':')[0])).Select(line => line + "\n")));
        accounts.Write("shadow", string.Concat(kept.Select(name => $"{name}:*:19000::::::\n")));
        File.SetUnixFileMode(Path.Combine(etc, "shadow"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        site.EtcDirectory = etc;
        return accounts;
    }

    /// <summary>Adds a user.</summary>
    /// <param name="name">Login name.</param>
    /// <param name="uid">Uid, and gid as well.</param>
    /// <param name="hash">Hash field of shadow; <c>null</c>: no entry there.</param>
    /// <param name="ages">The fields of shadow after the hash: last change, ..., reserved.</param>
    /// <param name="gecos">Comment field of passwd.</param>
    /// <param name="field">Password field of passwd.</param>
    public void Add(
        string name, int uid, string? hash = Hash, string ages = "19000::::::", string gecos = "", string field = "x")
    {
        Append(
            "passwd", string.Create(CultureInfo.InvariantCulture, $"{name}:{field}:{uid}:{uid}:{gecos}:/home/{name}:/bin/sh\n"));
        if (hash is not null)
        {
            Append("shadow", $"{name}:{hash}:{ages}\n");
        }
    }

    /// <summary>The hash field of a user's entry in shadow, or in <paramref name="file"/>.</summary>
    public string HashOf(string name, string file = "shadow") =>
        File.ReadLines(this[file]).Select(line => line.Split(':')).Single(f => f[0] == name)[1];

    /// <summary>Writes the PAM stack of a service.</summary>
    public void WriteService(string service, params string[] lines) =>
        Write(Path.Combine("pam.d", service), string.Concat(lines.Select(line => line + "\n")));

    /// <summary>Removes the PAM stack of a service.</summary>
    public void RemoveService(string service) => File.Delete(Path.Combine(_etc, "pam.d", service));

    /// <summary>Writes any file of /etc, one char a byte.</summary>
    public void Write(string name, string text) => File.WriteAllText(this[name], text, Encoding.Latin1);

    private void Append(string name, string text) => File.AppendAllText(this[name], text, Encoding.Latin1);
}
