// A connection to the directory that is kept open, with a thread of its own, because libldap blocks.
using Authd.Interop;
using Authd.Modules.Lanes;

namespace Authd.Modules.Ldap;

/// <summary>Every operation goes alone.</summary>
/// <param name="connection">Open.</param>
/// <param name="server">To this one.</param>
/// <param name="servers">Where what is learned of it is kept.</param>
/// <param name="thread">The connection's.</param>
/// <param name="serves">It serves for more than one operation.</param>
internal sealed class LdapLane(
    LdapConnection connection, LdapServer server, LdapServers servers, LaneThread thread, bool serves) : Lane<LdapJob>
{
    /// <inheritdoc/>
    public override Task<bool> SendAsync() => thread.RunAsync(Send, IsQuick);

    /// <inheritdoc/>
    public override Task CloseAsync() => thread.EndAsync(connection.Dispose);

    private bool Send()
    {
        LdapJob job = Group[0];
        long started = Environment.TickCount64;
        LdapResult result;
        try
        {
            result = job.Run(connection);
        }
        catch (Exception bug)
        {
            job.Fail(bug);
            return false;
        }

        if (result.Code == LdapCode.Timeout)
        {
            GiveUp(job, result, isSilent: server.LastAnswer <= started);
            return false;
        }

        if (LdapCode.LosesConnection(result.Code))
        {
            AnswerUnlessTriedAgain(job, result);
            return false;
        }

        HasAnswered();
        server.LastAnswer = Environment.TickCount64;
        job.CompleteLater(result);
        return serves;
    }

    /// <summary>A server that has answered others in the meantime is slow with this one, not silent.</summary>
    private void GiveUp(LdapJob job, LdapResult result, bool isSilent)
    {
        if (!isSilent)
        {
            job.CompleteLater(result);
            return;
        }

        servers.Fails(server, $"{result.Function} failed: {LdapCode.Text(result.Code)}");
        EndsInOutage = !servers.HasFavoured;
        if (EndsInOutage)
        {
            job.CompleteLater(LdapResult.Away);
        }
        else
        {
            AnswerUnlessTriedAgain(job, LdapResult.Away);
        }
    }

    /// <summary>What stays unanswered is sent once more, on another connection.</summary>
    private static void AnswerUnlessTriedAgain(LdapJob job, LdapResult result)
    {
        if (!job.HasAnotherTry)
        {
            job.CompleteLater(result);
        }
    }
}
