using System.Diagnostics;
using Authd.Core.Logging;
using Npgsql;

namespace Authd.Modules.Sql.Postgres;

/// <summary>Opens the connections of one configuration; tries the servers of a conninfo in turn, as libpq does.</summary>
/// <param name="options">The conninfo.</param>
/// <param name="settings">The rest of the configuration.</param>
/// <param name="log">The log.</param>
/// <param name="session">The kind of server to accept, in place of the
/// conninfo's target_session_attrs; <c>null</c>: that one.</param>
public sealed class PgsqlServers(PgsqlOptions options, PgsqlSettings settings, Log log, string? session = null) : IAsyncDisposable
{
    // The server checks bytes against its own encoding and converts nothing, as for a libpq without client_encoding.
    private const string AsIs = "SQL_ASCII";
    private const int WholeAttempt = 8;
    private const string InvalidParameterValue = "22023";
    private const string ProtocolViolation = "08P01";

    /// <summary>Other names of encodings (documentation, "Character Set Support"), without marks.</summary>
    private static readonly Dictionary<string, string> EncodingAliases = new(StringComparer.Ordinal)
    {
        ["UNICODE"] = "UTF8",
        ["ISO88591"] = "LATIN1",
        ["ISO88592"] = "LATIN2",
        ["ISO88593"] = "LATIN3",
        ["ISO88594"] = "LATIN4",
        ["ISO88599"] = "LATIN5",
        ["ISO885910"] = "LATIN6",
        ["ISO885913"] = "LATIN7",
        ["ISO885914"] = "LATIN8",
        ["ISO885915"] = "LATIN9",
        ["ISO885916"] = "LATIN10",
        ["KOI8"] = "KOI8R",
        ["WINDOWS1252"] = "WIN1252",
        ["WINDOWS1251"] = "WIN1251",
        ["WINDOWS1250"] = "WIN1250",
        ["WIN"] = "WIN1251",
        ["ALT"] = "WIN866",
        ["SHIFTJIS"] = "SJIS",
        ["MSKANJI"] = "SJIS",
        ["WIN932"] = "SJIS",
        ["WIN936"] = "GBK",
        ["WIN949"] = "UHC",
        ["WIN950"] = "BIG5",
    };

    private readonly Dictionary<(PgsqlHost Host, bool Streaming), NpgsqlDataSource> _sources = [];
    private string? _warned;
    private string? _encoding = settings.CharacterSet ?? options.ClientEncoding;
    private bool _startupOptions = settings.Prepare;

    /// <summary>The time limit of an attempt that tries every server.</summary>
    public TimeSpan AttemptLimit => TimeSpan.FromSeconds((HostTimeout * options.Hosts.Count) + 1);

    /// <summary>The servers, for the log.</summary>
    public string Names => string.Join(',', options.Hosts.Select(PgsqlConnectErrors.Name));

    /// <summary>Seconds for each server: without a <c>connect_timeout</c>, all of them together stay below ten seconds.</summary>
    private int HostTimeout => options.ConnectTimeout
        ?? Math.Clamp(WholeAttempt / options.Hosts.Count, 1, settings.ConnectTimeout);

    /// <summary>Opens a connection.</summary>
    /// <param name="streaming">Without a time limit for a statement.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="NpgsqlException">No server accepted us; the message names each.</exception>
    public async Task<NpgsqlConnection> OpenAsync(bool streaming, CancellationToken cancel)
    {
        List<Exception> failures = [];
        string target = session ?? options.TargetSession;
        foreach (string wanted in target == "prefer-standby" ? ["standby", "any"] : new[] { target })
        {
            foreach (PgsqlHost host in Order())
            {
                try
                {
                    NpgsqlConnection connection = await OpenAsync(host, streaming, cancel);
                    if (await SuitsAsync(connection, wanted, cancel))
                    {
                        return connection;
                    }

                    await connection.DisposeAsync();
                    failures.Add(new PgsqlConnectException(
                        $"{PgsqlConnectErrors.Name(host)}: the session is not {wanted}, which target_session_attrs or [pgsql] lookups asks for"));
                }
                catch (Exception failure)
                {
                    failures.Add(Told(host, failure));
                    if (PgsqlErrors.IsRefusal(failure) || options.Hosts.Count == 1 || cancel.IsCancellationRequested)
                    {
                        throw failures[^1];
                    }
                }
            }
        }

        throw failures.Count == 1 ? failures[0]
            : failures.Find(PgsqlErrors.ServerIsFull) ?? new NpgsqlException(string.Join("; ", failures.Select(PgsqlErrors.Text)));
    }

    /// <summary>Opens one connection to one of the servers, for a check.</summary>
    /// <exception cref="PgsqlConnectException">It does not take us.</exception>
    internal async Task<NpgsqlConnection> OpenOneAsync(PgsqlHost host, CancellationToken cancel)
    {
        try
        {
            return await OpenAsync(host, streaming: false, cancel);
        }
        catch (Exception failure)
        {
            throw Told(host, failure);
        }
    }

