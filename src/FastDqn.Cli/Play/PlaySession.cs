using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FastDqn.Cli.Play;

/// <summary>How a session in the terminal runs.</summary>
/// <param name="StepsPerSecond">Steps per second; 0: one step per key press.</param>
/// <param name="HoldMilliseconds">How long a press holds in a terminal that reports no releases.</param>
/// <param name="Steps">Steps after which the session ends by itself; 0: never.</param>
/// <param name="KeyMap">The player's own keys: actions by key; null: the usual ones.</param>
internal sealed record PlayOptions(
    double StepsPerSecond, int HoldMilliseconds, long Steps, IReadOnlyDictionary<int, int>? KeyMap = null);

/// <summary>What a session came to.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="Episodes">Episodes finished.</param>
/// <param name="Return">Reward in all.</param>
/// <param name="LastReturn">Of the last episode.</param>
/// <param name="Interrupted">Ctrl-C ended it.</param>
internal sealed record PlayResult(long Steps, long Episodes, double Return, double LastReturn, bool Interrupted);

/// <summary>A person at the keyboard of an environment.</summary>
internal sealed class PlaySession : IDisposable
{
    private const string Commands = "p pause, n one step, l redraw, q quit";
    private readonly SingleEnvironment _game;
    private readonly PlayOptions _options;
    private readonly RawTerminal _terminal;
    private readonly ActionKeys _keys;
    private readonly HeldKeys _held;
    private readonly KeyParser _parser = new();
    private readonly BlockingCollection<KeyEvent> _events = [];
    private readonly List<Action<Transition>> _recorders = [];
    private HalfBlockScreen _screen;
    private (int Columns, int Rows) _size;
    private string[] _help = [];
    private int _action;
    private long _steps, _episodes;
    private double _return, _lastReturn, _total, _reward;
    private bool _paused, _quit, _singleStep, _ended, _interrupted;

    public PlaySession(SingleEnvironment game, PlayOptions options)
    {
        (_game, _options) = (game, options);
        _keys = new ActionKeys(game.Environment.ActionNames, options.KeyMap);
        _held = new HeldKeys(_keys, (int)Math.Ceiling(options.HoldMilliseconds * options.StepsPerSecond / 1000));
        _terminal = new RawTerminal();
        _screen = Layout();
    }

    /// <summary>Immediate rewards of the last steps.</summary>
    public HistoryStrip Rewards { get; } = new();

    /// <summary>Magnitudes of the last actions: their numbers.</summary>
    public HistoryStrip Magnitudes { get; } = new();

    /// <summary>Called with the first observation and with every step.</summary>
    public void Record(Action<Transition> recorder) => _recorders.Add(recorder);

    public PlayResult Run()
    {
        new Thread(ReadKeys) { IsBackground = true, Name = "keys" }.Start();
        Tell(_game.Reset());
        Show();
        var clock = Stopwatch.StartNew();
        var due = TimeSpan.Zero;
        while (!_quit && (_options.Steps == 0 || _steps < _options.Steps))
        {
            if (_options.StepsPerSecond > 0)
            {
                due += TimeSpan.FromSeconds(1 / _options.StepsPerSecond);
                WaitUntil(clock, due);
                if (clock.Elapsed - due > TimeSpan.FromSeconds(0.25))
                    due = clock.Elapsed; // the terminal or the machine stalled: go on from here instead of rushing
            }
            else
            {
                WaitForKey();
            }

            _held.Releases = _parser.SendsReleases;
            if (_quit || (_paused && !_singleStep))
                continue;
            Advance();
        }

        return new PlayResult(_steps, _episodes, _total, _episodes > 0 ? _lastReturn : _return, _interrupted);
    }

    public void Dispose()
    {
        _terminal.Dispose();
        _events.Dispose();
    }

    private void Advance()
    {
        _singleStep = false;
        var chosen = _held.Next();
        if (_options.StepsPerSecond == 0 && !_ended)
        {
            if (chosen == ActionKeys.None)
                return;
            _held.LetGo();
        }

        _action = chosen != ActionKeys.None ? chosen : _action;
        Tell(_game.Step(_action));
        _steps++;
        Show();
    }

