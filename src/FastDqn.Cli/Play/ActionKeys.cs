namespace FastDqn.Cli.Play;

/// <summary>
/// Which keys stand for which of an environment's actions. Actions that are directions with or without fire take arrows
/// (or WASD) and space; any others take the digits 1 to 9 in their order.
/// </summary>
internal sealed class ActionKeys
{
    /// <summary>
    /// The environment has no action for "nothing": the last one goes on, or nothing happens until a key comes.
    /// </summary>
    public const int None = -1;

    private static readonly (string Word, Buttons Button)[] Words =
        [("UP", Buttons.Up), ("DOWN", Buttons.Down), ("RIGHT", Buttons.Right), ("LEFT", Buttons.Left), ("FIRE", Buttons.Fire)];

    private readonly Buttons[]? _buttons;
    private readonly int _count;
    private readonly int _idle;

    public ActionKeys(IReadOnlyList<string> actionNames)
    {
        _count = actionNames.Count;
        var buttons = new Buttons[actionNames.Count];
        var known = true;
        for (var i = 0; i < buttons.Length; i++)
            known &= TryParse(actionNames[i], out buttons[i]);
        _buttons = known ? buttons : null;
        _idle = known ? Array.IndexOf(buttons, Buttons.None) : None;
        Help = known ? Describe(buttons) : string.Join("  ", actionNames.Take(9).Select((name, i) => $"{i + 1} {name}"));
    }

    [Flags]
    public enum Buttons
    {
        None = 0,
        Up = 1,
        Down = 2,
        Right = 4,
        Left = 8,
        Fire = 16,
    }

    /// <summary>The mapping in a line for the player.</summary>
    public string Help { get; }

    /// <summary>Is this a key that plays?</summary>
    public bool IsActionKey(int key) => _buttons is null ? key is >= '1' and <= '9' && key - '1' < _count : ButtonOf(key) != Buttons.None;

    /// <summary>Two keys that cannot both be held: opposite directions, or two keys of single actions.</summary>
    public bool Opposite(int a, int b)
    {
        if (_buttons is null)
            return a != b;
        var both = ButtonOf(a) | ButtonOf(b);
        return (both & (Buttons.Left | Buttons.Right)) == (Buttons.Left | Buttons.Right)
            || (both & (Buttons.Up | Buttons.Down)) == (Buttons.Up | Buttons.Down);
    }

    /// <summary>Is there one action that is all of these keys?</summary>
    public bool IsOneAction(IReadOnlyCollection<int> keys) =>
        _buttons is null ? keys.Distinct().Count() <= 1 : Array.IndexOf(_buttons, Sum(keys)) >= 0;

    /// <summary>
    /// The action of a step in which <paramref name="pressed"/> were pressed while <paramref name="held"/> are held:
    /// the held keys give way where no action is both.
    /// </summary>
    public int Choose(IReadOnlyCollection<int> pressed, IReadOnlyCollection<int> held)
    {
        var action = Choose(held.Concat(pressed));
        if (_buttons is null)
            return pressed.Count > 0 ? Choose(pressed) : action;
        var wanted = Sum(pressed);
        return action != None && (_buttons[action] & wanted) == wanted ? action : Choose(pressed);
    }

    /// <summary>
    /// The action that the keys held come to: of those asking for nothing else the one that fits most of them.
    /// </summary>
    public int Choose(IEnumerable<int> held)
    {
        if (_buttons is null)
            return held.Where(IsActionKey).Select(key => key - '1').DefaultIfEmpty(None).First();
        var wanted = Sum(held);
        var (best, score) = (_idle, 0);
        for (var i = 0; i < _buttons.Length; i++)
        {
            // Fire weighs least: where LEFT+FIRE does not exist the paddle should still move.
            var fire = (_buttons[i] & Buttons.Fire) != 0 ? 1 : 0;
            var fits = System.Numerics.BitOperations.PopCount((uint)(_buttons[i] & wanted)) * 2 - fire;
            if ((_buttons[i] & ~wanted) == 0 && fits > score)
                (best, score) = (i, fits);
        }

        return best;
    }

    private static Buttons Sum(IEnumerable<int> keys) => keys.Aggregate(Buttons.None, (sum, key) => sum | ButtonOf(key));

    private static Buttons ButtonOf(int key) => key switch
    {
        Keys.Up or 'w' => Buttons.Up,
        Keys.Down or 's' => Buttons.Down,
        Keys.Right or 'd' => Buttons.Right,
        Keys.Left or 'a' => Buttons.Left,
        ' ' => Buttons.Fire,
        _ => Buttons.None,
    };

    private static bool TryParse(string name, out Buttons buttons)
    {
        buttons = Buttons.None;
        var rest = name.ToUpperInvariant().Replace("_", "", StringComparison.Ordinal);
        if (rest == "NOOP")
            return true;
        while (rest.Length > 0)
        {
            var (word, button) = Words.FirstOrDefault(w => rest.StartsWith(w.Word, StringComparison.Ordinal));
            if (word is null || (buttons & button) != 0)
                return false;
            buttons |= button;
            rest = rest[word.Length..];
        }

        return true;
    }

    private static string Describe(Buttons[] actions)
    {
        var all = actions.Aggregate(Buttons.None, (sum, b) => sum | b);
        List<string> parts = [];
        var sideways = all.HasFlag(Buttons.Left) || all.HasFlag(Buttons.Right);
        var upright = all.HasFlag(Buttons.Up) || all.HasFlag(Buttons.Down);
        if (sideways || upright)
            parts.Add(
                (sideways, upright) switch
                {
                    (true, true) => "arrows or wasd move",
                    (true, false) => "left/right or a/d move",
                    _ => "up/down or w/s move",
                });
        if (all.HasFlag(Buttons.Fire))
            parts.Add("space fires");
        return string.Join(", ", parts);
    }
}
