namespace Authd.Core.Protocol;

/// <summary>Reads replies to PRE and AUTH, and the lines of an enumeration, as courier-authlib's client library does.</summary>
public static class AccountReplyReader
{
    /// <summary>Reads a whole reply.</summary>
    /// <param name="reply">The bytes received.</param>
    /// <param name="account">The account, when the verdict is <see cref="Verdict.Accept"/>.</param>
    /// <returns><see cref="Verdict.TempFail"/> when the reply holds neither a <c>.</c> nor a <c>FAIL</c> line: the server failed
    /// temporarily, or the reply was cut.</returns>
    public static Verdict Read(string reply, out Account account)
    {
        account = new Account { Home = "" };
        foreach (string line in reply.Split('\0')[0].Split('\n'))
        {
            switch (line)
            {
                case ".":
                    return Verdict.Accept;
                case "FAIL":
                    return Verdict.Reject;
                default:
                    account = Add(account, line);
                    break;
            }
        }

        return Verdict.TempFail;
    }

    /// <summary>Reads a line <c>name TAB uid TAB gid TAB home [TAB maildir [TAB options]]</c>; <c>null</c> when the line has
    /// another form, or names uid or gid 0, which no mail account has.</summary>
    public static Account? ReadListed(string line)
    {
        string[] fields = line.Split('\t');
        return line.StartsWith('#') || fields.Length < 4 || Id(fields[1]) is not { } uid || Id(fields[2]) is not { } gid
            ? null
            : new Account
            {
                Address = fields[0],
                Uid = uid,
                Gid = gid,
                Home = fields[3],
                Maildir = fields.ElementAtOrDefault(4),
                Options = fields.ElementAtOrDefault(5),
            };
    }

    /// <summary>Adds one line to the account. The last of repeated keys
    /// counts; unknown keys and lines without <c>=</c> do not.</summary>
    private static Account Add(Account account, string line)
    {
        string[] parts = line.Split('=', 2);
        if (parts is not [string key, string value])
        {
            return account;
        }

        return key switch
        {
            "USERNAME" => account with { SystemUser = value },
            "UID" => account with { Uid = Number(value) },
            "GID" => account with { Gid = Number(value) },
            "HOME" => account with { Home = value },
            "ADDRESS" => account with { Address = value },
            "NAME" => account with { FullName = value },
            "MAILDIR" => account with { Maildir = value },
            "QUOTA" => account with { Quota = value },
            "PASSWD" => account with { StoredPassword = value },
            "PASSWD2" => account with { ClearPassword = value },
            "OPTIONS" => account with { Options = value },
            _ => account,
        };
    }

    private static uint Number(string text) => unchecked((uint)LeadingNumber.Parse(text));

    private static uint? Id(string text) =>
        text.All(char.IsAsciiDigit) && uint.TryParse(text, out uint id) && id != 0 ? id : null;
}
