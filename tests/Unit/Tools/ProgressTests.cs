// The progress line: only on a terminal, only for long work, and erased at the end.
using System.Text;
using Authd.Tests.Unit.Core.Penalty;
using Authd.Tools;
using Xunit;

namespace Authd.Tests.Unit.Tools;

public sealed class ProgressTests
{
    private readonly FakeClock _clock = new();
    private readonly MemoryStream _error = new();

    [Fact]
    public void It_says_how_far_how_fast_and_how_long_still()
    {
        using (Progress progress = New(isTerminal: true))
        {
            progress.Report(1, 1000);
            _clock.Pass(TimeSpan.FromSeconds(2));
            progress.Report(500, 2000);
            progress.Report(501, 2000);
            _clock.Pass(TimeSpan.FromSeconds(2));
            progress.Report(1000);
        }

        Assert.Equal(
            "\r\u001b[K500 of 2,000 accounts (25 %), 250/s, 6 s left\r\u001b[K1,000 accounts, 250/s\r\u001b[K",
            Encoding.Latin1.GetString(_error.ToArray()));
    }

    [Fact]
    public void Quick_work_and_other_outputs_see_nothing_of_it()
    {
        using (Progress progress = New(isTerminal: true))
        {
            progress.Report(1, 1);
        }

        using (Progress progress = New(isTerminal: false))
        {
            _clock.Pass(TimeSpan.FromSeconds(2));
            progress.Report(1, 1);
        }

        Assert.Equal(0, _error.Length);
    }

    private Progress New(bool isTerminal) => new(
        new ToolEnvironment
        {
            Input = Stream.Null,
            Output = Stream.Null,
            Error = _error,
            Variable = static _ => null,
            FindSocket = static () => "",
            ErrorIsTerminal = isTerminal,
        },
        "accounts",
        _clock);
}
