// authsqlite in a test.
using Authd.Tests.Integration.Sql;

namespace Authd.Tests.Integration.Sqlite;

internal sealed class SqliteHost(string settings, string ini = "", int debug = 2) : SqlHost("authsqlite", settings, ini, debug);
