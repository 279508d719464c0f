using System.Runtime.InteropServices;
using Authd.Linux.Files;

namespace Authd.Linux.Lmdb;

/// <summary>A failure with LMDB's message.</summary>
public sealed class LmdbException : IOException
{
    /// <summary>An exception without details.</summary>
    public LmdbException() { }

    /// <summary>With a text.</summary>
    public LmdbException(string message) : base(message) { }

    /// <summary>With a text and its cause.</summary>
    public LmdbException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>
/// One write transaction on an LMDB file that Postfix reads at the same time. It locks as Postfix does (LMDB_README): with an
/// fcntl(2) write lock on the whole file instead of LMDB's lock file. POSIX drops such a lock when any descriptor of the file is
/// closed, as closing the database does; so each transaction opens, locks and closes.
/// </summary>
public sealed unsafe class LmdbFile : IDisposable
{
    private const int WorldReadable = 0x1A4; // 0644: an address is no secret, and smtpd need not be root
    private const int LeastMapSize = 16 << 20; // Postfix's lmdb_map_size
    private readonly RecordLock _lock;
    private readonly nint _environment;
    private readonly uint _database;
    private nint _transaction;

    private LmdbFile(RecordLock held)
    {
        _lock = held;
        try
        {
            Check(LibLmdb.mdb_env_create(out _environment));

            // Room for twice the present size.
            Check(LibLmdb.mdb_env_set_mapsize(_environment, (nuint)Math.Max(LeastMapSize, 2 * RandomAccess.GetLength(held.File))));

            // Opens the locked file itself; its name may belong to another file by now.
            fixed (byte* name = FileStamp.Name(TrustedFiles.ByDescriptor(held.File)))
            {
                Check(LibLmdb.mdb_env_open(_environment, name, LibLmdb.MDB_NOSUBDIR | LibLmdb.MDB_NOLOCK, WorldReadable));
            }

            Check(LibLmdb.mdb_txn_begin(_environment, 0, 0, out _transaction));
            Check(LibLmdb.mdb_dbi_open(_transaction, null, 0, out _database));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Begins a transaction; a missing file is created.</summary>
    /// <param name="path">The file.</param>
    /// <param name="patience">The longest wait for others' locks.</param>
    /// <exception cref="IOException">The file cannot be opened or locked, or is no LMDB file.</exception>
    public static LmdbFile Open(string path, TimeSpan patience) =>
        RecordLock.TryTake(path, patience, (UnixFileMode)WorldReadable) is { } held
            ? new LmdbFile(held) : throw new LmdbException($"{path}: locked by another process");

    /// <summary>The value of a key, <c>null</c> when the key does not exist.</summary>
    /// <exception cref="LmdbException">The file is damaged.</exception>
    public byte[]? Get(byte[] key)
    {
        fixed (byte* k = key)
        {
            LibLmdb.Value wanted = new() { Size = (nuint)key.Length, Data = k };
            LibLmdb.Value found;
            int result = LibLmdb.mdb_get(_transaction, _database, &wanted, &found);
            return result == LibLmdb.MDB_NOTFOUND ? null : Checked(result, found);
        }
    }

    /// <summary>Inserts or replaces.</summary>
    /// <exception cref="LmdbException">No room, or the file is damaged.</exception>
    public void Put(byte[] key, byte[] value)
    {
        fixed (byte* k = key, v = value)
        {
            LibLmdb.Value newKey = new() { Size = (nuint)key.Length, Data = k };
            LibLmdb.Value newValue = new() { Size = (nuint)value.Length, Data = v };
            Check(LibLmdb.mdb_put(_transaction, _database, &newKey, &newValue, 0));
        }
    }

    /// <summary>Removes the entries whose value <paramref name="isOld"/> selects.</summary>
    /// <exception cref="LmdbException">The file is damaged.</exception>
    public void Remove(Predicate<byte[]> isOld)
    {
        Check(LibLmdb.mdb_cursor_open(_transaction, _database, out nint cursor));
        try
        {
            LibLmdb.Value key;
            LibLmdb.Value value;
            int result;
            while ((result = LibLmdb.mdb_cursor_get(cursor, &key, &value, LibLmdb.MDB_NEXT)) != LibLmdb.MDB_NOTFOUND)
            {
                if (isOld(Checked(result, value)))
                {
                    // The deletion moves the cursor to the next entry.
                    Check(LibLmdb.mdb_cursor_del(cursor, 0));
                }
            }
        }
        finally
        {
            LibLmdb.mdb_cursor_close(cursor);
        }
    }

    /// <summary>Writes the changes to disk; without it they are undone.</summary>
    /// <exception cref="LmdbException">The changes could not be written.</exception>
    public void Commit()
    {
        nint transaction = _transaction;
        _transaction = 0; // gone, whatever the result
        Check(LibLmdb.mdb_txn_commit(transaction));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_transaction != 0)
        {
            LibLmdb.mdb_txn_abort(_transaction);
        }

        if (_environment != 0)
        {
            LibLmdb.mdb_env_close(_environment);
        }

        _lock.Dispose();
    }

    private static byte[] Checked(int result, LibLmdb.Value value)
    {
        Check(result);
        return new ReadOnlySpan<byte>(value.Data, (int)value.Size).ToArray();
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new LmdbException(Marshal.PtrToStringUTF8((nint)LibLmdb.mdb_strerror(result)) ?? $"LMDB error {result}");
        }
    }
}
