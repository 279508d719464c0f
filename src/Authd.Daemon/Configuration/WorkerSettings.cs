// The settings that the supervisor sends to a worker over the control channel, so that all workers of one start agree.
using System.Globalization;
using Authd.Core.Configuration;

namespace Authd.Daemon.Configuration;

/// <summary>The settings of one worker. They are a snapshot, so that
/// a half-edited file never reaches a replaced worker.</summary>
public sealed record WorkerSettings
{
    // Both files at their largest, with two bytes for each of theirs: a longer message is malformed.
    private const int MaxBytes = 4 * LoadedConfiguration.MaxFileBytes;

    /// <summary>Directory of the modules' files.</summary>
    public required string ConfigDirectory { get; init; }

    /// <summary>Directory of the daemon's socket.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The modules in their order.</summary>
    public required IReadOnlyList<string> ModuleNames { get; init; }

    /// <summary>See <see cref="LoadedConfiguration.RcFiles"/>.</summary>
    public required IReadOnlyDictionary<string, long> RcFiles { get; init; }

    /// <summary>DEBUG_LOGIN.</summary>
    public required int DebugLogin { get; init; }

    /// <summary>The words of LOGGEROPTS; wire text.</summary>
    public required IReadOnlyList<string> LoggerOptions { get; init; }

    /// <summary>DEFAULTOPTIONS; wire text.</summary>
    public required string DefaultOptions { get; init; }

    /// <summary>The text of authdaemond.ini.</summary>
    public required string IniText { get; init; }

    /// <summary>The worker accepts only clients that the others leave: see <see cref="Limits.Listening"/>.</summary>
    public required bool StandsBy { get; init; }

    /// <summary>
    /// The names of further descriptors, in the order of their numbers from
    /// <see cref="Supervisor.WorkerRole.FirstFurtherDescriptor"/> on; those that could not be made are missing.
    /// </summary>
    public required IReadOnlyList<string> FurtherDescriptors { get; init; }

    /// <summary>The user that the worker becomes; <c>null</c>: it keeps its own.</summary>
    public required WorkerUser? User { get; init; }

    /// <summary>One of its modules starts programs.</summary>
    public required bool StartsPrograms { get; init; }

    /// <summary>The files that the broker opens for it.</summary>
    public required IReadOnlySet<string> BrokeredPaths { get; init; }

    /// <summary>The worker's slot in the shared counters; 0: none.</summary>
    public required int Slot { get; init; }

    /// <summary>The size of the memory for the cache, in words; 0: no cache.</summary>
    public required int CacheWords { get; init; }

    /// <summary>The settings of a worker with <paramref name="configuration"/>.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="standsBy">It accepts only clients that the others leave.</param>
    /// <param name="further">The names of its further descriptors.</param>
    /// <param name="slot">Its slot in the shared counters.</param>
    /// <param name="cacheWords">The size of the memory for the cache, in words.</param>
    public static WorkerSettings From(
        LoadedConfiguration configuration, bool standsBy, IReadOnlyList<string> further, int slot, int cacheWords) => new()
        {
            FurtherDescriptors = further,
            Slot = slot,
            CacheWords = cacheWords,
            ConfigDirectory = configuration.Location.Directory,
            StateDirectory = configuration.StateDirectory,
            ModuleNames = configuration.Settings.ModuleNames,
            RcFiles = configuration.RcFiles,
            DebugLogin = configuration.Settings.DebugLogin,
            LoggerOptions = configuration.Settings.LoggerOptions,
            DefaultOptions = configuration.Settings.DefaultOptions,
            IniText = configuration.IniText,
            StandsBy = standsBy,
            User = configuration.Privileges.User,
            StartsPrograms = configuration.Privileges.Needs.StartsPrograms,
            BrokeredPaths = configuration.Privileges.Needs.Brokered,
        };

    /// <summary>The number of the further descriptor of that name; <c>null</c>: the worker does not have it.</summary>
    public int? DescriptorOf(string name)
    {
        int place = FurtherDescriptors.ToList().IndexOf(name);
        return place < 0 ? null : Supervisor.WorkerRole.FirstFurtherDescriptor + place;
    }

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
        writer.Write(string.Join(' ', RcFiles.Select(static file => $"{file.Key}={file.Value}")));
        writer.Write(DebugLogin);
        writer.Write(string.Join(' ', LoggerOptions));
        writer.Write(DefaultOptions);
        writer.Write(IniText);
        writer.Write(StandsBy);
        writer.Write(string.Join(' ', FurtherDescriptors));
        writer.Write(Slot);
        writer.Write(CacheWords);
        Write(writer, User);
        writer.Write(StartsPrograms);
        writer.Write(BrokeredPaths.Count);
        foreach (string path in BrokeredPaths)
        {
            writer.Write(path);
        }

        writer.Seek(0, SeekOrigin.Begin);
        writer.Write((int)body.Length - sizeof(int));
        return body.ToArray();
    }

    /// <summary>Reads the message from the control channel.</summary>
    /// <exception cref="EndOfStreamException">The supervisor has ended.</exception>
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
            RcFiles = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static file => file.Split('='))
                .ToDictionary(static file => file[0], static file => long.Parse(file[1], CultureInfo.InvariantCulture), StringComparer.Ordinal),
            DebugLogin = reader.ReadInt32(),
            LoggerOptions = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries),
            DefaultOptions = reader.ReadString(),
            IniText = reader.ReadString(),
            StandsBy = reader.ReadBoolean(),
            FurtherDescriptors = reader.ReadString().Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Slot = reader.ReadInt32(),
            CacheWords = reader.ReadInt32(),
            User = ReadUser(reader),
            StartsPrograms = reader.ReadBoolean(),
            BrokeredPaths = Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString()).ToHashSet(StringComparer.Ordinal),
        };
    }

    private static void Write(BinaryWriter writer, WorkerUser? user)
    {
        writer.Write(user is not null);
        if (user is not null)
        {
            writer.Write(user.Name);
            writer.Write(user.Uid);
            writer.Write(user.Gid);
            writer.Write(user.Groups.Count);
            foreach (uint group in user.Groups)
            {
                writer.Write(group);
            }
        }
    }

    private static WorkerUser? ReadUser(BinaryReader reader) => !reader.ReadBoolean() ? null : new WorkerUser(
        reader.ReadString(),
        reader.ReadUInt32(),
        reader.ReadUInt32(),
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadUInt32())]);
}
