// The shared counters: which are kept, which are replaced, and when they are forgotten.
using Authd.Core.Penalty;
using Authd.Linux.Processes;
using Xunit;

namespace Authd.Tests.Unit.Core.Penalty;

public class PenaltyTableTests
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(15);

    private readonly FakeClock _clock = new();

    [Fact]
    public void Counts_grow_and_each_key_has_its_own()
    {
        PenaltyTable table = New(out _);
        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => table.Add(PenaltyKind.Name, Key(table, "john"))));
        Assert.Equal(1, table.Add(PenaltyKind.Name, Key(table, "jane")));
        Assert.Equal(0, table.Count(PenaltyKind.Address, Key(table, "john")));
        Assert.Equal(3, table.Count(PenaltyKind.Name, Key(table, "john")));
    }

    [Fact]
    public void All_who_have_the_memory_see_the_same()
    {
        PenaltyTable one = New(out Memory<long> memory);
        PenaltyTable two = new(memory, ForgetAfter, _clock);
        one.Add(PenaltyKind.Name, Key(one, "john"));
        Assert.Equal(Key(one, "john"), Key(two, "john"));
        Assert.Equal(2, two.Add(PenaltyKind.Name, Key(two, "john")));
    }

    [Fact]
    public void Another_table_has_another_key() => Assert.NotEqual(Key(New(out _), "john"), Key(New(out _), "john"));

    [Fact]
    public void A_count_that_has_not_grown_is_forgotten()
    {
        PenaltyTable table = New(out _);
        ulong john = Key(table, "john");
        Assert.True(table.IsQuiet);
        table.Add(PenaltyKind.Name, john);
        _clock.Pass(ForgetAfter);
        Assert.Equal(2, table.Add(PenaltyKind.Name, john));
        Assert.False(table.IsQuiet);
        _clock.Pass(ForgetAfter + TimeSpan.FromSeconds(2));
        Assert.Equal(0, table.Count(PenaltyKind.Name, john));
        Assert.True(table.IsQuiet);
        Assert.Equal(1, table.Add(PenaltyKind.Name, john));
    }

    [Fact]
    public void A_full_set_gives_up_what_has_been_still_for_longest()
    {
        PenaltyTable table = New(out _, sets: 1);
        ulong[] keys = [.. Enumerable.Range(0, PenaltyTable.Ways + 1).Select(i => Key(table, $"user{i}"))];
        foreach (ulong key in keys[..PenaltyTable.Ways])
        {
            table.Add(PenaltyKind.Name, key);
            _clock.Pass(TimeSpan.FromSeconds(1));
        }

        table.Add(PenaltyKind.Name, keys[0]); // the second is the oldest now
        table.Add(PenaltyKind.Name, keys[^1]);

        Assert.Equal(0, table.Count(PenaltyKind.Name, keys[1]));
        Assert.Equal(2, table.Count(PenaltyKind.Name, keys[0]));
        Assert.All(keys[2..], key => Assert.Equal(1, table.Count(PenaltyKind.Name, key)));
    }

    [Fact]
    public void A_flood_of_addresses_pushes_out_no_name()
    {
        PenaltyTable table = New(out _, sets: 4);
        table.Add(PenaltyKind.Name, Key(table, "john"));
        _clock.Pass(TimeSpan.FromSeconds(1));
        for (int i = 0; i < 10_000; i++)
        {
            table.Add(PenaltyKind.Address, Key(table, $"address{i}"));
        }

        Assert.Equal(1, table.Count(PenaltyKind.Name, Key(table, "john")));
    }

    [Fact]
    public void Counting_ends_somewhere()
    {
        PenaltyTable table = New(out _);
        ulong john = Key(table, "john");
        for (int i = 0; i < PenaltyTable.MostCounted + 100; i++)
        {
            table.Add(PenaltyKind.Name, john);
        }

        Assert.Equal(PenaltyTable.MostCounted, table.Count(PenaltyKind.Name, john));
    }

    [Fact]
    public void What_is_taken_back_is_gone_and_never_less_than_nothing()
    {
        PenaltyTable table = New(out _);
        ulong john = Key(table, "john");
        table.Add(PenaltyKind.Name, john);
        table.Add(PenaltyKind.Name, john);
        table.Subtract(PenaltyKind.Name, john, 1);
        Assert.Equal(1, table.Count(PenaltyKind.Name, john));
        table.Subtract(PenaltyKind.Name, john, 5);
        Assert.Equal(0, table.Count(PenaltyKind.Name, john));
    }

    [Fact]
    public void Failures_counted_at_the_same_time_are_all_counted()
    {
        PenaltyTable table = New(out Memory<long> memory);
        ulong john = Key(table, "john");
        Parallel.For(0, 8, _ =>
        {
            PenaltyTable own = new(memory, ForgetAfter, _clock);
            for (int i = 0; i < 10; i++)
            {
                own.Add(PenaltyKind.Name, john);
            }
        });
        Assert.Equal(80, table.Count(PenaltyKind.Name, john));
    }

    [Fact]
    public void Other_memory_is_no_table()
    {
        Assert.Throws<ArgumentException>(() => new PenaltyTable(new long[PenaltyTable.Words(1)], ForgetAfter, _clock));
        Assert.Throws<ArgumentException>(() => new PenaltyTable(new long[5], ForgetAfter, _clock));
    }

    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31UL)]
    [InlineData(15, 0xa129ca6149be45e5UL)]
    public void SipHash_is_the_published_one(int length, ulong hash) => Assert.Equal(
        hash,
        new SipHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Of([.. Enumerable.Range(0, length).Select(i => (byte)i)]));

    private PenaltyTable New(out Memory<long> memory, int sets = 64)
    {
        memory = new long[PenaltyTable.Words(sets)];
        PenaltyTable.Prepare(memory.Span, KernelRandom.Words(PenaltyTable.KeyWords));
        return new PenaltyTable(memory, ForgetAfter, _clock);
    }

    private static ulong Key(PenaltyTable table, string text) => table.Key(1, 0, System.Text.Encoding.ASCII.GetBytes(text));
}
