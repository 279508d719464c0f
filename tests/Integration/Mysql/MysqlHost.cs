// authmysql in a test.
using Authd.Tests.Integration.Support;

namespace Authd.Tests.Integration.Mysql;

internal sealed class MysqlHost(string settings, string ini = "", int debug = 2) : ModuleHost("authmysql", settings, ini, debug);
