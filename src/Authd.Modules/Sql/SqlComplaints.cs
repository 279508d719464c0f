using System.Globalization;
using Authd.Core.Logging;

namespace Authd.Modules.Sql;

/// <summary>Turns a failed statement into the request's answer and its log lines, for all databases.</summary>
/// <param name="module">The module's name.</param>
/// <param name="log">The log.</param>
internal sealed class SqlComplaints(string module, Log log)
{
    /// <summary>The answer to a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="failure">The reason of its failure.</param>
    /// <param name="isTold">It has already been logged.</param>
    public SqlResult Answer(SqlRequest request, SqlFailureException failure, bool isTold = false)
    {
        string text = SqlErrorText.Line(request, failure);
        if (request.IsLookup && IsNobodys(request, failure))
        {
            log.Debug($"{module}: {text}");
            return SqlResult.Unrepresentable;
        }

        if (request.Proof is not null && failure.Trouble == SqlErrorKind.Width)
        {
            return new SqlResult(SqlStatus.NotKept)
            {
                Refusal = $"{failure.Code}: {SqlErrorText.Of(failure, request.Template, request.Values)}",
            };
        }

        if (!isTold)
        {
            Tell(request, failure, text);
        }

        return SqlResult.Failed(failure.IsPassing ? Core.Reasons.BackendAway : Core.Reasons.StatementFailed);
    }

    /// <summary>
    /// Each failed change is logged, because it concerns one user. A lookup that fails does so for everybody: it is logged once,
    /// with the statement, until it works again.
    /// </summary>
    private void Tell(SqlRequest request, SqlFailureException failure, string text)
    {
        bool isNews = request.Template.IsNews(failure.Code.Length > 0 ? failure.Code : text);
        string line = $"{module}: {text}{(isNews && !failure.IsPassing ? $"; the statement is: {request.Template.Shown}" : "")}";
        if (isNews || request.IsChange)
        {
            log.Err(line);
        }
        else
        {
            log.Debug(line);
        }

        if (!text.EndsWith(failure.Message, StringComparison.Ordinal))
        {
            log.DebugSecret($"{module}: {failure.Message}");
        }
    }

    /// <summary>Like <see cref="Answer(SqlRequest, SqlFailureException, bool)"/>, also for a value that cannot be used at its
    /// place (<see cref="SqlRefusedException"/>).</summary>
    public SqlResult Answer(SqlRequest request, Exception failure, bool isTold = false) => Answer(
        request, failure as SqlFailureException ?? new SqlFailureException(SqlErrorKind.Statement, failure.Message), isTold);

    /// <summary>
    /// A name that the database cannot hold, or that does not fit the type it is compared with, is unknown. A value in the
    /// database that does not fit the statement would look the same except for the server's quotation; then the daemon cannot
    /// tell which users exist.
    /// </summary>
    private static bool IsNobodys(SqlRequest request, SqlFailureException failure)
    {
        if (failure.Trouble != SqlErrorKind.Type)
        {
            return failure.Trouble == SqlErrorKind.Encoding;
        }

        SqlValues values = request.Values;
        string[] sent = [values[SqlVariable.User], values[SqlVariable.LocalPart], values[SqlVariable.Domain], values[SqlVariable.Service]];
        return SqlErrorText.Quoted(failure.Message) is { } quoted
            ? Array.Exists(sent, value => IsPartOf(value, quoted) || IsPartOf(quoted, value)) || request.Template.Filled(values).Contains(quoted)
            : Array.Exists(sent, static value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
    }

    /// <summary>Equal, or a part that is too long for a coincidence.</summary>
    private static bool IsPartOf(string part, string whole)
    {
        const int shortest = 3;
        return part == whole || (part.Length >= shortest && whole.Contains(part, StringComparison.Ordinal));
    }
}
