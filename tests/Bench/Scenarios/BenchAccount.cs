using System.Globalization;
using System.Text;
using Authd.Bench.Load;
using Authd.Tests.Support;

namespace Authd.Bench.Scenarios;

/// <summary>Account number <paramref name="Number"/> of the benchmark. The same accounts, made from their number alone, are in
/// all back ends.</summary>
internal sealed record BenchAccount(int Number)
{
    /// <summary>The password of all accounts.</summary>
    internal const string Password = "password";

    /// <summary>The number of accounts.</summary>
    internal const int Population = 10_000;

    private const string ShaHash = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=";
    private const string YescryptHash =
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC";

    private const int FirstUid = 10_000;
    private const int Gid = 5000;
    private const int GreetingLines = 2;
    private const int YescryptEvery = 100;

    /// <summary>All accounts.</summary>
    internal static IEnumerable<BenchAccount> All =>
        Enumerable.Range(0, Population).Select(number => new BenchAccount(number));

    /// <summary>One account in a hundred has a slow hash, the others {SHA}.</summary>
    internal bool HasSlowHash => Number % YescryptEvery == 0;

    private string Name => string.Create(CultureInfo.InvariantCulture, $"user{Number:D5}@example.com");

    private string Home => string.Create(CultureInfo.InvariantCulture, $"/home/vmail/example.com/user{Number:D5}");

    private string Hash => HasSlowHash ? YescryptHash : ShaHash;

    private int Uid => FirstUid + Number;

    /// <summary>The line of the text file that makeuserdb reads.</summary>
    internal string UserdbLine =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}\tuid={Uid}|gid={Gid}|home={Home}|mail=Maildir|systempw={Hash}");

    /// <summary>The line for COPY passwd (id, crypt, uid, gid, home, maildir) FROM stdin.</summary>
    internal string CopyLine =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}\t{Hash}\t{Uid}\t{Gid}\t{Home}\tMaildir");

    /// <summary>The values for INSERT INTO passwd (id, crypt, uid, gid, home, maildir).</summary>
    internal string SqlValues =>
        string.Create(CultureInfo.InvariantCulture, $"('{Name}', '{Hash}', {Uid}, {Gid}, '{Home}', 'Maildir')");

    /// <summary>The entry in a directory.</summary>
    internal string LdifEntry => string.Create(
        CultureInfo.InvariantCulture,
        $"dn: uid={Number},{SlapdServer.Root}\nobjectClass: testAccount\nuid: {Number}\nmail: {Name}\nuserPassword: {Hash}\n"
        + $"uidNumber: {Uid}\ngidNumber: {Gid}\nhomeDirectory: {Home}\nmailbox: Maildir\n\n");

    /// <summary>A lookup. authsqlite sends empty values, too.</summary>
    internal Exchange Lookup(Backend backend) =>
        Make($"PRE . imap {Name}\n", Reply(backend, backend == Backend.Sqlite ? "PASSWD2=\n" : ""));

    /// <summary>A lookup by Dovecot's protocol for its own services: the
    /// version, then the question; the greeting, then the answer.</summary>
    internal Exchange DovecotLookup => Make(
        $"VERSION\t1\t1\nUSER\t1\t{Name}\tservice=imap\n",
        string.Create(CultureInfo.InvariantCulture, $"USER\t1\t{Name}\thome={Home}\tuid={Uid}\tgid={Gid}\tmail=Maildir\n"),
        GreetingLines + 1);

    /// <summary>A login with the right password.</summary>
    internal Exchange Login(Backend backend)
    {
        string payload = $"imap\nlogin\n{Name}\n{Password}\n";
        string request = string.Create(CultureInfo.InvariantCulture, $"AUTH {payload.Length}\n{payload}");
        return Make(request, Reply(backend, $"PASSWD2={Password}\n"));
    }

    /// <summary>The message of a PLAIN login.</summary>
    internal byte[] PlainMessage => Encoding.ASCII.GetBytes($"\0{Name}\0{Password}");

    /// <summary>The same as Postfix's smtpd sends it by Dovecot's protocol; Dovecot itself ends its answer with an empty field.</summary>
    internal Exchange SaslLogin(bool dovecot) => Make(
        string.Create(
            CultureInfo.InvariantCulture,
            $"AUTH\t{Number + 1}\tPLAIN\tservice=smtp\tnologin\tlip=192.0.2.1\trip=192.0.2.2\tsecured\tresp={Convert.ToBase64String(PlainMessage)}\n"),
        string.Create(CultureInfo.InvariantCulture, $"OK\t{Number + 1}\tuser={Name}{(dovecot ? "\t" : "")}\n"),
        1);

    private static Exchange Make(string request, string reply, int lines = 0) =>
        new(Encoding.ASCII.GetBytes(request), Encoding.ASCII.GetBytes(reply), lines);

    private string Reply(Backend backend, string clearPassword) => string.Create(
        CultureInfo.InvariantCulture,
        $"UID={Uid}\nGID={Gid}\nHOME={Home}\nADDRESS={Name}\n{EmptyName(backend)}MAILDIR=Maildir\nPASSWD={Hash}\n{clearPassword}.\n");

    /// <summary>authuserdb and authmysql send NAME only if it is not empty.</summary>
    private static string EmptyName(Backend backend) => backend is Backend.Userdb or Backend.Mysql ? "" : "NAME=\n";
}
