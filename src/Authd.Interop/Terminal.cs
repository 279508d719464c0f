// The terminal's echo, which .NET cannot switch off without taking the whole console over.
namespace Authd.Interop;

/// <summary>Standard input as a terminal.</summary>
public static class Terminal
{
    /// <summary>Switches the echo off until disposed; <c>null</c> when standard input is no terminal.</summary>
    public static IDisposable? HideInput()
    {
        byte[] settings = new byte[Libc.TermiosSize];
        return Libc.tcgetattr(Descriptors.Stdin, settings) == 0 ? new HiddenInput(settings) : null;
    }

    private sealed class HiddenInput : IDisposable
    {
        private readonly byte[] _before;

        public HiddenInput(byte[] settings)
        {
            _before = settings;
            byte[] hidden = [.. settings];

            // ECHO is in the lowest byte of c_lflag on little-endian machines, in the highest on others.
            int octet = Libc.TermiosLocalFlags + (BitConverter.IsLittleEndian ? 0 : sizeof(uint) - 1);
            hidden[octet] &= unchecked((byte)~Libc.ECHO);
            Set(hidden);
        }

        public void Dispose() => Set(_before);

        private static void Set(byte[] settings)
        {
            if (Libc.tcsetattr(Descriptors.Stdin, Libc.TCSAFLUSH, settings) != 0)
            {
                throw LibcException.Last("tcsetattr");
            }
        }
    }
}
