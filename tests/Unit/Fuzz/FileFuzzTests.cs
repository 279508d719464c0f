// Databases and configuration files, damaged in every way: an answer or the declared error, within the file's own size.
using Authd.Core;
using Authd.Core.Configuration;
using Authd.Modules.Userdb.Gdbm;
using Authd.Modules.Vchkpw.Cdb;
using Authd.Tests.Support;
using Authd.Tests.Unit.Modules.Userdb.Gdbm;
using Xunit;

namespace Authd.Tests.Unit.Fuzz;

public sealed class FileFuzzTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_damaged_gdbm_file_answers_or_is_refused()
    {
        byte[] record = "uid=1000|gid=1000|home=/home/john"u8.ToArray();
        OnFiles([GdbmFile.Of([.. Enumerable.Range(0, 40).Select(i => (Key(i), record))])], static path =>
        {
            using GdbmReader? reader = GdbmReader.Open(path);
            if (reader is null)
            {
                return;
            }

            _ = reader.TryFind(Key(7), out _);
            _ = reader.TryFind("nobody"u8, out _);
            foreach (IReadOnlyList<GdbmRecord> bucket in reader.Buckets())
            {
                Assert.All(bucket, static record => Assert.InRange(record.Key.Length + record.Value.Length, 0, GdbmReader.MaxRecord));
            }
        });
    }

    [Fact]
    public void A_damaged_cdb_file_answers_or_is_refused()
    {
        CdbWriter writer = new();
        for (int i = 0; i < 40; i++)
        {
            writer.Add(Key(i), "john:hash:1:0:John:/home/john:NOQUOTA"u8);
        }

        OnFiles([Joined(writer.Finish())], static path =>
        {
            using CdbReader? reader = CdbReader.Open(path);
            if (reader is null)
            {
                return;
            }

            _ = reader.Find(Key(7));
            _ = reader.Find("nobody"u8);
            _ = reader.Records().Take(10_000).Count();
        });
    }

    [Fact]
    public void A_configuration_file_is_read_or_refused_with_its_name() => Fuzzer.Run(
        [
            "##NAME: MARKER:0\nPGSQL_CONNECTION host=db \\\n dbname=mail\nPGSQL_USER_TABLE passwd\n"u8.ToArray(),
            "[limits]\nconnections = 5\n; comment\n[pgsql]\nprepare = no\n"u8.ToArray(),
            "authmodulelist=\"authpam authuserdb\"\ndaemons=5\nLOGGEROPTS='-facility=mail'\nA=${B:-c}\n"u8.ToArray(),
        ],
        static (input, _) =>
        {
            RcFile rc = RcFile.Parse("x", input);
            Assert.All(rc.Names, name => Assert.NotNull(rc.Find(name)));
            Refused(() => DaemonIni.Parse("x", WireText.FromBytes(input)).Check([static ini => Limits.From(ini)]));
            Refused(() => Authdaemonrc.Parse("x", input, static _ => null));
        });

    private static void Refused(Action read)
    {
        try
        {
            read();
        }
        catch (ConfigurationException e)
        {
            Assert.StartsWith("x", e.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Key(int number) => [(byte)'j', (byte)('a' + (number % 26)), (byte)('a' + (number / 26))];

    private static byte[] Joined(IReadOnlyList<ReadOnlyMemory<byte>> parts) => [.. parts.SelectMany(static part => part.ToArray())];

    /// <summary>Damage of a file is an <see cref="IOException"/>, and nothing else.</summary>
    private void OnFiles(IReadOnlyList<byte[]> seeds, Action<string> read) => Fuzzer.Run(
        seeds,
        (input, _) => Read(input, read),
        slowness: 10);

    private void Read(byte[] input, Action<string> read)
    {
        string path = _scratch["database"];
        File.WriteAllBytes(path, input);
        try
        {
            read(path);
        }
        catch (IOException)
        {
            // The declared answer to damage.
        }
    }
}
