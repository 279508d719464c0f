// What the supervisor tells a worker over the control channel, so that all workers of one start agree.
using Authd.Core.Configuration;

namespace Authd.Daemon.Configuration;

/// <summary>The settings of one worker: a snapshot, so that a half-edited file never reaches a replaced worker.</summary>
public sealed record WorkerSettings
{
    // Both files at their largest, each byte as two: a longer message is no message of ours.
    private const int MaxBytes = 4 * LoadedConfiguration.MaxFileBytes;

    /// <summary>Directory of the modules' files.</summary>
    public required string ConfigDirectory { get; init; }

    /// <summary>Directory of the daemon's socket.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The modules in their order.</summary>
    public required IReadOnlyList<string> ModuleNames { get; init; }

    /// <summary>DEBUG_LOGIN.</summary>
    public required int DebugLogin { get; init; }

    /// <summary>The words of LOGGEROPTS; wire text.</summary>
    public required IReadOnlyList<string> LoggerOptions { get; init; }

    /// <summary>DEFAULTOPTIONS; wire text.</summary>
    public required string DefaultOptions { get; init; }

    /// <summary>The text of authdaemond.ini.</summary>
    public required string IniText { get; init; }

    /// <summary>The worker helps out instead of accepting all the time: see <see cref="Limits.Listening"/>.</summary>
    public required bool StandsBy { get; init; }

    /// <summary>What <paramref name="configuration"/> means for a worker.</summary>
    public static WorkerSettings From(LoadedConfiguration configuration, bool standsBy) => new()
    {
        ConfigDirectory = configuration.Location.Directory,
        StateDirectory = configuration.StateDirectory,
        ModuleNames = configuration.Settings.ModuleNames,
        DebugLogin = configuration.Settings.DebugLogin,
        LoggerOptions = configuration.Settings.LoggerOptions,
        DefaultOptions = configuration.Settings.DefaultOptions,
        IniText = configuration.IniText,
        StandsBy = standsBy,
    };

    /// <summary>authdaemond.ini's path, for messages.</summary>
    public string IniPath => new ConfigLocation(ConfigDirectory, "").IniPath;

    /// <summary>The settings as one message: a length and that many bytes.</summary>
    public byte[] ToMessage()
    {
        using MemoryStream body = new();
        using BinaryWriter writer = new(body);
        writer.Write(0);
        writer.Write(ConfigDirectory);
        writer.Write(StateDirectory);
        writer.Write(string.Join(' ', ModuleNames));
        writer.Write(DebugLogin);
        writer.Write(string.Join(' ', LoggerOptions));
        writer.Write(DefaultOptions);
        writer.Write(IniText);
        writer.Write(StandsBy);
        writer.Seek(0, SeekOrigin.Begin);
        writer.Write((int)body.Length - sizeof(int));
        return body.ToArray();
    }

    /// <summary>Reads the message from the control channel.</summary>
    /// <exception cref="EndOfStreamException">The supervisor is gone.</exception>
    public static async Task<WorkerSettings> ReadAsync(Stream channel)
    {
        byte[] length = new byte[sizeof(int)];
        await channel.ReadExactlyAsync(length);
        int size = BitConverter.ToInt32(length);
        byte[] body = size is >= 0 and <= MaxBytes
            ? new byte[size] : throw new InvalidDataException($"the settings from the supervisor have {size} bytes");
        await channel.ReadExactlyAsync(body);
        using BinaryReader reader = new(new MemoryStream(body));
        return new WorkerSettings
        {
            ConfigDirectory = reader.ReadString(),
            StateDirectory = reader.ReadString(),
            ModuleNames = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries),
            DebugLogin = reader.ReadInt32(),
            LoggerOptions = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries),
            DefaultOptions = reader.ReadString(),
            IniText = reader.ReadString(),
            StandsBy = reader.ReadBoolean(),
        };
    }
}
