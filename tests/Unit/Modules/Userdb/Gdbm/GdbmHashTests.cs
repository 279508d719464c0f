// GDBM's hash against values computed from files written by libgdbm.
using Authd.Core;
using Authd.Modules.Userdb.Gdbm;
using Xunit;

namespace Authd.Tests.Unit.Modules.Userdb.Gdbm;

public class GdbmHashTests
{
    [Theory]
    [InlineData("john", 0x68a1c5bb, 418, 141)]
    [InlineData("mary@example.com", 0x51422e6e, 325, 158)]
    [InlineData("1000=", 0x5b54b16d, 365, 157)]
    [InlineData("\u00c3\u00bc", 0x78720b84, 481, 60)]
    public void Known_hashes(string key, int hash, int directoryIndex, int slot)
    {
        int computed = GdbmHash.Of(WireText.ToBytes(key));

        Assert.Equal(hash, computed);
        Assert.Equal(directoryIndex, computed >> (GdbmHash.Bits - 9));
        Assert.Equal(slot, computed % 166);
    }
}
