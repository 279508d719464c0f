namespace Authd.Tests.Support;

/// <summary>Compiles the PAM module that misbehaves on demand (pam_authd_test.c), once a test run.</summary>
public static class PamTestModule
{
    /// <summary>Compiles it into <paramref name="scratch"/>.</summary>
    /// <returns>The module's path, for a line of a PAM service: <c>auth required PATH hang</c>.</returns>
    public static async Task<string> CompileAsync(ScratchDirectory scratch)
    {
        string module = scratch["pam_authd_test.so"];
        string source = Path.Combine(AppContext.BaseDirectory, "pam_authd_test.c");
        await ProcessRunner.RunOrThrowAsync(["gcc", "-Wall", "-Werror", "-shared", "-fPIC", "-o", module, source]);
        return module;
    }
}
