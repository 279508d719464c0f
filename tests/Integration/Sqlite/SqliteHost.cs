// authsqlite in a test.
using Authd.Tests.Integration.Support;

namespace Authd.Tests.Integration.Sqlite;

internal sealed class SqliteHost(string settings, string ini = "", int debug = 2) : ModuleHost("authsqlite", settings, ini, debug);
