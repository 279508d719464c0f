namespace Authd.Modules.PostfixRelay;

/// <summary>
/// A bounded set of logins waiting to be written, one entry an address. An address that was just written is not written again for
/// a while, and then with the time of its last login. A program that logs in ten times a second thus costs few writes, and its
/// entry never expires early. Times are milliseconds of a clock that only goes forward. Thread-safe.
/// </summary>
/// <param name="most">The largest number of addresses.</param>
/// <param name="rest">The pause between two writes of an address, milliseconds.</param>
public sealed class PendingLogins(int most, long rest)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, long> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _resting = new(StringComparer.Ordinal);

    /// <summary>Adds a login; false: there is no room for another address.</summary>
    public bool TryAdd(Login login)
    {
        lock (_sync)
        {
            if (_waiting.Count >= most && !_waiting.ContainsKey(login.Address))
            {
                return false;
            }

            _waiting[login.Address] = Math.Max(login.Time, _waiting.GetValueOrDefault(login.Address));
            return true;
        }
    }

    /// <summary>Removes and returns the logins to write now; the pause of their addresses begins.</summary>
    /// <param name="now">The time.</param>
    /// <param name="wait">The time until more logins are due if none are added; <c>null</c>: none wait.</param>
    public IReadOnlyCollection<Login> TakeDue(long now, out long? wait)
    {
        lock (_sync)
        {
            foreach ((string rested, _) in _resting.Where(entry => entry.Value <= now).ToList())
            {
                _resting.Remove(rested);
            }

            List<Login> due = [.. Waiting().Where(login => !_resting.ContainsKey(login.Address))];
            foreach (Login login in due)
            {
                _waiting.Remove(login.Address);
                _resting[login.Address] = now + rest;
            }

            wait = _waiting.Count == 0 ? null : _waiting.Min(entry => _resting[entry.Key]) - now;
            return due;
        }
    }

    /// <summary>All remaining logins, for the end.</summary>
    public IReadOnlyCollection<Login> TakeAll()
    {
        lock (_sync)
        {
            List<Login> all = [.. Waiting()];
            _waiting.Clear();
            return all;
        }
    }

    private IEnumerable<Login> Waiting() => _waiting.Select(entry => new Login(entry.Key, entry.Value));
}