    private PgsqlConnectException Told(PgsqlHost host, Exception failure) => PgsqlConnectErrors.Of(host, options, HostTimeout, failure);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<NpgsqlDataSource> sources;
        lock (_sources)
        {
            sources = [.. _sources.Values];
            _sources.Clear();
        }

        foreach (NpgsqlDataSource source in sources)
        {
            await source.DisposeAsync();
        }
    }

    private PgsqlHost[] Order()
    {
        PgsqlHost[] hosts = [.. options.Hosts];
        if (options.ShuffleHosts)
        {
            Random.Shared.Shuffle(hosts);
        }

        return hosts;
    }

    private async Task<NpgsqlConnection> OpenAsync(PgsqlHost host, bool streaming, CancellationToken cancel)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            NpgsqlConnection connection = await Source(host, streaming).OpenConnectionAsync(cancel);
            if (log.Explaining)
            {
                log.Explain($"connected to {host.Host}:{host.Port}, server {connection.ServerVersion}, "
                    + $"in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms");
            }

            ReportEncoding(connection);
            return connection;
        }
        catch (PostgresException unknown) when (unknown.SqlState == InvalidParameterValue && _encoding is not null)
        {
            log.Err($"Cannot set character set to \"{_encoding}\", using the server's.");
            _encoding = null;
            await DisposeAsync();
        }
        catch (PostgresException pooler) when (pooler.SqlState == ProtocolViolation && _startupOptions)
        {
            // PgBouncer refuses 'options' at the start of a session, so only our side limits the statement's time.
            _startupOptions = false;
            await DisposeAsync();
        }

        return await OpenAsync(host, streaming, cancel);
    }

    private NpgsqlDataSource Source(PgsqlHost host, bool streaming)
    {
        lock (_sources)
        {
            if (!_sources.TryGetValue((host, streaming), out NpgsqlDataSource? source))
            {
                source = Build(host, streaming);
                _sources.Add((host, streaming), source);
            }

            return source;
        }
    }

    private NpgsqlDataSource Build(PgsqlHost host, bool streaming)
    {
        NpgsqlSlimDataSourceBuilder builder = options.Builder(host);
        NpgsqlConnectionStringBuilder connection = builder.ConnectionStringBuilder;
        connection.Pooling = false;
        connection.Encoding = "iso-8859-1";
        connection.ClientEncoding = _encoding ?? AsIs;
        connection.Options = ServerOptions(streaming);
        connection.Timeout = HostTimeout;
        connection.CommandTimeout = 0;
        connection.MaxAutoPrepare = settings.Prepare && !streaming ? 30 : 0;
        connection.AutoPrepareMinUsages = 1;
        connection.IncludeFailedBatchedCommand = false;
        connection.Enlist = false;
        builder.UsePasswordProvider(
            _ => options.Password(host, WarnOnce)!, (_, _) => ValueTask.FromResult(options.Password(host, WarnOnce)!));
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }

    private void WarnOnce(string text)
    {
        if (Interlocked.Exchange(ref _warned, text) != text)
        {
            log.Warn($"authpgsql: {text}");
        }
    }

    /// <summary>The administrator's own limit comes later in the text, so it takes precedence.</summary>
    private string? ServerOptions(bool streaming)
    {
        if (!_startupOptions || streaming)
        {
            return options.ServerOptions;
        }

        return $"-c statement_timeout={settings.Pool.AnswerTimeout.TotalMilliseconds:F0} {options.ServerOptions}".TrimEnd();
    }

    private void ReportEncoding(NpgsqlConnection connection)
    {
        if (settings.CharacterSet is { } asked && _encoding is not null)
        {
            string effective = connection.PostgresParameters.GetValueOrDefault("client_encoding", "");
            if (IsSame(effective, asked))
            {
                log.Debug($"Using character set: {asked}");
            }
            else
            {
                log.Err($"Cannot set character set to \"{asked}\", using \"{effective}\".");
            }
        }
    }

    /// <summary>The server calls an encoding by its own name: <c>utf8</c> is UTF8, <c>iso-8859-1</c> LATIN1.</summary>
    private static bool IsSame(string effective, string asked)
    {
        string name = Plain(asked);
        return Plain(effective) == (EncodingAliases.GetValueOrDefault(name) ?? name);

        static string Plain(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
    }

    private static async Task<bool> SuitsAsync(NpgsqlConnection connection, string wanted, CancellationToken cancel)
    {
        if (wanted == "any")
        {
            return true;
        }

        await using NpgsqlCommand ask = new(
            "SELECT pg_catalog.pg_is_in_recovery()::text, pg_catalog.current_setting('transaction_read_only')", connection);
        ask.AllResultTypesAreUnknown = true;
        await using NpgsqlDataReader reader = await ask.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        bool standby = reader.GetString(0) == "true";
        bool readOnly = standby || reader.GetString(1) == "on";
        return wanted switch
        {
            "read-write" => !readOnly,
            "read-only" => readOnly,
            "primary" => !standby,
            _ => standby,
        };
    }
}
