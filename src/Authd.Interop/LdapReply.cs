// What libldap makes of entries and replies, copied into managed objects.
using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Interop;

/// <summary>Reads messages; the caller keeps and frees them.</summary>
internal static unsafe class LdapReply
{
    /// <summary>A whole answer: of a search with all its entries.</summary>
    internal static LdapAnswer Answer(nint ld, nint result)
    {
        int parsed = LibLdap.ldap_parse_result(ld, result, out int code, null, null, null, null, 0);
        return new(LibLdap.ldap_msgid(result), parsed == LdapCode.Success ? code : parsed, Entries(ld, result));
    }

    /// <summary>Why the last call failed.</summary>
    internal static int LastCode(nint ld)
    {
        int code = LdapCode.Success;
        LibLdap.ldap_get_option(ld, LibLdap.LDAP_OPT_RESULT_CODE, &code);
        return code == LdapCode.Success ? LdapCode.ServerDown : code;
    }

    private static List<LdapEntry> Entries(nint ld, nint result)
    {
        List<LdapEntry> entries = [];
        for (nint entry = LibLdap.ldap_first_entry(ld, result); entry != 0; entry = LibLdap.ldap_next_entry(ld, entry))
        {
            entries.Add(Entry(ld, entry));
        }

        return entries;
    }

    /// <summary>One entry.</summary>
    internal static LdapEntry Entry(nint ld, nint entry)
    {
        List<LdapValues> attributes = [];
        byte* name = LibLdap.ldap_first_attribute(ld, entry, out nint position);
        while (name != null)
        {
            Add(attributes, name, LibLdap.ldap_get_values_len(ld, entry, name));
            LibLdap.ldap_memfree(name);
            name = LibLdap.ldap_next_attribute(ld, entry, position);
        }

        if (position != 0)
        {
            LibLdap.ber_free(position, 0);
        }

        return new LdapEntry(Take(LibLdap.ldap_get_dn(ld, entry)) ?? "", attributes);
    }

    /// <summary>A text that libldap allocated, freed here; <c>null</c> for none.</summary>
    internal static string? Take(byte* text)
    {
        if (text == null)
        {
            return null;
        }

        string copy = Text(text);
        LibLdap.ldap_memfree(text);
        return copy;
    }

    private static void Add(List<LdapValues> attributes, byte* name, LibLdap.Berval** values)
    {
        if (values == null)
        {
            return;
        }

        List<string> texts = [];
        for (LibLdap.Berval** value = values; *value != null; value++)
        {
            ReadOnlySpan<byte> bytes = new((*value)->Value, checked((int)(*value)->Length.Value));
            texts.Add(WireText.FromBytes(WireText.UpToNul(bytes)));
        }

        LibLdap.ldap_value_free_len(values);
        if (texts.Count > 0)
        {
            attributes.Add(new LdapValues(Text(name), texts));
        }
    }

    private static string Text(byte* text) =>
        WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
}
