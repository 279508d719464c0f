// Logins that are to be written: a bounded set, one entry an address.
namespace Authd.Modules.Postfix;

/// <summary>
/// What comes between the logins and the table. An address that was written a moment ago rests before it is written again,
/// with the time of its last login then, so that a program that logs in ten times a second costs one write every now and then
/// and its entry never expires early. Times are milliseconds of a clock that only goes forward. Thread-safe.
/// </summary>
/// <param name="most">Addresses that may wait.</param>
/// <param name="rest">How long an address rests, milliseconds.</param>
public sealed class PendingLogins(int most, long rest)
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, long> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _resting = new(StringComparer.Ordinal);

    /// <summary>Takes a login in; false: there is no room for another address.</summary>
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

    /// <summary>Takes out what is to be written now; those addresses rest from now on.</summary>
    /// <param name="now">The time.</param>
    /// <param name="wait">How long until there will be more if nothing new comes; <c>null</c>: nothing waits.</param>
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

    /// <summary>All that is left, at the end.</summary>
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
