// A GDBM file of a few records, in memory.
using Authd.Modules.Userdb.Gdbm;

namespace Authd.Tests.Unit.Modules.Userdb.Gdbm;

internal static class GdbmFile
{
    /// <summary>The file's bytes.</summary>
    internal static byte[] Of(IReadOnlyList<(byte[] Key, byte[] Value)> records)
    {
        GdbmWriter writer = new(records.Count);
        foreach ((byte[] key, byte[] value) in records)
        {
            writer.Add(key, value.Length);
        }

        MemoryStream file = new();
        writer.Write(file, stream =>
        {
            foreach ((byte[] key, byte[] value) in records)
            {
                stream.Write(key);
                stream.Write(value);
            }
        });
        return file.ToArray();
    }
}
