// authpgsql in a test.
using Authd.Tests.Integration.Sql;

namespace Authd.Tests.Integration.Pgsql;

internal sealed class PgsqlHost(string settings, string ini = "", int debug = 2) : SqlHost("authpgsql", settings, ini, debug);
