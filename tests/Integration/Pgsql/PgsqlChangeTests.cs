// Password changes that PostgreSQL does not accept as sent.
using Authd.Tests.Integration.Sql;
using Xunit;

namespace Authd.Tests.Integration.Pgsql;

[Collection(PgsqlFixture.Name)]
public sealed class PgsqlChangeTests(PgsqlFixture fixture) : SqlChangeTests("PGSQL")
{
    protected override string Connection => $"PGSQL_CONNECTION {fixture.Server.Conninfo}";

    protected override string RefusingTrigger => """
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no good: % %', NEW.clearpw, lower(NEW.clearpw); END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON leak FOR EACH ROW EXECUTE FUNCTION refuse();
        """;

    protected override string CuttingTrigger => """
        CREATE OR REPLACE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN NEW.pw := left(NEW.pw, {0}); RETURN NEW; END $$;
        CREATE TRIGGER cut BEFORE UPDATE ON narrow FOR EACH ROW EXECUTE FUNCTION cut();
        """;

    protected override string NumberClause => "UPDATE leak SET num='$(newpass)'::int WHERE email='$(local_part)@$(domain)'";

    protected override string Join(string first, string second) => $"{first} || {second}";

    protected override Task<string> SqlAsync(string sql) => fixture.Server.PsqlAsync(sql);
}
