// Decides the delay of the reply to a failed login.
using System.Net;
using Authd.Core.Logging;

namespace Authd.Core.Penalty;

/// <summary>
/// Counts failures by address, by name and by both together. The reply to a failure is delayed according to the worse of the
/// first two counts. A success is never delayed, and takes back only the failures of its name from its address: an account of
/// one's own does not help to guess the passwords of others.
/// </summary>
/// <param name="settings">Section [penalty].</param>
/// <param name="table">The counts.</param>
/// <param name="log">Logs an address when it reaches the longest delay.</param>
/// <param name="time">The clock for the log's limit.</param>
public sealed class LoginPenalty(PenaltySettings settings, PenaltyTable table, Log log, TimeProvider time)
{
    private const int SecretUse = 3;
    private const int LinesAMinute = 10;

    private readonly Lock _logging = new();
    private long _minute;
    private int _lines;

    /// <summary>The keys of one attempt; without an address only the name counts.</summary>
    private readonly record struct Keys(ulong? Address, ulong Name, ulong Pair);

    /// <summary>Counts a rejected login; the time from its request to the reply.</summary>
    public TimeSpan Rejected(in LoginAttempt attempt)
    {
        IPAddress? address = Address(attempt);
        if (IsSpared(address))
        {
            return TimeSpan.Zero;
        }

        TimeSpan counted = settings.IsOn ? CountedDelay(attempt, address) : TimeSpan.Zero;
        return counted > settings.FailureDelay ? counted : settings.FailureDelay;
    }

    /// <summary>A login was accepted.</summary>
    public void Accepted(in LoginAttempt attempt)
    {
        if (table.Count(PenaltyKind.Pair, Find(attempt, Address(attempt)) is var keys ? keys.Pair : 0) is > 0 and var own)
        {
            table.Subtract(PenaltyKind.Pair, keys.Pair, own);
            table.Subtract(PenaltyKind.Name, keys.Name, own);
            if (keys.Address is { } address)
            {
                table.Subtract(PenaltyKind.Address, address, own);
            }
        }
    }

    /// <summary>No counts exist: an accepted login need not be looked up.</summary>
    public bool IsQuiet => !settings.IsOn || table.IsQuiet;

    private TimeSpan CountedDelay(in LoginAttempt attempt, IPAddress? address)
    {
        Keys keys = Find(attempt, address);
        ulong? secret = Secret(keys, attempt);
        int worst;
        if (secret is { } known && table.Knows(keys.Pair, known))
        {
            // A program that repeats an outdated password is not guessing.
            worst = Math.Max(
                table.Count(PenaltyKind.Name, keys.Name), keys.Address is { } from ? table.Count(PenaltyKind.Address, from) : 0);
        }
        else
        {
            table.Add(PenaltyKind.Pair, keys.Pair);
            if (secret is { } wrong)
            {
                table.Remember(keys.Pair, wrong);
            }

            worst = Math.Max(table.Add(PenaltyKind.Name, keys.Name), CountAddress(keys, attempt, address));
        }

        return settings.Delays[Math.Clamp(worst, 1, settings.Delays.Count) - 1];
    }

    private int CountAddress(Keys keys, in LoginAttempt attempt, IPAddress? address)
    {
        if (keys.Address is not { } key)
        {
            return 0;
        }

        int count = table.Add(PenaltyKind.Address, key);
        if (count == settings.Delays.Count)
        {
            LogPenalty(address is null ? attempt.RemoteIp! : ClientNetwork.Text(address));
        }

        return count;
    }

    private bool IsSpared(IPAddress? address) => address is not null && settings.Networks.Any(network => network.Contains(address));

    private static IPAddress? Address(in LoginAttempt attempt) =>
        attempt.RemoteIp is { } text ? ClientNetwork.Parse(text) : null;

    private Keys Find(in LoginAttempt attempt, IPAddress? address)
    {
        // Many back ends treat John and john as the same name.
        ulong name = table.Key((int)PenaltyKind.Name, 0, WireText.ToBytes(attempt.Name.ToLowerInvariant()));
        ulong? from = string.IsNullOrEmpty(attempt.RemoteIp)
            ? null
            : table.Key(
                (int)PenaltyKind.Address,
                0,
                address is null ? WireText.ToBytes(attempt.RemoteIp) : ClientNetwork.Bytes(address));
        return new Keys(from, name, table.Key((int)PenaltyKind.Pair, name, BitConverter.GetBytes(from ?? 0)));
    }

    private ulong? Secret(Keys keys, in LoginAttempt attempt) =>
        attempt.Password is { } password ? table.Key(SecretUse, keys.Pair, WireText.ToBytes(password)) : null;

    /// <summary>Logs each address that reaches the longest delay once. During
    /// a flood this line is skipped: it has lines of its own.</summary>
    private void LogPenalty(string address)
    {
        long minute = time.GetTimestamp() / time.TimestampFrequency / 60;
        lock (_logging)
        {
            _lines = minute == _minute ? _lines + 1 : 1;
            _minute = minute;
            if (_lines > LinesAMinute)
            {
                return;
            }
        }

        log.Warn($"{settings.Delays.Count} logins from {address} have failed: replies to its further failures wait "
            + $"{settings.Delays[^1].TotalSeconds} s ([penalty] delays)");
    }
}
