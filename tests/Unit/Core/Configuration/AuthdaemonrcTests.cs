// authdaemonrc: the forms that distributions ship, a file edited by hand, and files that must be refused.
using System.Text;
using Authd.Core;
using Authd.Core.Configuration;
using Xunit;

namespace Authd.Tests.Unit.Core.Configuration;

public class AuthdaemonrcTests
{
    /// <summary>The structure of Debian's file, with comments of our own.</summary>
    private const string Shipped = """
        ##VERSION: $Id: 0123abcd-20210515$
        #
        # Settings of the daemon. A shell script sources this file.
        #
        ##NAME: authmodulelist:3
        #
        # Modules, in order:
        #authmodulelist="authuserdb authpam"

        authmodulelist="authpam"

        ##NAME: authmodulelistorig:4
        #
        # For webadmin.

        authmodulelistorig="authuserdb authpam authpgsql authldap authmysql authsqlite authcustom authpipe"

        ##NAME: daemons:0
        daemons=5

        ##NAME: authdaemonvar:2
        authdaemonvar=/run/courier/authdaemon

        ##NAME: DEBUG_LOGIN:0
        # DEBUG_LOGIN=2   - passwords, too
        DEBUG_LOGIN=0

        ##NAME: DEFAULTOPTIONS:0
        DEFAULTOPTIONS=""

        ##NAME: LOGGEROPTS:0
        LOGGEROPTS=""

        ##NAME: LDAP_TLS_OPTIONS:0
        #LDAPTLS_CACERT=/path/to/cacert.pem
        #LDAPTLS_REQCERT=demand
        """;

    [Fact]
    public void Debians_file_as_shipped()
    {
        Authdaemonrc rc = Parse(Shipped);
        DaemonSettings settings = DaemonSettings.From(rc);

        Assert.Equal(["authpam"], settings.ModuleNames);
        Assert.Equal(5, settings.Daemons);
        Assert.Equal(0, settings.DebugLogin);
        Assert.Equal("", settings.DefaultOptions);
        Assert.Empty(settings.LoggerOptions);
        Assert.Equal("/run/courier/authdaemon", settings.StateDirectory);
        Assert.Empty(rc.Warnings);
        Assert.Empty(settings.Errors);
        Assert.Equal(7, rc.Variables.Count);
    }

    [Fact]
    public void An_RPM_systems_file_after_an_upgrade()
    {
        Authdaemonrc rc = Parse("""
            ##VERSION: $Id: fedcba-20230101$
            ##NAME: authmodulelist:3
            # DEFAULT SETTING from authdaemonrc.dist:
            #authmodulelist="authuserdb authpam authpgsql authldap authmysql authsqlite authcustom authpipe"
            authmodulelist="authuserdb	authpgsql"
            ##NAME: daemons:0
            daemons=10
            ##NAME: authdaemonvar:2
            authdaemonvar=/var/spool/authdaemon
            ##NAME: LOGGEROPTS:0
            LOGGEROPTS="-facility=local6  -name=authd"
            """);
        DaemonSettings settings = DaemonSettings.From(rc);

        Assert.Equal(["authuserdb", "authpgsql"], settings.ModuleNames);
        Assert.Equal(10, settings.Daemons);
        Assert.Equal(["-facility=local6", "-name=authd"], settings.LoggerOptions);
        Assert.Equal("/var/spool/authdaemon", settings.StateDirectory);
        Assert.Empty(rc.Warnings);
    }

    [Fact]
    public void A_file_edited_by_hand()
    {
        Authdaemonrc rc = Parse("""
            authmodulelist='authpam'            # the old one
            authmodulelist='authuserdb authpgsql authuserdb'   # twice: last wins
              export daemons=7 ; DEBUG_LOGIN=1
            BASE=/etc/ssl LDAPTLS_CACERT="${BASE}/ca#1.pem"
            DEFAULTOPTION=disableimap=1
            DEFAULTOPTIONS=disablewebmail=1,\
            disablepop3=1
            LDAPTLS_REQCERT=dem\and
            DEFDOMAIN=@example.com
            authdaemonvar=$RUNDIR/authdaemon
            MOTTO="two
            lines"
            """, name => name == "RUNDIR" ? WireText.FromUnicode("/run/größe") : null);
        DaemonSettings settings = DaemonSettings.From(rc);

        Assert.Equal(["authuserdb", "authpgsql", "authuserdb"], settings.ModuleNames);
        Assert.Equal(7, settings.Daemons);
        Assert.Equal(1, settings.DebugLogin);
        Assert.Equal("disablewebmail=1,disablepop3=1", settings.DefaultOptions);
        Assert.Equal("/etc/ssl/ca#1.pem", rc["LDAPTLS_CACERT"]);
        Assert.Equal("demand", rc["LDAPTLS_REQCERT"]);
        Assert.Equal("two\nlines", rc["MOTTO"]);
        Assert.Equal("/run/größe/authdaemon", settings.StateDirectory);
        Assert.Equal(WireText.FromUnicode("/run/größe/authdaemon"), rc["authdaemonvar"]);
        Assert.Equal(
            [
                "rc:5: unknown setting DEFAULTOPTION (did you mean DEFAULTOPTIONS?)",
                "rc:9: DEFDOMAIN has no effect here: it belongs in the environment of the mail server that logs users in",
                "rc:11: unknown setting MOTTO",
            ],
            settings.Warnings);
    }

