// One Postfix, set up as in docs/POSTFIX.md, for the tests of a class.
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Integration.Sasl;

/// <summary>A chrooted smtpd that logs its clients in through the daemon and accepts mail for its accounts.</summary>
public sealed class SmtpFixture : IAsyncLifetime
{
    private const string Socket = "private/courier-auth";
    private const string MapsSocket = "private/courier-maps";

    public PostfixServer Postfix { get; private set; } = null!;

    /// <summary>The two sections of authdaemond.ini.</summary>
    public string Ini => $"""
        [sasl]
        listen = {Path.Combine(Postfix.QueueDirectory, Socket)}
        mechanisms = plain login cram-md5 cram-sha1 cram-sha256 scram-sha-256
        [maps]
        listen = {Path.Combine(Postfix.QueueDirectory, MapsSocket)}

        """;

    public string SaslPath => Path.Combine(Postfix.QueueDirectory, Socket);

    public string MapsPath => Path.Combine(Postfix.QueueDirectory, MapsSocket);

    public async Task InitializeAsync() => Postfix = await PostfixServer.StartNewAsync(
        [
            "smtpd_sasl_auth_enable = yes",
            "smtpd_sasl_type = dovecot",
            $"smtpd_sasl_path = {Socket}",
            "smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination",
            $"virtual_mailbox_domains = socketmap:unix:{MapsSocket}:domains",
            $"virtual_mailbox_maps = socketmap:unix:{MapsSocket}:mailbox",
            "virtual_mailbox_base = /",
        ],
        chroot: true);

    public async Task DisposeAsync() => await Postfix.DisposeAsync();
}
