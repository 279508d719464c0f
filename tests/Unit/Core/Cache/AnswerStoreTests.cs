// The shared store: exact contents, its limit, and the effects of damage and races.
using System.Runtime.InteropServices;
using Authd.Core;
using Authd.Core.Cache;
using Authd.Linux.Processes;
using Xunit;

namespace Authd.Tests.Unit.Core.Cache;

public sealed class AnswerStoreTests
{
    private static readonly KeptAnswer Nobody =
        new() { Reason = "unknown user", Time = 7, Version = 8, Stamp = new ChangeStamp(1, 2, 3, 4) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_value_comes_back_as_it_was(bool isFull)
    {
        Account account = isFull
            ? new Account
            {
                SystemUser = "",
                Uid = uint.MaxValue,
                Gid = 5,
                Home = "/h\u00f6me",
                Address = "a",
                FullName = "f, g",
                Maildir = "",
                Quota = "1S",
                StoredPassword = "$6$x",
                ClearPassword = "\u00ff",
                Options = "o=1",
            }
            : new Account { Home = "", Gid = uint.MaxValue };
        KeptAnswer answer = Nobody with { Account = account, Reason = null, Proof = isFull ? new byte[32] : null };
        AnswerStore store = new(Memory(100));
        store.Put(Key("john"), 1, answer);
        Assert.True(new AnswerStore(_last).TryGet(Key("john"), 2, out KeptAnswer? found));
        Assert.Equal(account, found.Account);
        Assert.Equal(answer with { Proof = null }, found with { Proof = null });
        Assert.Equal(answer.Proof, found.Proof);
    }

    [Fact]
    public void Keys_differ_in_every_part()
    {
        AnswerStore store = new(Memory(100));
        AnswerKey key = new(1, false, "imap", "john");
        store.Put(key, 1, Nobody);
        foreach (AnswerKey other in new[]
        {
            key with { Module = 2 }, key with { IsLogin = true }, key with { Service = "ima", User = "pjohn" }, key with { Service = "pop3" },
            key with { User = "John" }, key with { User = "" },
        })
        {
            Assert.False(store.TryGet(other, 1, out _));
        }

        store.Remove(key);
        Assert.False(store.TryGet(key, 1, out _));
        Assert.Equal(0, store.Count);
    }

    [Fact]
    public void It_keeps_what_was_used_last_within_its_memory()
    {
        AnswerStore store = new(Memory(16));
        for (int i = 0; i < 1000; i++)
        {
            store.Put(Key($"user{i}"), i, Nobody);
            Assert.True(store.TryGet(Key("user0"), i, out _), $"{i}");
            Assert.True(store.TryGet(Key($"user{i}"), i, out _), $"{i}");
        }

        Assert.InRange(store.Count, 9, 16);
        Assert.Equal(1000 - store.Count, store.Evicted);
        Assert.Equal(store.Count * 1024, store.Bytes);
        store.Clear();
        Assert.Equal(0, store.Count);
        Assert.False(store.TryGet(Key("user0"), 1, out _));
    }

    [Fact]
    public void What_is_too_large_is_not_kept_and_takes_its_predecessor_with_it()
    {
        AnswerStore store = new(Memory(100));
        store.Put(Key("john"), 1, Nobody);
        store.Put(Key("john"), 1, Nobody with { Account = new Account { Home = new string('x', 1000) } });
        Assert.False(store.TryGet(Key("john"), 1, out _));
        store.Put(Key(new string('x', 70_000)), 1, Nobody);
        Assert.False(store.TryGet(Key(new string('x', 70_000)), 1, out _));
        store.Put(Key("john"), 1, Nobody with { Account = new Account { Home = new string('x', 800) } });
        Assert.True(store.TryGet(Key("john"), 1, out _));
    }

    [Fact]
    public void No_bit_that_is_wrong_goes_unnoticed()
    {
        AnswerStore store = new(Memory(8));
        KeptAnswer answer = Nobody with { Account = new Account { Home = "/home/john", Address = "john" }, Reason = null };
        store.Put(Key("john"), 1, answer);
        Span<byte> bytes = MemoryMarshal.AsBytes(_last.AsSpan());
        int wrong = 0;
        for (int i = 16 * sizeof(long); i < bytes.Length; i++)
        {
            bytes[i] ^= 0x10;
            if (store.TryGet(Key("john"), 1, out KeptAnswer? found))
            {
                Assert.Equal(answer, found);
            }
            else
            {
                wrong++;
            }

            bytes[i] ^= 0x10;
        }

        Assert.InRange(wrong, 100, 300);
        Assert.True(store.TryGet(Key("john"), 1, out _));
    }

    [Fact]
    public async Task Many_who_write_and_read_at_once_never_read_what_nobody_wrote()
    {
        AnswerStore store = new(Memory(8));
        Task[] writers =
        [
            .. Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
            {
                for (int i = 0; i < 20_000; i++)
                {
                    string home = new((char)('a' + writer), 50 + (i % 500));
                    store.Put(Key("john"), i, Nobody with { Account = new Account { Home = home, Address = home } });
                    if (store.TryGet(Key("john"), i, out KeptAnswer? found))
                    {
                        Assert.Equal(found.Account!.Home, found.Account.Address);
                        Assert.Single(found.Account.Home.Distinct());
                    }
                }
            })),
        ];
        await Task.WhenAll(writers);
    }

    [Fact]
    public void Equal_passwords_have_different_proofs_for_each_name_and_in_each_store()
    {
        AnswerStore one = new(Memory(8));
        AnswerStore two = new(Memory(8));
        Assert.Equal(one.Prove(Key("john"), "x"), one.Prove(Key("john"), "x"));
        Assert.NotEqual(one.Prove(Key("john"), "x"), one.Prove(Key("jane"), "x"));
        Assert.NotEqual(one.Prove(Key("john"), "x"), one.Prove(Key("john"), "y"));
        Assert.NotEqual(one.Prove(Key("john"), "x"), two.Prove(Key("john"), "x"));
    }

    private long[] _last = [];

    private static AnswerKey Key(string user) => new(0, false, "imap", user);

    private long[] Memory(int slots)
    {
        _last = new long[16 + (slots * 128)];
        AnswerStore.Prepare(_last, KernelRandom.Words(AnswerStore.KeyWords));
        return _last;
    }
}
