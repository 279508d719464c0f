// passwd, shadow and nsswitch.conf of a test's own, and the command that puts them in place of the machine's.
using Authd.Core;

namespace Authd.Tests.Support;

/// <summary>
/// The user database as a daemon under test sees it; the machine's own is never touched. The files are bound over those
/// in /etc one by one, so they may be written again while the daemon runs, but not renamed over.
/// </summary>
public sealed class SystemFiles
{
    private const string BindAndRun =
        """for f in passwd shadow nsswitch.conf; do mount --bind "$1/$f" /etc/$f; done && shift && exec "$@" """;

    private readonly string _directory;

    /// <summary>Writes the three files.</summary>
    /// <param name="scratch">Where they are kept.</param>
    /// <param name="passwd">passwd, one char a byte.</param>
    /// <param name="shadow">shadow, likewise.</param>
    /// <param name="services">What nsswitch.conf says for both.</param>
    public SystemFiles(ScratchDirectory scratch, string passwd, string shadow, string services = "files")
    {
        _directory = Directory.CreateDirectory(scratch["system"]).FullName;
        Write("passwd", passwd);
        Write("shadow", shadow);
        Write("nsswitch.conf", $"passwd: {services}\nshadow: {services}\n");
    }

    /// <summary>The path of one of the files, outside the daemon's mount namespace.</summary>
    public string this[string name] => Path.Combine(_directory, name);

    /// <summary>For <see cref="OurDaemon.StartAsync"/>: runs what follows with the files in place.</summary>
    public string[] Under => ["sh", "-c", BindAndRun, "sh", _directory];

    /// <summary>Writes one of the files again, in place.</summary>
    public void Write(string name, string text) => File.WriteAllBytes(this[name], WireText.ToBytes(text));
}
