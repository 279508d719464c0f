namespace Authd.Core.Cache;

/// <summary>A module whose answers may be cached ([cache] of authdaemond.ini): they come from a slow or distant place, and depend
/// only on name, service and configuration.</summary>
public interface ICacheableModule : IAuthModule
{
    /// <summary>
    /// A number of the configuration in use, which changes with it; an answer of an earlier configuration is never used again.
    /// Reading it costs one system call at most.
    /// </summary>
    long ConfigurationVersion { get; }

    /// <summary>
    /// A CRAM login is judged by the clear password in a lookup of the same name and service, so a cached lookup can answer it.
    /// </summary>
    bool AnswersChallengesByLookup { get; }
}
