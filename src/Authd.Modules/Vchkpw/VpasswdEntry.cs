using Authd.Core;

namespace Authd.Modules.Vchkpw;

/// <summary>One account of a vpasswd file: a line
/// <c>name:hash:uid:gid:gecos:dir:quota[:clear]</c>; missing fields are empty.</summary>
public sealed class VpasswdEntry
{
    private const int ClearField = 7;
    private readonly string[] _fields;

    private VpasswdEntry(string[] fields) => _fields = fields;

    /// <summary>Local part, lower case.</summary>
    public string Name => Field(0);

    /// <summary>crypt() text.</summary>
    public string Hash => Field(1);

    /// <summary>The gid field's bits.</summary>
    public AccountLimits Flags => (AccountLimits)LeadingNumber.Parse(Field(3));

    /// <summary>Full name.</summary>
    public string Gecos => Field(4);

    /// <summary>The user's directory.</summary>
    public string Directory => Field(5);

    /// <summary>The quota in a maildir's notation, <c>null</c> without one.</summary>
    public string? Quota => Field(6) switch
    {
        "" or "NOQUOTA" => null,
        var bytes when bytes.All(char.IsAsciiDigit) => bytes + "S",
        var quota => quota,
    };

    /// <summary>The clear-text password if vpopmail was built to keep it, else <c>null</c>.</summary>
    public string? ClearPassword => Field(ClearField) is { Length: > 0 } password ? password : null;

    /// <summary>Reads a line; the clear-text password in it may hold a colon.</summary>
    public static VpasswdEntry Parse(string line) => new(line.Split(':', ClearField + 1));

    /// <summary>The line with another password. The clear-text field is filled if the line has one. A password with a colon,
    /// which vpopmail would not read back, leaves the field empty, because the old password must not stay there.</summary>
    public string WithPassword(string hash, string password)
    {
        string[] fields = [.. _fields];
        fields[1] = hash;
        if (fields.Length > ClearField)
        {
            fields[ClearField] = password.Contains(':') ? "" : password;
        }

        return string.Join(':', fields);
    }

    private string Field(int index) => index < _fields.Length ? _fields[index] : "";
}
