using Authd.Linux.Processes;
using Authd.Modules.SystemAccounts.Pam;

namespace Authd.Tests.Unit.Modules.SystemAccounts.Pam;

/// <summary>A PAM process without a process, which answers as the test says.</summary>
internal sealed class FakePamProcess(int pid, Func<CancellationToken, Task<PamResult>> answer) : IPamProcess
{
    internal static PamResult Success { get; } = new("pam_acct_mgmt", 0, "Success");

    public int Pid => pid;

    public bool IsWaiting { get; set; } = true;

    public string Modules => "pam_fake";

    internal string Output { get; set; } = "";

    internal bool Ended { get; private set; }

    internal int Asked { get; private set; }

    public Task<PamResult> AskAsync(PamRequest request, CancellationToken cancel)
    {
        Asked++;
        return answer(cancel);
    }

    public string TakeOutput()
    {
        string output = Output;
        Output = "";
        return output;
    }

    public Task<ExitStatus?> EndAsync()
    {
        Ended = true;
        return Task.FromResult<ExitStatus?>(new ExitStatus(9));
    }
}
