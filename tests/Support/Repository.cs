namespace Authd.Tests.Support;

/// <summary>The working tree that the tests were built in.</summary>
public static class Repository
{
    /// <summary>Its top directory.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "AuthdAot.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new DirectoryNotFoundException("the tests run outside of their repository");
    }
}
