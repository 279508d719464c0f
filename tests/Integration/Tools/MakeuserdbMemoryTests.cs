// makeuserdb's memory, as the kernel counts it.
using System.Globalization;
using System.Text;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Tools;

public sealed class MakeuserdbMemoryTests
{
    private const int TextBytes = 40_000_000;
    private const int Factor = 4;

    /// <summary>Runs a command, and prints its exit status and the most memory that it had, in KiB.</summary>
    private const string Measure =
        "import os, resource, sys; status = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:]);"
        + "print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

    [Theory]
    [InlineData("user{0}@example.com\tuid={0}|gid=100|home=/home/vmail/{0}|mail=Maildir|systempw=$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/\n")]
    [InlineData("{0}\tuid={0}|gid=1|home=/|systempw=x\n")]
    public async Task Four_bytes_for_each_byte_of_text_are_enough(string line)
    {
        using ScratchDirectory scratch = new();
        CompositeFormat format = CompositeFormat.Parse(line);
        StringBuilder text = new(TextBytes + 200);
        for (int i = 1; text.Length < TextBytes; i++)
        {
            text.AppendFormat(CultureInfo.InvariantCulture, format, i);
        }

        await File.WriteAllTextAsync(scratch["u"], text.ToString());
        File.SetUnixFileMode(scratch["u"], UnixFileMode.UserRead | UnixFileMode.UserWrite);

        string result = await ProcessRunner.RunOrThrowAsync(["python3", "-c", Measure, OurDaemon.Binary, "makeuserdb", "-f", scratch["u"], "-v"]);

        int[] numbers = [.. result.Split(' ').Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];
        Assert.Equal(0, numbers[0]);
        Assert.InRange(numbers[1] * 1024L, TextBytes, (long)Factor * TextBytes);
    }
}
