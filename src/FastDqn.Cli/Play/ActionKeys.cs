namespace FastDqn.Cli.Play;

/// <summary>
/// Which keys stand for which of an environment's actions. Actions that are directions with or without fire take arrows
/// (or WASD) and space; where there are only two directions, s and d are left and right with fire. Any others take the
/// digits 1 to 9 in their order. A map of the player's own takes the place of all this.
/// </summary>
internal sealed class ActionKeys
{
    /// <summary>
    /// The environment has no action for "nothing": the last one goes on, or nothing happens until a key comes.
    /// </summary>
    public const int None = -1;

    private static readonly (string Word, Buttons Button)[] Words =
        [("UP", Buttons.Up), ("DOWN", Buttons.Down), ("RIGHT", Buttons.Right), ("LEFT", Buttons.Left), ("FIRE", Buttons.Fire)];

    // By action, where actions are buttons; null where they are not.
    private readonly Buttons[]? _buttons;
    private readonly Dictionary<int, int> _actions = [];
    private readonly Dictionary<int, Buttons> _pressed = [];
    private readonly int _idle = None;

    /// <param name="actionNames">The environment's actions.</param>
    /// <param name="map">Actions by key; null: the usual ones.</param>
    public ActionKeys(IReadOnlyList<string> actionNames, IReadOnlyDictionary<int, int>? map = null)
    {
        var buttons = new Buttons[actionNames.Count];
        var known = true;
        for (var i = 0; i < buttons.Length; i++)
            known &= TryParse(actionNames[i], out buttons[i]);
        if (known)
        {
            _buttons = buttons;
            _idle = Array.IndexOf(buttons, Buttons.None);
        }

        if (map is not null)
        {
            _actions = new(map);
            _pressed = known ? map.ToDictionary(key => key.Key, key => buttons[key.Value]) : [];
            Help = string.Join("  ", map.Select(key => $"{KeyMapFile.NameOf(key.Key)} {actionNames[key.Value]}"));
        }
        else if (known)
        {
            var fires = FiresSideways(buttons);
            _pressed = Usual(fires);
            Help = Describe(buttons, fires);
        }
        else
        {
            _actions = Enumerable.Range(0, Math.Min(9, actionNames.Count)).ToDictionary(i => '1' + i, i => i);
            Help = string.Join("  ", actionNames.Take(9).Select((name, i) => $"{i + 1} {name}"));
        }
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
    public bool IsActionKey(int key) => _buttons is null ? _actions.ContainsKey(key) : _pressed.ContainsKey(key);

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
            return held.Where(IsActionKey).Select(key => _actions[key]).DefaultIfEmpty(None).First();
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

    private Buttons Sum(IEnumerable<int> keys) => keys.Aggregate(Buttons.None, (sum, key) => sum | ButtonOf(key));

    private Buttons ButtonOf(int key) => _pressed.GetValueOrDefault(key);

    private static Dictionary<int, Buttons> Usual(bool fires)
    {
        var keys = new Dictionary<int, Buttons>
        {
            [Keys.Up] = Buttons.Up,
            [Keys.Down] = Buttons.Down,
            [Keys.Right] = Buttons.Right,
            [Keys.Left] = Buttons.Left,
            [' '] = Buttons.Fire,
        };
        (char Key, Buttons Button)[] letters = fires
            ? [('s', Buttons.Left | Buttons.Fire), ('d', Buttons.Right | Buttons.Fire)]
            : [('w', Buttons.Up), ('s', Buttons.Down), ('d', Buttons.Right), ('a', Buttons.Left)];
        foreach (var (key, button) in letters)
            keys.Add(key, button);
        return keys;
    }

    // Left and right are all there is, both with fire: two fingers can do more with a key for each.
    private static bool FiresSideways(Buttons[] actions) =>
        !actions.Any(a => (a & (Buttons.Up | Buttons.Down)) != 0)
        && actions.Contains(Buttons.Left | Buttons.Fire) && actions.Contains(Buttons.Right | Buttons.Fire);

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

    private static string Describe(Buttons[] actions, bool fires)
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
                    (true, false) => fires ? "left/right move" : "left/right or a/d move",
                    _ => "up/down or w/s move",
                });
        if (all.HasFlag(Buttons.Fire))
            parts.Add("space fires");
        if (fires)
            parts.Add("s/d move and fire");
        return string.Join(", ", parts);
    }
}
