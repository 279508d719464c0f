using System.Runtime.InteropServices;
using Authd.Core;

namespace Authd.Linux.Ldap;

/// <summary>Copies libldap's entries and replies into managed objects; the caller keeps and frees the messages.</summary>
internal static unsafe class LdapReply
{
    /// <summary>A whole answer; that of a search with all its entries.</summary>
    internal static LdapAnswer Answer(nint ld, nint result)
    {
        int parsed = LibLdap.ldap_parse_result(ld, result, out int code, null, null, null, null, 0);
        return new(LibLdap.ldap_msgid(result), parsed == LdapCode.Success ? code : parsed, Entries(ld, result));
    }

    /// <summary>The reason why the last call failed.</summary>
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
        if (LibLdap.ldap_get_dn_ber(ld, entry, out nint reading, out LibLdap.Berval dn) != LdapCode.Success)
        {
            return new LdapEntry("", attributes);
        }

        while (LibLdap.ldap_get_attribute_ber(ld, entry, reading, out LibLdap.Berval name, out LibLdap.Berval* values)
            == LdapCode.Success && name.Value != null)
        {
            Add(attributes, name, values);
            LibLdap.ldap_memfree(values);
        }

        LibLdap.ber_free(reading, 0);
        return new LdapEntry(Text(dn), attributes);
    }

    /// <summary>A text that libldap allocated, freed here; <c>null</c> for none.</summary>
    internal static string? Take(byte* text)
    {
        if (text == null)
        {
            return null;
        }

        string copy = WireText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
        LibLdap.ldap_memfree(text);
        return copy;
    }

    private static void Add(List<LdapValues> attributes, LibLdap.Berval name, LibLdap.Berval* values)
    {
        List<string> texts = [];
        for (LibLdap.Berval* value = values; value != null && value->Value != null; value++)
        {
            texts.Add(Text(*value));
        }

        if (texts.Count > 0)
        {
            attributes.Add(new LdapValues(Text(name), texts));
        }
    }

    private static string Text(LibLdap.Berval bytes) =>
        WireText.FromBytes(WireText.UpToNul(new ReadOnlySpan<byte>(bytes.Value, checked((int)bytes.Length.Value))));
}
