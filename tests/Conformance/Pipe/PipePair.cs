// authpipe of both daemons on the same program.
using Authd.Tests.Conformance.Harness;
using Authd.Tests.Support;

namespace Authd.Tests.Conformance.Pipe;

/// <summary>authpipe, then authcustom, with the Perl program.</summary>
public sealed class PipePair : PairFixture
{
    /// <inheritdoc/>
    protected override Task PrepareAsync()
    {
        Site.WriteAuthdaemonrc("authpipe authcustom", 2, "DEFAULTOPTIONS=disableimap=0,sharedgroup=x");
        AuthPrograms.Install("authprog.pl", Path.Combine(Site.Config, "authProg"));
        return Task.CompletedTask;
    }
}
