using Authd.Core;
using Xunit;

namespace Authd.Tests.Unit.Core;

public class WireTextTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("größe")]
    [InlineData("\u201Cquoted\u201D \U0001F511")]
    public void Wire_text_of_UTF8_is_shown_as_the_text_it_is(string text) =>
        Assert.Equal(text, WireText.ForPeople(WireText.FromUnicode(text)));

    [Theory]
    [InlineData("gr\u00F6\u00DFe")]
    [InlineData("caf\u00E9")]
    [InlineData("\u201Cquoted\u201D")]
    [InlineData("\u00C3\u00A4 beside \u20AC")]
    public void Other_text_is_shown_unchanged(string text) => Assert.Equal(text, WireText.ForPeople(text));
}
