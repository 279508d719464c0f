// Numbers as atol reads them.
using Authd.Core;
using Xunit;

namespace Authd.Tests.Unit.Core;

public class LeadingNumberTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 0)]
    [InlineData("-", 0)]
    [InlineData("12", 12)]
    [InlineData("12abc", 12)]
    [InlineData(" \t\n\v\f\r-12", -12)]
    [InlineData("+12", 12)]
    [InlineData("+-12", 0)]
    [InlineData("- 12", 0)]
    [InlineData("007", 7)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", long.MaxValue)]
    [InlineData("99999999999999999999999", long.MaxValue)]
    [InlineData("-9223372036854775807", -long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("-99999999999999999999999", long.MinValue)]
    public void Sign_and_digits_count_up_to_anything_else(string text, long number) =>
        Assert.Equal(number, LeadingNumber.Parse(text));
}
