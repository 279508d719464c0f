using Authd.Linux.Files;
using Authd.Linux.Native;
using Tmds.Linux;

namespace Authd.Linux.Processes;

/// <summary>Standard input as a terminal. .NET cannot switch the echo off without taking over the whole console.</summary>
public static unsafe class Terminal
{
    /// <summary>Switches the echo off until disposed; <c>null</c> when standard input is not a terminal.</summary>
    public static IDisposable? HideInput()
    {
        termios settings;
        return LibC.tcgetattr(Descriptors.Stdin, &settings) == 0 ? new HiddenInput(settings) : null;
    }

    private sealed class HiddenInput : IDisposable
    {
        private readonly termios _before;

        public HiddenInput(termios settings)
        {
            _before = settings;
            settings.c_lflag &= ~LibC.ECHO;
            Set(settings);
        }

        public void Dispose() => Set(_before);

        private static void Set(termios settings)
        {
            if (LibC.tcsetattr(Descriptors.Stdin, (int)LibC.TCSAFLUSH, &settings) != 0)
            {
                throw LibcException.Last("tcsetattr");
            }
        }
    }
}
