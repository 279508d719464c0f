// Standard streams by descriptor number.
using Authd.Linux.Files;
using Authd.Linux.Native;
using Authd.Linux.Sockets;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class DescriptorStreamTests
{
    [Fact]
    public void What_one_end_of_a_pipe_writes_the_other_reads()
    {
        (int read, int write) = Descriptors.Pipe();
        using DescriptorStream input = new(read);
        using DescriptorStream output = new(write);

        output.Write("one"u8);
        output.Write([0, .. "two"u8], 1, 3);
        Descriptors.Close(write);

        byte[] buffer = new byte[10];
        Assert.Equal('o', input.ReadByte());
        Assert.Equal(5, input.Read(buffer, 1, 9));
        Assert.Equal("\0netwo\0\0\0\0"u8, buffer);
        Assert.Equal(0, input.Read(buffer));
        Assert.Equal(-1, input.ReadByte());
        Descriptors.Close(read);
    }

    [Fact]
    public void A_pipe_without_a_reader_is_an_error()
    {
        (int read, int write) = Descriptors.Pipe();
        Descriptors.Close(read);
        using DescriptorStream output = new(write);

        LibcException error = Assert.Throws<LibcException>(() => output.Write("x"u8));

        Assert.Equal("write: Broken pipe", error.Message);
        Descriptors.Close(write);
    }

    [Fact]
    public void A_descriptor_that_is_not_open_is_an_error()
    {
        using DescriptorStream closed = new(-1);

        Assert.Equal("read: Bad file descriptor", Assert.Throws<LibcException>(() => closed.ReadByte()).Message);
        Assert.Equal("write: Bad file descriptor", Assert.Throws<LibcException>(() => closed.WriteByte(0)).Message);
    }
}
