// A search of any size in bounded memory: pages (RFC 2696), and within each page one message after the other.
using System.Text;
using Authd.Linux.Native;

namespace Authd.Linux.Ldap;

/// <summary>
/// The entries of one search. The connection serves nothing else meanwhile. A server without paging sends all entries at once;
/// they are still read from the socket piece by piece.
/// </summary>
public sealed unsafe class LdapPages
{
    /// <summary>The entries of a page; servers limit it, usually to 500 or 1000.</summary>
    private const int PageSize = 250;

    /// <summary>The server's time limit for the whole search.</summary>
    private static readonly TimeSpan ServerLimit = TimeSpan.FromHours(1);

    private static readonly byte[] PagedResults = "1.2.840.113556.1.4.319\0"u8.ToArray();

    private readonly nint _ld;
    private readonly LdapQuery _query;
    private readonly TimeSpan _timeout;
    private readonly bool _paged;
    private byte[] _cookie = [];
    private int _message;
    private bool _searching;

    internal LdapPages(nint ld, LdapQuery query, TimeSpan timeout, bool paged) =>
        (_ld, _query, _timeout, _paged) = (ld, query, timeout, paged);

    /// <summary>All entries have been read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The server's details about a failure; <c>null</c>: none.</summary>
    public string? Details { get; private set; }

    /// <summary>Reads further entries; blocks.</summary>
    /// <param name="entries">The next entries, few enough to keep; empty at the end of a page.</param>
    public int Read(out List<LdapEntry> entries)
    {
        entries = [];
        int code = _searching ? LdapCode.Success : Send();
        Libc.Timeval limit = new(_timeout);
        while (code == LdapCode.Success && _searching && entries.Count < PageSize)
        {
            int kind = LibLdap.ldap_result(_ld, _message, LibLdap.LDAP_MSG_ONE, &limit, out nint message);
            code = kind switch
            {
                -1 => LdapReply.LastCode(_ld),
                0 => LdapCode.Timeout,
                LibLdap.LDAP_RES_SEARCH_ENTRY => Take(entries, message),
                LibLdap.LDAP_RES_SEARCH_RESULT => EndPage(message),
                _ => LdapCode.Success, // a reference to another server
            };
            LibLdap.ldap_msgfree(message);
        }

        return code;
    }

    private int Send()
    {
        nint* controls = stackalloc nint[2];
        controls[0] = controls[1] = 0;
        if (_paged)
        {
            int made = MakeControl(out controls[0]);
            if (made != LdapCode.Success)
            {
                return made;
            }
        }

        using CStrings attributes = new(_query.Attributes, Encoding.Latin1);
        Libc.Timeval limit = new(ServerLimit);
        fixed (byte* @base = CStrings.One(_query.BaseDn), filter = CStrings.One(_query.Filter))
        {
            int code = LibLdap.ldap_search_ext(
                _ld, @base, LibLdap.LDAP_SCOPE_SUBTREE, filter, attributes.Pointers, 0,
                controls, 0, &limit, 0, out _message);
            LibLdap.ldap_control_free(controls[0]);
            _searching = code == LdapCode.Success;
            return code;
        }
    }

    private int MakeControl(out nint control)
    {
        fixed (byte* bytes = _cookie)
        {
            LibLdap.Berval cookie = new() { Length = new((nuint)_cookie.Length), Value = bytes };
            return LibLdap.ldap_create_page_control(_ld, PageSize, _cookie.Length == 0 ? null : &cookie, 0, out control);
        }
    }

    private int Take(List<LdapEntry> entries, nint message)
    {
        entries.Add(LdapReply.Entry(_ld, LibLdap.ldap_first_entry(_ld, message)));
        return LdapCode.Success;
    }

    private int EndPage(nint message)
    {
        _searching = false;
        byte* said = null;
        nint* controls = null;
        int parsed = LibLdap.ldap_parse_result(_ld, message, out int code, null, &said, null, &controls, 0);
        Details = LdapReply.Take(said) is { Length: > 0 } text ? text : null;
        _cookie = [];
        if (controls != null)
        {
            fixed (byte* oid = PagedResults)
            {
                nint control = LibLdap.ldap_control_find(oid, controls, 0);
                LibLdap.Berval cookie = default;
                if (control != 0
                    && LibLdap.ldap_parse_pageresponse_control(_ld, control, out _, &cookie) == LdapCode.Success)
                {
                    _cookie = new ReadOnlySpan<byte>(cookie.Value, checked((int)cookie.Length.Value)).ToArray();
                    LibLdap.ldap_memfree(cookie.Value);
                }
            }

            LibLdap.ldap_controls_free(controls);
        }

        IsAtEnd = _cookie.Length == 0;
        return parsed == LdapCode.Success ? code : parsed;
    }
}