    private void Tell(Transition row)
    {
        foreach (var recorder in _recorders)
            recorder(row);
        if ((row.Flags & 8) != 0)
            _return = 0;
        _return += row.Reward;
        _total += row.Reward;
        _reward = row.Reward;
        if (row.Action >= 0)
        {
            Rewards.Add(row.Reward);
            Magnitudes.Add(row.Action);
        }

        _ended = row.Over;
        if (!row.Over)
            return;
        _episodes++;
        _lastReturn = _return;
    }

    private void WaitUntil(Stopwatch clock, TimeSpan due)
    {
        while (!_quit)
        {
            var left = due - clock.Elapsed;
            if (left <= TimeSpan.Zero)
            {
                while (_events.TryTake(out var waiting))
                    Handle(waiting);
                return;
            }

            if (_events.TryTake(out var key, left))
                Handle(key);
            else if (_events.IsCompleted)
                Thread.Sleep(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    private void WaitForKey()
    {
        // An episode that ended goes on by itself: its first step starts the next one and ignores the action.
        while (!_quit && !_ended && _held.Waiting == 0 && _options.StepsPerSecond == 0)
        {
            if (!_events.TryTake(out var key, Timeout.Infinite))
                return;
            Handle(key);
        }
    }

    private void Handle(KeyEvent key)
    {
        if (_keys.IsActionKey(key.Key))
        {
            _held.Add(key);
            return;
        }

        if (key.Action == KeyAction.Release)
            return;
        switch (key.Key)
        {
            case 'q' or Keys.Interrupt:
                (_quit, _interrupted) = (true, key.Key == Keys.Interrupt);
                break;
            case 'p':
                _paused = !_paused;
                Show();
                break;
            case 'n':
                (_paused, _singleStep) = (true, true);
                break;
            case 'l':
                _screen = Layout();
                Show();
                break;
        }
    }

    private void ReadKeys()
    {
        Span<byte> buffer = stackalloc byte[256];
        try
        {
            while (RawTerminal.Read(buffer) is > 0 and var count)
                _parser.Add(buffer[..count], _events.Add);
            _events.Add(new KeyEvent('q', KeyAction.Press));
        }
        catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
        {
            // The session is over.
        }
    }

    private HalfBlockScreen Layout()
    {
        _size = RawTerminal.Size();
        _terminal.Write("\e[2J");
        var line = $"{_keys.Help}; {Commands}";
        _help = line.Length <= _size.Columns ? [line] : [_keys.Help, Commands];
        var rows = Math.Max(1, _size.Rows - 3 - _help.Length);
        return new HalfBlockScreen(_size.Columns, rows, _game.Width, _game.Height, RawTerminal.TrueColour);
    }

    private void Show()
    {
        if (RawTerminal.Size() != _size)
            _screen = Layout();
        var text = new StringBuilder();
        if (RawTerminal.TooSmall(_size))
        {
            Line(text, 1, $"enlarge this to {RawTerminal.FewestColumns} x {RawTerminal.FewestRows}");
            _terminal.Write(text.ToString());
            return;
        }

        _game.Draw();
        _screen.Draw(_game.Rgb, 1, text);
        var below = _size.Rows - 1 - _help.Length;
        var cells = Math.Max(1, _size.Columns - 8);
        var lives = _game.Result.Lives[0] > 0 ? $"  lives {_game.Result.Lives[0]}" : "";
        var state = _paused ? "  PAUSED" : "";
        Line(text, below - 1, $"reward {Rewards.Render(cells)}", fit: false);
        Line(text, below, $"action {Magnitudes.Render(cells)}", fit: false);
        Line(
            text,
            below + 1,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{_game.Environment.Name}  step {_steps}  score {_return:0.##}  reward {_reward:+0.##;-0.##;0}  action "
                + $"{_game.Environment.ActionNames[_action]}{lives}{state}"));
        for (var i = 0; i < _help.Length; i++)
            Line(text, below + 2 + i, _help[i]);
        _terminal.Write(text.ToString());
    }

    private void Line(StringBuilder text, int row, string content, bool fit = true)
    {
        if (fit && content.Length > _size.Columns)
            content = content[.._size.Columns];
        text.Append(CultureInfo.InvariantCulture, $"\e[{row};1H\e[2K{content}");
    }
}
