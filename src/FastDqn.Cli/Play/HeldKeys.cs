namespace FastDqn.Cli.Play;

/// <summary>
/// The keys held, as the game sees them step by step. No press is lost: each one holds for at least one whole step, and
/// what contradicts a press of the same step (a key that no action joins with it, its own release, a second tap) waits
/// for the next. Without release events a press holds for a while, and the terminal's key repeat prolongs it. Not
/// thread-safe.
/// </summary>
internal sealed class HeldKeys(ActionKeys keys, int holdSteps)
{
    private readonly Queue<KeyEvent> _waiting = [];
    private readonly Dictionary<int, long> _heldUntil = [];
    private readonly HashSet<int> _pressedNow = [];
    private long _step;

    /// <summary>Release events come: a key holds until its release.</summary>
    public bool Releases { get; set; }

    /// <summary>Presses that no step has shown yet.</summary>
    public int Waiting => _waiting.Count;

    public void Add(KeyEvent key)
    {
        if (keys.IsActionKey(key.Key))
            _waiting.Enqueue(key);
    }

    /// <summary>The action of the next step, or <see cref="ActionKeys.None"/>.</summary>
    public int Next()
    {
        _step++;
        _pressedNow.Clear();
        while (_waiting.TryPeek(out var next) && Apply(next))
            _waiting.Dequeue();
        foreach (var (key, until) in _heldUntil.ToArray())
        {
            if (until < _step)
                _heldUntil.Remove(key);
        }

        return keys.Choose(_pressedNow, _heldUntil.Keys);
    }

    /// <summary>Lets go of every key; presses that wait still count.</summary>
    public void LetGo() => _heldUntil.Clear();

    private bool Apply(KeyEvent next)
    {
        if (next.Action == KeyAction.Release)
        {
            if (_pressedNow.Contains(next.Key))
                return false;
            _heldUntil.Remove(next.Key);
            return true;
        }

        if (next.Action == KeyAction.Press && (_pressedNow.Contains(next.Key) || !keys.IsOneAction([.. _pressedNow, next.Key])))
            return false;
        if (next.Action == KeyAction.Press)
            _pressedNow.Add(next.Key);
        foreach (var other in _heldUntil.Keys.Where(other => keys.Opposite(other, next.Key)).ToArray())
            _heldUntil.Remove(other);
        _heldUntil[next.Key] = Releases ? long.MaxValue : _step + Math.Max(1, holdSteps) - 1;
        return true;
    }
}
