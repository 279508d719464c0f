// How a PAM process is started: the same executable with this argument and descriptor.
namespace Authd.Modules.Pam;

/// <summary>The agreement between a worker and the PAM processes that it starts.</summary>
public static class PamRole
{
    /// <summary>argv[0] of a PAM process.</summary>
    public const string ProcessName = "authdaemond";

    /// <summary>argv[1] of a PAM process.</summary>
    public const string Argument = "--pam";

    /// <summary>The descriptor on which requests come and results go; its end is the end of the process.</summary>
    internal const int Channel = 3;
}
