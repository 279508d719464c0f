namespace Authd.Core.Protocol;

/// <summary>A hash of CRAM authentication.</summary>
public enum CramHash
{
    /// <summary>md5.</summary>
    Md5,

    /// <summary>sha1.</summary>
    Sha1,

    /// <summary>sha256.</summary>
    Sha256,
}

/// <summary>Names of <see cref="CramHash"/>.</summary>
public static class CramHashes
{
    /// <summary>All, in the order in which a password change visits them.</summary>
    public static IReadOnlyList<CramHash> All { get; } = [CramHash.Md5, CramHash.Sha1, CramHash.Sha256];

    /// <summary>The name in <c>cram-NAME</c> and in userdb's <c>hmac-NAMEpw</c>.</summary>
    public static string Name(this CramHash hash) => hash switch
    {
        CramHash.Md5 => "md5",
        CramHash.Sha1 => "sha1",
        _ => "sha256",
    };

    /// <summary>Reads a name; exact, lower case.</summary>
    public static bool TryParse(string name, out CramHash hash)
    {
        foreach (CramHash candidate in All)
        {
            if (candidate.Name() == name)
            {
                hash = candidate;
                return true;
            }
        }

        hash = default;
        return false;
    }
}
