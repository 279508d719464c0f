using Authd.Core.Configuration;

namespace Authd.Daemon.Configuration;

/// <summary>Section [replies] of authdaemond.ini: deliberate differences from the C daemon's replies.</summary>
/// <param name="TemporaryFailureServices"><c>temporary-failure-services</c>: services whose clients understand silence.</param>
public sealed record ReplySettings(IReadOnlySet<string> TemporaryFailureServices)
{
    /// <summary>The services of Courier's programs (authtest's is <c>login</c>) and of those that use Cyrus SASL.</summary>
    private const string Usual =
        "imap imaps pop pop3 pop3s esmtp esmtps smtp smtps submission submissions webmail sieve courier login";

    /// <summary>Reads the section.</summary>
    public static ReplySettings Read(DaemonIni ini) =>
        new(ini.Words("replies", "temporary-failure-services", Usual).ToHashSet(StringComparer.Ordinal));
}
