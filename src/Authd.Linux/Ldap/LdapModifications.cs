using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Linux.Ldap;

/// <summary>The array of LDAPMod pointers for a modify operation: replacements of one attribute by one value each, in memory that
/// does not move; wiped at the end.</summary>
internal sealed unsafe class LdapModifications : IDisposable
{
    private readonly List<byte[]> _texts = [];
    private readonly nint[] _pointers;
    private readonly LibLdap.Modification[] _modifications;
    private readonly LibLdap.Berval[] _values;
    private readonly nint[] _lists;

    internal LdapModifications(IReadOnlyList<(string Attribute, string Value)> changes)
    {
        _pointers = GC.AllocateArray<nint>(changes.Count + 1, pinned: true);
        _modifications = GC.AllocateArray<LibLdap.Modification>(changes.Count, pinned: true);
        _values = GC.AllocateArray<LibLdap.Berval>(changes.Count, pinned: true);
        _lists = GC.AllocateArray<nint>(2 * changes.Count, pinned: true);
        for (int i = 0; i < changes.Count; i++)
        {
            Add(i, changes[i].Attribute, changes[i].Value);
        }
    }

    /// <summary>The array; its last pointer is NULL. Valid as long as this object is.</summary>
    internal LibLdap.Modification** Pointers =>
        (LibLdap.Modification**)Marshal.UnsafeAddrOfPinnedArrayElement(_pointers, 0);

    /// <inheritdoc/>
    public void Dispose() => _texts.ForEach(static text => text.AsSpan().Clear());

    private void Add(int index, string attribute, string value)
    {
        _values[index] = new() { Length = new CULong((nuint)value.Length), Value = Keep(value) };
        _lists[2 * index] = Marshal.UnsafeAddrOfPinnedArrayElement(_values, index);
        _modifications[index] = new()
        {
            Operation = LibLdap.ReplaceWithBytes,
            Type = Keep(attribute),
            Values = (LibLdap.Berval**)Marshal.UnsafeAddrOfPinnedArrayElement(_lists, 2 * index),
        };
        _pointers[index] = Marshal.UnsafeAddrOfPinnedArrayElement(_modifications, index);
    }

    private byte* Keep(string text)
    {
        byte[] copy = GC.AllocateArray<byte>(text.Length + 1, pinned: true);
        WireText.ToBytes(text).CopyTo(copy, 0);
        _texts.Add(copy);
        return (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(copy, 0);
    }
}
