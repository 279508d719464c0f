// The text of --help for each command, in the words at the beginning of its manual page.
namespace Authd;

/// <summary>Answers <c>--help</c> and <c>--version</c> of the commands beside the daemon in the same way.</summary>
internal static class CommandHelp
{
    private static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["authtest"] = """
            Usage: authtest [-s service] [-p | -n] userid [ password [ newpassword ] ]
            Asks the daemon for an account, checks its password or changes it.
              -s service   as this service would (imap, pop3, ...; default: login)
              -p           read the password from standard input
              -n           read the password and the new one from standard input
                   authtest --explain [-v] [-s service] [-p] userid [ password ]
            Has the daemon tell the story of the request; -v: with passwords and hashes, for root.
            """,
        ["authenumerate"] = """
            Usage: authenumerate [-s] [-o]
            Lists all accounts: address, uid, gid, home, maildir, separated by tabs.
              -s   without accounts that have the option disableshared
              -o   with the options as a sixth field
            """,
        ["authpasswd"] = """
            Usage: authpasswd [method]
            Reads a password and prints its hash.
              method   crypt, md5, ssha, yescrypt, ... (authpasswd(1) lists them; default: what crypt() prefers)
            """,
        ["courierlogger"] = """
            Usage: courierlogger name
                   courierlogger [-name=name] [-pid=pidfile] [-facility=type]
                          [-start|-stop|-restart] [cmd [args...]]
            Passes lines of standard input, or of a program's standard error, to syslog.
            """,
        ["makeuserdb"] = """
            Usage: makeuserdb [-f filename] [-n] [-v]
            Makes userdb.dat and userdbshadow.dat of userdb.
            """,
        ["userdb"] = """
            Usage: userdb [-f filename] name set field=value field=value...
                   userdb [-f filename] name unset field field...
                   userdb [-f filename] name del
                   userdb -show [-f filename] [name]
            Shows and changes records of userdb.
            """,
        ["userdbpw"] = """
            Usage: userdbpw [-md5 | -hmac-md5 | -hmac-sha1 | -hmac-sha256] | userdb name set field
            Reads a password and prints what userdb keeps of it.
            """,
        ["pw2userdb"] = """
            Usage: pw2userdb [--passwd=file] [--shadow=file | --noshadow] [--nouid] [--domain=name] [--vpopuid]
            Prints the system's accounts in userdb's form.
            """,
        ["vchkpw2userdb"] = """
            Usage: vchkpw2userdb [--vpopmailhome=directory] [--todir=directory]
            Prints vpopmail's accounts in userdb's form.
            """,
        ["authpostfix"] = """
            Usage: authpostfix
            Records a login in Postfix's table, with AUTHENTICATED, TCPREMOTEIP and LOGINDB=type:name from the environment.
            """,
        ["authcleanup"] = """
            Usage: authcleanup minutes type:name
            Removes the entries of Postfix's table that are older than that.
            """,
    };

    /// <summary>The exit code of <c>NAME --help</c> or <c>NAME
    /// --version</c>; <c>null</c> when the arguments are others.</summary>
    internal static int? Answer(string command, string[] arguments)
    {
        switch (arguments)
        {
            case ["--help"]:
                Console.Out.WriteLine(Texts.GetValueOrDefault(command) ?? $"See {command}'s manual page.");
                return 0;
            case ["--version"]:
                Console.Out.WriteLine(Version(command));
                return 0;
            default:
                return null;
        }
    }

    /// <summary>The name and version that <c>--version</c> shows.</summary>
    internal static string Version(string command) =>
        $"{command} {typeof(CommandHelp).Assembly.GetName().Version?.ToString(3)}";
}
