// Tries a configuration on its directory, for `authdaemond check --connect`.
using System.Diagnostics;
using Authd.Core.Configuration;
using Authd.Linux.Ldap;
using Authd.Modules.Pool;

namespace Authd.Modules.Ldap;

/// <summary>Connects, binds, looks for the base, for a user who is nobody, and at one entry that is an account.</summary>
/// <param name="file">authldaprc.</param>
/// <param name="settings">Its settings.</param>
/// <param name="servers">Its servers.</param>
/// <param name="attributes">The attributes that a lookup fetches.</param>
internal sealed class LdapTrial(RcFile file, LdapSettings settings, LdapServers servers, IReadOnlyList<string> attributes)
{
    private const string Nobody = "authdaemond-check";

    /// <summary>At least one finding a server.</summary>
    public async IAsyncEnumerable<Finding> RunAsync()
    {
        foreach (string uri in servers.Uris)
        {
            // Connecting, TLS, and three searches have the time of one operation each.
            TimeSpan limit = servers.Timeout * 5;
            Task<List<Finding>> trial = OwnThread.RunAsync(() => Try(uri));
            bool isOver = await Task.WhenAny(trial, Task.Delay(limit)) == trial;
            foreach (Finding finding in isOver ? await trial : [Error("LDAP_URI", $"{uri}: no answer within {limit.TotalSeconds:F0} s")])
            {
                yield return finding;
            }
        }
    }

    private Finding Error(string key, string problem) => new(true, file.Bad(key, problem).Message);

    private Finding Warning(string key, string problem) => new(false, file.Bad(key, problem).Message);

    private List<Finding> Try(string uri)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            using LdapConnection connection = servers.OpenOne(uri);
            double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            List<Finding> found = [.. LookAround(connection, uri)];
            if (!found.Exists(static finding => finding.IsError))
            {
                string who = settings.InitialBind is { } bind ? $"{bind.Dn.Replace(' ', '_')}@" : "";
                string encryption = connection.Encryption is { } version ? $" {version}" : "";
                found.Add(new Finding(
                    FindingKind.Good, $"{LdapModule.ModuleName} {who}{uri}{encryption} {Math.Ceiling(time):F0} ms, {settings.BaseDn} is there"));
            }

            return found;
        }
        catch (LdapException failure)
        {
            return [Error(LdapCode.IsRefusal(failure.Code) ? settings.InitialBind is null ? "LDAP_INITBIND" : "LDAP_BINDDN" : "LDAP_URI", failure.Message)];
        }
    }

    private IEnumerable<Finding> LookAround(LdapConnection connection, string uri)
    {
        if (Base(connection, uri, "LDAP_BASEDN", settings.BaseDn) is { } noBase)
        {
            yield return noBase;
            yield break;
        }

        if (settings.EmailMap is { } map && Base(connection, uri, "LDAP_EMAILMAP_BASEDN", map.BaseDn) is { } noMap)
        {
            yield return noMap;
        }

        LdapQuery lookup = new(settings.BaseDn, LdapFilter.Equal(settings.Mail, Nobody, settings.Filter), attributes);
        LdapAnswer nobody = connection.Search(lookup, isSubtree: true, most: 2);
        if (nobody.Code is not (LdapCode.Success or LdapCode.SizeLimitExceeded))
        {
            yield return Error(settings.Filter is null ? "LDAP_MAIL" : "LDAP_FILTER", $"{uri}: the search {lookup.Filter} failed: {LdapCode.Text(nobody.Code)}");
            yield break;
        }

        if (nobody.Entries.Count > 0)
        {
            yield return Warning("LDAP_FILTER", $"{uri}: {lookup.Filter} finds '{nobody.Entries[0].Dn}', though nobody has that name");
        }

        LdapQuery list = new(settings.BaseDn, settings.ListFilter, attributes);
        LdapAnswer one = connection.Search(list, isSubtree: true, most: 1);
        if (one.Entries is not [var entry, ..])
        {
            string key = file.Find("LDAP_ENUMERATE_FILTER") is not null ? "LDAP_ENUMERATE_FILTER" : settings.Filter is null ? "LDAP_MAIL" : "LDAP_FILTER";
            yield return one.Code is LdapCode.Success
                ? Warning(key, $"{uri}: no entry below {settings.BaseDn} matches {list.Filter}, or none may be seen")
                : Error(key, $"{uri}: the search {list.Filter} failed: {LdapCode.Text(one.Code)}");
            yield break;
        }

        foreach ((string key, string attribute) in Needed().Where(needed => entry.First(needed.Attribute) is null))
        {
            yield return Warning(key, $"{uri}: '{entry.Dn}', the first account found, has no {attribute}, or it may not be seen");
        }
    }

    /// <summary>The attributes that each account needs, unless the configuration has them for all.</summary>
    private IEnumerable<(string Key, string Attribute)> Needed()
    {
        LdapAttributes names = settings.Attributes;
        if (names.Home is { } home)
        {
            yield return ("LDAP_HOMEDIR", home);
        }

        if (settings.Uid == 0 && names.Uid is { } uid)
        {
            yield return ("LDAP_UID", uid);
        }

        if (settings.Gid == 0 && names.Gid is { } gid)
        {
            yield return ("LDAP_GID", gid);
        }

        if (!settings.BindsAsUser && names.ClearPassword is null && names.CryptPassword is { } password)
        {
            yield return ("LDAP_CRYPTPW", password);
        }
    }

    private Finding? Base(LdapConnection connection, string uri, string key, string dn)
    {
        LdapAnswer found = connection.Search(new LdapQuery(dn, "(objectClass=*)", []), isSubtree: false, most: 1);
        return found.Code is LdapCode.Success && found.Entries.Count > 0 ? null
            : Error(key, $"{uri}: '{dn}' is not there, or may not be seen{(found.Code is LdapCode.Success ? "" : $": {LdapCode.Text(found.Code)}")}");
    }
}
