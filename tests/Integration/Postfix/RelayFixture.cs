// One table and one Postfix for the tests of a class.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Postfix;

public sealed class RelayFixture : IAsyncLifetime
{
    private PostfixServer? _postfix;

    /// <summary>For the table's files.</summary>
    public ScratchDirectory Scratch { get; } = new();

    /// <summary>Postfix; the first call makes the table and starts it.</summary>
    public async Task<PostfixServer> PostfixAsync(string table, Func<Task> makeTable)
    {
        if (_postfix is null)
        {
            await makeTable();
            _postfix = await PostfixServer.StartNewAsync(table);
        }

        return _postfix;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_postfix is not null)
        {
            await _postfix.DisposeAsync();
        }

        Scratch.Dispose();
    }
}
