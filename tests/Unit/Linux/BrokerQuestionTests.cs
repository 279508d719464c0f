// The broker's protocol as bytes: every question arrives as sent, and no other message is taken for one.
using Authd.Linux.Broker;
using Xunit;

namespace Authd.Tests.Unit.Linux;

public class BrokerQuestionTests
{
    private const int Seed = 20261128;
    private const int Rounds = 50_000;

    private static readonly BrokerQuestion Change = new(BrokerTask.ChangeUserdb, "j\u00f6rg@example.com")
    {
        Changes = [new("systempw", "$1$old", "$1$new"), new("hmac-md5pw", "", new string('f', BrokerQuestion.LongestText))],
    };

    [Fact]
    public void A_question_arrives_as_it_was_sent()
    {
        foreach (BrokerQuestion sent in Examples())
        {
            BrokerQuestion? read = BrokerQuestion.TryParse(sent.ToMessage());
            Assert.NotNull(read);
            Assert.Equal((sent.Task, sent.Subject), (read.Task, read.Subject));
            Assert.Equal(sent.Changes, read.Changes);
        }
    }

    [Fact]
    public void A_question_that_is_too_long_is_not_sent()
    {
        string text = new('x', BrokerQuestion.LongestText + 1);
        Assert.Null(new BrokerQuestion(BrokerTask.Shadow, text).ToMessage());
        Assert.Null((Change with { Changes = [new(text, "", "")] }).ToMessage());
        Assert.Null((Change with { Changes = [.. Enumerable.Repeat(new BrokerChange("a", "b", "c"), 33)] }).ToMessage());
    }

    [Fact]
    public void A_question_cut_short_or_with_more_behind_it_is_none()
    {
        byte[] message = Change.ToMessage()!;
        Assert.All(Enumerable.Range(0, message.Length), length => Assert.Null(BrokerQuestion.TryParse(message.AsSpan(0, length))));
        Assert.Null(BrokerQuestion.TryParse([.. message, 0]));
    }

    [Theory]
    [InlineData(0, (byte)2)] // another version
    [InlineData(1, (byte)0)] // no task
    [InlineData(1, (byte)6)]
    [InlineData(1, (byte)255)]
    public void Another_version_and_unknown_tasks_are_none(int at, byte value)
    {
        byte[] message = Change.ToMessage()!;
        message[at] = value;
        Assert.Null(BrokerQuestion.TryParse(message));
    }

    /// <summary>No input causes an exception, and each question has only one form.</summary>
    [Fact]
    public void Random_and_mutated_bytes_are_questions_or_nothing()
    {
        Random random = new(Seed);
        byte[][] examples = [.. Examples().Select(static question => question.ToMessage()!)];
        int questions = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] message = round % 2 == 0 ? Mutate(examples[random.Next(examples.Length)], random) : Noise(random);
            if (BrokerQuestion.TryParse(message) is { } question)
            {
                questions++;
                Assert.Equal(message, question.ToMessage());
            }

            if (BrokerAnswer.TryParse(message) is { } answer)
            {
                Assert.InRange(answer.Numbers.Length, 0, 4);
            }
        }

        Assert.True(questions > Rounds / 100, $"only {questions} of {Rounds} were questions: nothing behind the parser was reached");
    }

    [Fact]
    public void An_answer_arrives_as_it_was_sent()
    {
        BrokerAnswer sent = new(BrokerVerdict.Failed, "gr\u00f6\u00dfer", 13, -1, long.MinValue, long.MaxValue);
        BrokerAnswer? read = BrokerAnswer.TryParse(sent.ToMessage());
        Assert.NotNull(read);
        Assert.Equal((sent.Verdict, sent.Text), (read.Verdict, read.Text));
        Assert.Equal(sent.Numbers, read.Numbers);
    }

    private static IEnumerable<BrokerQuestion> Examples() =>
    [
        Change,
        Change with { Changes = [new("imappw", "a", "b")] },
        new(BrokerTask.Open, "/etc/courier/userdb.dat"),
        new(BrokerTask.Stamp, ""),
        new(BrokerTask.Shadow, new string('\u00ff', BrokerQuestion.LongestText)),
        new(BrokerTask.StartPam, ""),
    ];

    private static byte[] Mutate(byte[] example, Random random)
    {
        List<byte> bytes = [.. example];
        for (int change = random.Next(4); change > 0 && bytes.Count > 0; change--)
        {
            // Mostly at the beginning, where version, task and lengths are.
            int at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 8) : bytes.Count);
            switch (random.Next(3))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, random.Next(Math.Min(bytes.Count - at, 16)) + 1);
                    break;
                default:
                    bytes.InsertRange(at, Noise(random).Take(16));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Noise(Random random)
    {
        byte[] noise = new byte[random.Next(64)];
        random.NextBytes(noise);
        if (noise.Length > 1 && random.Next(2) == 0)
        {
            (noise[0], noise[1]) = (BrokerQuestion.Version, (byte)random.Next(1, 6));
        }

        return noise;
    }
}
