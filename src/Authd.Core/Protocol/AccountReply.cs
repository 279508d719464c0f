using System.Buffers;

namespace Authd.Core.Protocol;

/// <summary>
/// Writes the reply that carries an account, and the lines of an enumeration, in the byte order that clients know. This is the
/// last step of every request, so it makes no intermediate strings.
/// </summary>
public static class AccountReply
{
    /// <summary>Room for all keys, line ends, both numbers and the final dot.</summary>
    private const int KeysAndNumbers = 160;

    private static readonly SearchValues<char> LineBreakers = SearchValues.Create("\n\r\0");
    private static readonly SearchValues<char> FieldBreakers = SearchValues.Create("\t\n\r\0");

    /// <summary>
    /// Whether the reply's lines can carry the account: the protocol has no escapes, so an LF (or CR, or NUL) in a
    /// value could forge another key's line.
    /// </summary>
    public static bool IsSendable(Account account) =>
        Lacks(LineBreakers, account.SystemUser) && Lacks(LineBreakers, account.Home)
        && Lacks(LineBreakers, account.Address) && Lacks(LineBreakers, account.FullName)
        && Lacks(LineBreakers, account.Maildir) && Lacks(LineBreakers, account.Quota)
        && Lacks(LineBreakers, account.StoredPassword) && Lacks(LineBreakers, account.ClearPassword)
        && Lacks(LineBreakers, account.Options);

    /// <summary>Whether an enumeration line can carry the account: no TAB either.</summary>
    public static bool IsListable(Account account) =>
        Lacks(FieldBreakers, account.Address) && Lacks(FieldBreakers, account.Home)
        && Lacks(FieldBreakers, account.Maildir) && Lacks(FieldBreakers, account.Options);

    /// <summary>Writes the reply to an accepted PRE or AUTH. The account is sendable.</summary>
    public static void Write(Account account, string defaultOptions, IBufferWriter<byte> output)
    {
        string options = AccountOptions.Merge(account.Options, defaultOptions);
        SpanWriter reply = new(output.GetSpan(Room(account, options)));
        Line(ref reply, "USERNAME="u8, account.SystemUser);
        if (account.Uid is { } uid)
        {
            Line(ref reply, "UID="u8, uid);
        }

        Line(ref reply, "GID="u8, account.Gid);
        Line(ref reply, "HOME="u8, account.Home);
        Line(ref reply, "ADDRESS="u8, account.Address);
        if (account.FullName is { } name)
        {
            Line(ref reply, "NAME="u8, UpToComma(name));
        }

        // An empty MAILDIR would replace the client's default mailbox.
        Line(ref reply, "MAILDIR="u8, NullIfEmpty(account.Maildir));
        Line(ref reply, "QUOTA="u8, account.Quota);
        Line(ref reply, "PASSWD="u8, account.StoredPassword);
        Line(ref reply, "PASSWD2="u8, account.ClearPassword);
        Line(ref reply, "OPTIONS="u8, NullIfEmpty(options));
        reply.Write(".\n"u8);
        output.Advance(reply.Written);
    }

    /// <summary>
    /// Writes an enumeration line: address, uid, gid, home, maildir
    /// and merged options, separated by TABs. The account is listable.
    /// </summary>
    public static void WriteListed(Account account, string defaultOptions, IBufferWriter<byte> output)
    {
        string options = AccountOptions.Merge(account.Options, defaultOptions);
        SpanWriter line = new(output.GetSpan(Room(account, options)));
        line.Write(account.Address);
        line.Write("\t"u8);
        line.Write(account.Uid ?? 0);
        line.Write("\t"u8);
        line.Write(account.Gid);
        line.Write("\t"u8);
        line.Write(account.Home);
        line.Write("\t"u8);
        line.Write(account.Maildir);
        line.Write("\t"u8);
        line.Write(options);
        line.Write("\n"u8);
        output.Advance(line.Written);
    }

    private static void Line(ref SpanWriter reply, ReadOnlySpan<byte> key, string? value)
    {
        if (value is not null)
        {
            Line(ref reply, key, value.AsSpan());
        }
    }

    private static void Line(ref SpanWriter reply, ReadOnlySpan<byte> key, ReadOnlySpan<char> value)
    {
        reply.Write(key);
        reply.Write(value);
        reply.Write("\n"u8);
    }

    private static void Line(ref SpanWriter reply, ReadOnlySpan<byte> key, uint value)
    {
        reply.Write(key);
        reply.Write(value);
        reply.Write("\n"u8);
    }

    private static ReadOnlySpan<char> UpToComma(string name)
    {
        int comma = name.IndexOf(',', StringComparison.Ordinal);
        return comma < 0 ? name : name.AsSpan(0, comma);
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static bool Lacks(SearchValues<char> breakers, string? value) => !value.AsSpan().ContainsAny(breakers);

    private static int Room(Account a, string options) =>
        KeysAndNumbers + Length(a.SystemUser) + a.Home.Length + Length(a.Address) + Length(a.FullName)
        + Length(a.Maildir) + Length(a.Quota) + Length(a.StoredPassword) + Length(a.ClearPassword) + options.Length;

    private static int Length(string? value) => value?.Length ?? 0;
}
