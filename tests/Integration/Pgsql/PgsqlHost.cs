// authpgsql in a test.
using Authd.Tests.Integration.Support;

namespace Authd.Tests.Integration.Pgsql;

internal sealed class PgsqlHost(string settings, string ini = "", int debug = 2) : ModuleHost("authpgsql", settings, ini, debug);
