// A connection to PostgreSQL could not be made: where, as whom, why, and what can be done about it here.
using System.Net.Sockets;
using System.Security.Authentication;
using Authd.Core;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>One server did not take us. The message is a whole sentence for the log, in wire text.</summary>
public sealed class PgsqlConnectException : NpgsqlException
{
    /// <summary>No details.</summary>
    public PgsqlConnectException() { }

    /// <summary>With a message.</summary>
    public PgsqlConnectException(string message) : base(message) { }

    /// <summary>With a message and its cause, which says what kind of failure it is.</summary>
    public PgsqlConnectException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>Puts what Npgsql, .NET and the server say into words that fit a conninfo.</summary>
internal static class PgsqlConnectErrors
{
    private const string Conninfo = "in PGSQL_CONNECTION";

    /// <summary>The failure with host, port or socket, user, database and cure.</summary>
    public static PgsqlConnectException Of(PgsqlHost host, PgsqlOptions options, int seconds, Exception failure)
    {
        string user = WireText.FromUnicode(options.User);
        string database = WireText.FromUnicode(options.Database);
        (string why, string cure) = Reason(host, options, seconds, failure);
        return new PgsqlConnectException(
            $"{Name(host)}, user {user}, database {database}: {why}{(cure.Length > 0 ? $"; {cure}" : "")}", failure);
    }

    /// <summary>Host and port, or the socket, wire text.</summary>
    public static string Name(PgsqlHost host) => WireText.FromUnicode(
        host.IsSocket ? Socket(host) : host.Host == host.Address ? $"{host.Host}:{host.Port}" : $"{host.Host} ({host.Address}):{host.Port}");

    private static string Socket(PgsqlHost host) => $"{host.Address.TrimEnd('/')}/.s.PGSQL.{host.Port}";

    private static (string Why, string Cure) Reason(PgsqlHost host, PgsqlOptions options, int seconds, Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException server:
                    return (PgsqlErrors.Text(server), Cure(server));
                case SocketException network:
                    return OfNetwork(host, network);
                case AuthenticationException distrust:
                    return OfTls(distrust);
                case TimeoutException or OperationCanceledException:
                    return ($"no answer within {seconds} s", $"is it the right host and port, and does a firewall let us through? See host=, port= {Conninfo}");
            }
        }

        return OfNpgsql(failure, options);
    }

    private static string Cure(PostgresException server) => server switch
    {
        { SqlState: PostgresErrorCodes.InvalidPassword } => $"correct user= or password= {Conninfo}",
        { SqlState: PostgresErrorCodes.InvalidCatalogName } => $"correct dbname= {Conninfo}, or create the database",
        { SqlState: PostgresErrorCodes.InsufficientPrivilege } => "GRANT CONNECT ON DATABASE there",
        { SqlState: PostgresErrorCodes.TooManyConnections } => "raise the limit there, or lower daemons or [pgsql] connections here",
        { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } when Says(server, "pg_hba.conf") =>
            "a line in pg_hba.conf there has to admit us",
        { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } when Says(server, "role ") => $"correct user= {Conninfo}, or CREATE ROLE there",
        { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            $"the server asks which system user this process has; for a password instead, pg_hba.conf needs scram-sha-256, and password= has to be {Conninfo}",
        _ => "",
    };

    private static bool Says(PostgresException server, string text) => server.MessageText.Contains(text, StringComparison.Ordinal);

    private static (string Why, string Cure) OfNetwork(PgsqlHost host, SocketException failure)
    {
        if (host.IsSocket)
        {
            // .NET has no word for ENOENT, and takes one for something else.
            bool isThere = File.Exists(Socket(host));
            return failure.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => ("Connection refused", "the socket is there, and no server listens on it: start PostgreSQL"),
                SocketError.AccessDenied => ("Permission denied", "the daemon's user may not use the socket: see unix_socket_permissions there"),
                _ when !isThere => ("no such socket", $"host= {Conninfo} has to be a directory of the server's unix_socket_directories"),
                _ => (System.Text.Ascii.IsValid(failure.Message) ? failure.Message : failure.SocketErrorCode.ToString(), ""),
            };
        }

        return failure.SocketErrorCode switch
        {
            SocketError.ConnectionRefused =>
                ("Connection refused", $"no server listens there: start it, or see its listen_addresses and port, or host= and port= {Conninfo}"),
            SocketError.HostNotFound or SocketError.NoData => ("the host's name is not known", host.Host.AsSpan().ContainsAny(";=")
                ? $"the words {Conninfo} are separated by blanks, not by ;" : $"correct host= {Conninfo}, or see /etc/resolv.conf"),
            SocketError.TryAgain => ("the host's name cannot be looked up now", "see /etc/resolv.conf and the name server"),
            SocketError.HostUnreachable or SocketError.NetworkUnreachable =>
                (failure.Message, $"no way leads there: see host= {Conninfo} and the network"),
            _ => (failure.Message, ""),
        };
    }

    private static (string Why, string Cure) OfTls(AuthenticationException failure) =>
        failure.Message.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal)
            ? ("the server's certificate is for another name", $"host= {Conninfo} has to be a name in it, or sslmode=verify-ca")
        : failure.Message.Contains("RemoteCertificate", StringComparison.Ordinal) || failure.Message.Contains("certificate", StringComparison.Ordinal)
            ? ("the server's certificate is not trusted", $"sslrootcert= {Conninfo} has to name the file with the authority that has signed it")
            : ("TLS cannot be agreed upon", "see ssl_min_protocol_version on both sides");

    /// <summary>Npgsql's own words name settings of its own; those that can happen here are put into a conninfo's.</summary>
    private static (string Why, string Cure) OfNpgsql(Exception failure, PgsqlOptions options)
    {
        string text = failure.Message;
        return text switch
        {
            _ when text.Contains("No SSL enabled connection", StringComparison.Ordinal) || text.Contains("SSL connection requested", StringComparison.Ordinal) =>
                ("the server has no TLS", $"switch it on there (ssl = on), or correct sslmode= {Conninfo}"),
            _ when text.Contains("No password has been provided", StringComparison.Ordinal) =>
                ("the server wants a password", $"add password= {Conninfo}, or a line in the password file"),
            _ when text.Contains("channel binding", StringComparison.OrdinalIgnoreCase) => ("channel binding cannot be had", $"see channel_binding= {Conninfo}"),
            _ when text.Contains("authentication", StringComparison.OrdinalIgnoreCase) && !options.Database.Contains("authentication", StringComparison.Ordinal) =>
                ("the server wants a way of authentication that is not allowed or not known here", $"see require_auth= {Conninfo} and pg_hba.conf there"),
            _ => (text.Contains("Exception while", StringComparison.Ordinal) ? "the server has closed the connection" : text, ""),
        };
    }
}
