using Authd.Core;
using Authd.Core.Chain;
using Authd.Linux.Lmdb;

namespace Authd.Modules.PostfixRelay;

/// <summary>Logins in an LMDB file, in the form of Postfix's lmdb: tables:
/// keys and values include a final NUL byte (Postfix's default).</summary>
/// <param name="path">The file, with its suffix.</param>
internal sealed class LmdbLogins(string path) : ILoginTable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public void Record(IReadOnlyCollection<Login> logins)
    {
        using LmdbFile file = LmdbFile.Open(path, Patience);
        foreach (Login login in logins)
        {
            byte[] key = Bytes(login.Address);
            if (file.Get(key) is not { } value || Time(value) is not null)
            {
                file.Put(key, Bytes(LoginTime.Text(login.Time)));
            }
        }

        file.Commit();
    }

    /// <inheritdoc/>
    public void RemoveUpTo(long time)
    {
        using LmdbFile file = LmdbFile.Open(path, Patience);
        file.Remove(value => Time(value) <= time);
        file.Commit();
    }

    /// <inheritdoc/>
    public void AddNeeds(WorkerNeeds needs) => needs.Write(PostfixModule.Name, path);

    /// <inheritdoc/>
    public void CloseIdle()
    {
        // Nothing stays open.
    }

    /// <inheritdoc/>
    public void Dispose() => CloseIdle();

    private static byte[] Bytes(string text) => WireText.ToBytes(text + '\0');

    private static long? Time(byte[] value) => LoginTime.Parse(WireText.FromBytes(WireText.UpToNul(value)));
}
