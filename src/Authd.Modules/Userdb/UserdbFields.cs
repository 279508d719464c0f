namespace Authd.Modules.Userdb;

/// <summary>The fields of one account's record, <c>name=value</c> or
/// bare names, in the record's order. All text is wire text.</summary>
/// <param name="record">The record, as in the text file.</param>
public sealed class UserdbFields(string record)
{
    private readonly List<string> _fields = record.Length == 0 ? [] : [.. record.Split('|')];

    /// <summary>Whether the record has no fields.</summary>
    public bool IsEmpty => _fields.Count == 0;

    /// <summary>The value of the first field called <paramref name="name"/> (empty for a bare one), or <c>null</c>.</summary>
    public string? Get(string name) => _fields.Find(field => Named(field, name)) is { } field ? Value(field) : null;

    /// <summary>Sets the first field of that name and drops further ones; a new field is added at the end.</summary>
    public void Set(string name, string value)
    {
        string changed = $"{name}={value}";
        int first = _fields.FindIndex(field => Named(field, name));
        if (first < 0)
        {
            _fields.Add(changed);
            return;
        }

        _fields[first] = changed;
        _fields.RemoveAll(field => Named(field, name) && !ReferenceEquals(field, changed));
    }

    /// <summary>Drops all fields of that name.</summary>
    public void Unset(string name) => _fields.RemoveAll(field => Named(field, name));

    /// <summary>The record.</summary>
    public override string ToString() => string.Join('|', _fields);

    private static bool Named(string field, string name) =>
        field.StartsWith(name, StringComparison.Ordinal) && (field.Length == name.Length || field[name.Length] == '=');

    private static string Value(string field) => field.IndexOf('=') is var equals and >= 0 ? field[(equals + 1)..] : "";
}
