// authldap in a test.
using Authd.Tests.Integration.Support;

namespace Authd.Tests.Integration.Ldap;

internal sealed class LdapHost(string settings, string ini = "", int debug = 2) : ModuleHost("authldap", settings, ini, debug);
