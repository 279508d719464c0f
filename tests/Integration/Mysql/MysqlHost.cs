// authmysql in a test.
using Authd.Tests.Integration.Sql;

namespace Authd.Tests.Integration.Mysql;

internal sealed class MysqlHost(string settings, string ini = "", int debug = 2) : SqlHost("authmysql", settings, ini, debug);
