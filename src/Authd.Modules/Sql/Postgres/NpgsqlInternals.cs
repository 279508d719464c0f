// The two members of Npgsql 10 that are not public and have no public substitute.
using System.Runtime.CompilerServices;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>
/// NpgsqlCommand has AllResultTypesAreUnknown in public; NpgsqlBatch has the same property internally, and only a batch takes
/// several statements with positional parameters. Without it columns would come in binary form, and types unknown to the slim
/// build (citext, enums, domains) could not be read at all. Bound at compile time, without reflection.
/// </summary>
internal static class NpgsqlInternals
{
    /// <summary>Makes all columns come as the text that libpq would return.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_AllResultTypesAreUnknown")]
    public static extern void SetAllResultTypesAreUnknown(NpgsqlBatch batch, bool value);

    /// <summary>The reader's statement in the batch; the reader skips statements without columns.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_StatementIndex")]
    public static extern int StatementIndex(NpgsqlDataReader reader);
}
