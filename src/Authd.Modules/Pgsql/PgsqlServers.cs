// Opens connections: tries the servers of a conninfo in turn, as libpq does.
using Authd.Core.Logging;
using Npgsql;

namespace Authd.Modules.Pgsql;

/// <summary>All connections of one configuration come from here.</summary>
/// <param name="options">The conninfo.</param>
/// <param name="settings">The rest of the configuration.</param>
/// <param name="log">The log.</param>
public sealed class PgsqlServers(PgsqlOptions options, PgsqlSettings settings, Log log) : IAsyncDisposable
{
    // The server checks bytes against its own encoding and converts nothing, as for a libpq without client_encoding.
    private const string AsIs = "SQL_ASCII";
    private const int WholeAttempt = 8;
    private const string InvalidParameterValue = "22023";
    private const string ProtocolViolation = "08P01";
    private readonly Dictionary<(PgsqlHost Host, bool Streaming), NpgsqlDataSource> _sources = [];
    private string? _warned;
    private string? _encoding = settings.CharacterSet ?? options.ClientEncoding;
    private bool _startupOptions = settings.Prepare;

    /// <summary>How long an attempt may take that tries every server.</summary>
    public TimeSpan AttemptLimit => TimeSpan.FromSeconds((HostTimeout * options.Hosts.Count) + 1);

    /// <summary>The servers, for the log.</summary>
    public string Names => string.Join(',', options.Hosts.Select(static host => $"{host.Host}:{host.Port}"));

    /// <summary>Seconds for each server: without a <c>connect_timeout</c>, all of them together stay below ten seconds.</summary>
    private int HostTimeout => options.ConnectTimeout
        ?? Math.Clamp(WholeAttempt / options.Hosts.Count, 1, settings.ConnectTimeout);

    /// <summary>Opens one connection.</summary>
    /// <param name="streaming">Without a limit on the time of a statement.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="NpgsqlException">None of the servers took us; the message tells of each.</exception>
    public async Task<NpgsqlConnection> OpenAsync(bool streaming, CancellationToken cancel)
    {
        List<Exception> failures = [];
        foreach (string wanted in options.TargetSession == "prefer-standby" ? ["standby", "any"] : new[] { options.TargetSession })
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
                    failures.Add(new NpgsqlException($"session of \"{host.Host}\" is not {wanted}"));
                }
                catch (Exception failure) when (!PgsqlErrors.IsRefusal(failure) && options.Hosts.Count > 1)
                {
                    failures.Add(failure);
                }
            }
        }

        throw failures.Count == 1 ? failures[0]
            : failures.Find(PgsqlErrors.IsCrowd) ?? new NpgsqlException(string.Join("; ", failures.Select(PgsqlErrors.Text)));
    }

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
            NpgsqlConnection connection = await Source(host, streaming).OpenConnectionAsync(cancel);
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
            // PgBouncer takes no 'options' at the start of a session: the statement's time is limited on our side only.
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

    /// <summary>A limit of the administrator's own comes later in the text, so it counts.</summary>
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
            if (effective == asked)
            {
                log.Debug($"Using character set: {asked}");
            }
            else
            {
                log.Err($"Cannot set character set to \"{asked}\", using \"{effective}\".");
            }
        }
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
