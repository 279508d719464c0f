// Options in the manner of Perl's Getopt::Long, which pw2userdb's users know: --name=value, --name value, unique abbreviations.
namespace Authd.Tools.Userdb;

/// <summary>The given options. Other arguments are ignored.</summary>
internal sealed class LongOptions
{
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);

    private LongOptions()
    {
    }

    /// <summary>Reads the arguments; <c>null</c> if they are invalid, which is reported on standard error.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="environment">The process.</param>
    /// <param name="names">The options; one that ends in <c>=</c> takes a value.</param>
    internal static LongOptions? Parse(string[] arguments, ToolEnvironment environment, params string[] names)
    {
        LongOptions options = new();
        bool valid = true;
        int next = 0;
        while (next < arguments.Length && arguments[next] != "--")
        {
            string argument = arguments[next++];
            if (argument.Length > 1 && argument[0] == '-')
            {
                string? problem = options.Take(argument.TrimStart('-'), names, arguments, ref next);
                environment.Complain(problem is null ? "" : problem + "\n");
                valid &= problem is null;
            }
        }

        if (!valid)
        {
            environment.Complain("Invalid options.\n");
        }

        return valid ? options : null;
    }

    /// <summary>Whether the option was given.</summary>
    internal bool Has(string name) => _given.ContainsKey(name);

    /// <summary>The option's value, or <c>null</c>.</summary>
    internal string? Value(string name) => _given.GetValueOrDefault(name);

    private string? Take(string option, string[] names, string[] arguments, ref int next)
    {
        string[] parts = option.Split('=', 2);
        string given = parts[0];
        string[] found = [.. names.Where(name => name.StartsWith(given, StringComparison.OrdinalIgnoreCase))];
        if (found.Length != 1)
        {
            return found.Length == 0
                ? $"Unknown option: {given}"
                : $"Option {given} is ambiguous ({string.Join(", ", found.Select(static name => name.TrimEnd('=')))})";
        }

        string name = found[0].TrimEnd('=');
        if (name == found[0])
        {
            _given[name] = "";
            return parts.Length == 1 ? null : $"Option {name} does not take an argument";
        }

        string value = parts.Length > 1 ? parts[1] : next < arguments.Length ? arguments[next++] : "";
        _given[name] = value;
        return value.Length > 0 ? null : $"Option {name} requires an argument";
    }
}
