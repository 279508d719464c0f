// The line of a PAM stack that libpam cannot use.
using Authd.Modules.SystemAccounts.Pam;
using Authd.Tests.Support;
using Xunit;

namespace Authd.Tests.Unit.Modules.SystemAccounts.Pam;

public sealed class PamFilesTests : IDisposable
{
    private static readonly string[] Loaded = ["pam_unix.so", "pam_deny.so", "libpam.so.0"];

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("auth required pam_unix.so nodelay\n", "")]
    [InlineData("-auth optional pam_absent.so\n# auth required pam_absent.so\n\n", "")]
    [InlineData("auth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so # why\n", "")]
    [InlineData("auth required /lib/security/pam_unix.so\n", "")]
    [InlineData("auth required pam_unix.so\nauth required pam_absent.so use_first_pass\n",
        "D/imap:2: the module pam_absent.so cannot be loaded; is its package installed?")]
    [InlineData("@include common\n", "D/common:1: the module pam_gone.so cannot be loaded; is its package installed?")]
    [InlineData("account substack nothing\n@include nowhere\n",
        "D/imap:1: includes nothing, which is not there; D/imap:2: includes nowhere, which is not there")]
    [InlineData("auth requires\n", "D/imap:1: this is no line of a PAM stack")]
    [InlineData("@include imap\n", "")]
    public void A_fault_has_its_file_and_line(string stack, string faults)
    {
        File.WriteAllText(_scratch["imap"], stack);
        File.WriteAllText(_scratch["common"], "auth\t[default=die]\tpam_gone.so\n");
        Assert.Equal(faults.Replace("D/", _scratch.Path + "/", StringComparison.Ordinal), Faults("IMAP"));
    }

    [Fact]
    public void A_service_without_a_file_has_the_stack_of_other()
    {
        Assert.Equal($"there is neither {_scratch["imap"]} nor {_scratch["other"]}", Faults("imap"));
        File.WriteAllText(_scratch["other"], "auth required pam_absent.so\n");
        Assert.StartsWith($"{_scratch["other"]}:1: the module pam_absent.so", Faults("imap"), StringComparison.Ordinal);
    }

    private string Faults(string service) => PamFiles.Faults(service, [_scratch.Path, _scratch["vendor"]], Loaded);
}
