// The two members of Npgsql 10 that are not public and that nothing public replaces.
using System.Runtime.CompilerServices;
using Npgsql;

namespace Authd.Modules.Pgsql;

/// <summary>
/// NpgsqlCommand has AllResultTypesAreUnknown in public, NpgsqlBatch has the same property internally, and only a batch
/// takes several statements with positional parameters. Without it columns would come in binary form, and types that
/// the slim build does not know (citext, enums, domains) could not be read at all. Bound at compile time: no reflection.
/// </summary>
internal static class NpgsqlInternals
{
    /// <summary>All columns come as the text that libpq would give.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_AllResultTypesAreUnknown")]
    public static extern void SetAllResultTypesAreUnknown(NpgsqlBatch batch, bool value);

    /// <summary>Which statement of the batch the reader is at: it passes over those that give no columns.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_StatementIndex")]
    public static extern int StatementIndex(NpgsqlDataReader reader);
}