    [Theory]
    [InlineData("daemons=\u00A05", "daemons: there is a non-breaking blank in the value: type it anew as plain ASCII")]
    [InlineData("DEBUG_LOGIN=\u201C1\u201D", "DEBUG_LOGIN: there is a typographic quote in the value: type it anew as plain ASCII")]
    [InlineData("LOGGEROPTS='\u2013name=x'", "LOGGEROPTS: there is a dash in place of a minus in the value: type it anew as plain ASCII")]
    [InlineData("authdaemonvar=/run/gr\u00F6\u00DFe", null)]
    public void Marks_of_word_processors_in_a_value_are_named(string line, string? warning)
    {
        Authdaemonrc rc = Parse($"# 1\n{line}\n");

        Assert.Equal(warning is null ? [] : [$"rc:2: {warning}"], rc.Warnings);
    }

    [Theory]
    [InlineData("\uFEFF\uFEFFdaemons=5", "a byte order mark (BOM)")]
    [InlineData("daemons\u00A0=5", "a non-breaking blank")]
    [InlineData("\u00A0daemons=5", "a non-breaking blank")]
    [InlineData("\u201Edaemons=5", "a typographic quote")]
    public void Marks_of_word_processors_outside_values_are_named(string line, string mark)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Parse($"{line}\n"));

        Assert.StartsWith("rc:1: not a plain assignment: '", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"; there is {mark} in it: type it anew as plain ASCII", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\uFEFFdaemons=5\n")]
    [InlineData("\uFEFF# of an editor\ndaemons=5\n")]
    public void A_byte_order_mark_is_ignored_with_a_warning(string text)
    {
        Authdaemonrc rc = Parse(text);

        Assert.Equal("5", rc["daemons"]);
        Assert.Equal(
            ["rc:1: the file begins with a byte order mark (BOM), which is ignored; save it as UTF-8 without BOM"], rc.Warnings);
    }

    [Fact]
    public void DOS_line_ends_are_ignored_with_a_warning()
    {
        Authdaemonrc rc = Parse("daemons=3\r\n\r\nauthmodulelist=\"authpam\"\r\n");

        Assert.Equal("3", rc["daemons"]);
        Assert.Equal("authpam", rc["authmodulelist"]);
        Assert.Equal(["rc: lines end in CR LF; the CRs are ignored"], rc.Warnings);
    }

    [Fact]
    public void Names_are_compared_exactly_and_the_environment_stands_behind_the_file()
    {
        Authdaemonrc rc = Parse("Daemons=3\nA_b=1\n", name => name is "DEBUG_LOGIN" or "daemons" ? "2" : null);
        DaemonSettings settings = DaemonSettings.From(rc);

        Assert.Equal(2, settings.DebugLogin);
        // The C daemon takes authmodulelist and daemons from the file only.
        Assert.Equal(1, settings.Daemons);
        Assert.Equal("1", rc["A_b"]);
        Assert.Null(rc["a_b"]);
    }

    [Theory]
    [InlineData("daemons=5\nif true; then\n", "rc:2: not a plain assignment: 'if'")]
    [InlineData("\n\n  echo hello\n", "rc:3: not a plain assignment: 'echo'")]
    [InlineData("daemons = 3\n", "rc:1: not a plain assignment: 'daemons'")]
    [InlineData("daemons=3 true\n", "rc:1: not a plain assignment: 'true'")]
    [InlineData("A=1 export B=2\n", "rc:1: not a plain assignment: 'export'")]
    [InlineData("A+=x\n", "rc:1: not a plain assignment: 'A+=x'")]
    [InlineData("1A=x\n", "rc:1: not a plain assignment: '1A=x'")]
    [InlineData("export -p\n", "rc:1: not a plain assignment: '-p'")]
    [InlineData("A=1;;B=2\n", "rc:1: nothing before ';'")]
    [InlineData("A=$(hostname)\n", "rc:1: only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)")]
    [InlineData("A=\"\n$((1+1))\"\n", "rc:2: only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)")]
    [InlineData("A=${B:-c}\n", "rc:1: only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)")]
    [InlineData("A=${}\n", "rc:1: only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)")]
    [InlineData("A=$1\n", "rc:1: only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)")]
    [InlineData("A=$'x'\n", "rc:1: only $NAME and ${NAME} are understood (a literal $ needs single quotes or \\)")]
    [InlineData("A=`hostname`\n", "rc:1: '`' outside quotes: only plain assignments are understood")]
    [InlineData("A=\"`hostname`\"\n", "rc:1: '`' outside single quotes: commands are not run")]
    [InlineData("A=1 & B=2\n", "rc:1: not a plain assignment: '&'")]
    [InlineData("A=1&\n", "rc:1: '&' outside quotes: only plain assignments are understood")]
    [InlineData("A=1|B=2\n", "rc:1: '|' outside quotes: only plain assignments are understood")]
    [InlineData("A=x>y\n", "rc:1: '>' outside quotes: only plain assignments are understood")]
    [InlineData("A=(x)\n", "rc:1: '(' outside quotes: only plain assignments are understood")]
    [InlineData("A=~/x\n", "rc:1: '~' is not expanded here: write the directory, or quote it")]
    [InlineData("A=1\nB='x\ny\n", "rc:2: no closing ' for the one here")]
    [InlineData("A=1\nB=\"x\ny\\\"\n", "rc:2: no closing \" for the one here")]
    [InlineData("A=x\0y\n", "rc:1: a NUL byte")]
    public void What_is_not_a_plain_assignment_is_an_error_with_its_place(string content, string message)
    {
        ConfigurationException error = Assert.Throws<ConfigurationException>(() => Parse(content));

        Assert.Equal(message, error.Message);
    }

    private static Authdaemonrc Parse(string content, Func<string, string?>? environment = null) =>
        Authdaemonrc.Parse("rc", Encoding.UTF8.GetBytes(content), environment ?? (static _ => null));
}
