using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FastDqn.Cli.Play;
using FastDqn.Cli.Terminal;
using FastDqn.Cli.Watch;
using FastDqn.Core;
using FastDqn.Media;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// <c>fastdqn watch</c>: a trained agent plays, in the terminal or into a file, with its Q values under the picture.
/// </summary>
internal static class WatchVerb
{
    public static Command Create()
    {
        var command = new Command(
            "watch", "Watch a trained agent in the terminal, or film it with Q(s, a) of each action under the picture");
        var run = new Argument<string>("run") { Description = "Run folder" };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Film: FILE.gif, FILE.mp4 (needs ffmpeg) or FILE.png (a strip of stills); without: the terminal",
        };
        var plot = new Option<string?>("--q-plot") { Description = "SVG file of predicted Q(s, a) over the first episode" };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Checkpoint folder or its step; 'best': the one with the highest evaluation return",
        };
        var episodes = new Option<int>("--episodes") { Description = "Episodes", DefaultValueFactory = _ => 1 };
        var steps = new Option<long>("--steps") { Description = "Most agent steps in all", DefaultValueFactory = _ => 3000 };
        var epsilon = new Option<double?>("--epsilon") { Description = "Chance of a random action (0..1); without: the run's" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the games", DefaultValueFactory = _ => 1 };
        var rate = new Option<double?>("--fps") { Description = "Agent steps shown per second (default: the game's own)" };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        command.Arguments.Add(run);
        foreach (var option in new Option[] { output, plot, checkpoint, episodes, steps, epsilon, seed, rate, json })
            command.Options.Add(option);
        var roms = new RomArguments(command);
        command.SetAction(parsed =>
        {
            var (film, chart) = (parsed.GetValue(output), parsed.GetValue(plot));
            if (film is not null)
                FilmWriter.CheckName(film);
            if (chart is not null)
                PlotVerb.CheckName(chart);
            if (parsed.GetValue(episodes) < 1 || parsed.GetValue(steps) < 1 || parsed.GetValue(rate) is <= 0 or double.NaN)
                throw new FastDqnException(ErrorKind.Usage, "--episodes and --steps must be at least 1, --fps above 0");
            using var player = new AgentPlayer(
                parsed.GetValue(run)!, parsed.GetValue(checkpoint), parsed.GetValue(epsilon), parsed.GetValue(seed), roms.In(parsed),
                Output.Warn);
            if (film is null && chart is null && !RawTerminal.IsTerminal)
                throw new FastDqnException(ErrorKind.Usage, "watch needs a terminal, or a file: --output FILE.gif, --q-plot FILE.svg");
            var speed = parsed.GetValue(rate) ?? player.Environment.StepsPerSecond;
            var show = new Show(player, parsed.GetValue(episodes), parsed.GetValue(steps));
            if (film is not null)
                show.Film(film, speed);
            else if (chart is null || RawTerminal.IsTerminal)
                show.InTerminal(speed);
            else
                show.Silently();
            if (chart is not null)
                show.Plot(chart);
            var files = new[] { film, chart }.OfType<string>().ToList();
            if (parsed.GetValue(json))
                Output.Json(show.ToJson(files));
            else
                show.Print(files);
            return show.Interrupted ? RawTerminal.InterruptedCode : 0;
        });
        return command;
    }

    private sealed class Show(AgentPlayer player, int episodes, long steps)
    {
        private readonly List<double> _returns = [];
        private readonly List<float[]> _q = [];
        private double _return, _maxQ;
        private long _steps;

        /// <summary>Ctrl-C ended it.</summary>
        public bool Interrupted { get; private set; }

        public void Silently() => Play((_, _) => true);

        public void Film(string path, double speed)
        {
            var panel = new QPanel(player.Width, player.Height, player.Environment.ActionNames);
            using var film = new FilmWriter(path, panel.Width, panel.Height, speed);
            Play((taken, line) =>
            {
                player.Draw();
                panel.Draw(player.Rgb, player.Q, taken, line);
                film.Add(panel.Rgb);
                return true;
            });
        }

        public void InTerminal(double speed)
        {
            using var terminal = new RawTerminal();
            var size = RawTerminal.Size();
            var (values, screen) = Layout(size);
            var quit = 0;
            new Thread(() => quit = WaitForQuit()) { IsBackground = true, Name = "keys" }.Start();
            var clock = Stopwatch.StartNew();
            var due = TimeSpan.Zero;
            Play((taken, line) =>
            {
                player.Draw();
                var text = new StringBuilder();
                if (RawTerminal.Size() is var now && now != size)
                {
                    (values, screen) = Layout(size = now);
                    text.Append("\e[2J");
                }

                screen.Draw(player.Rgb, 1, text);
                Line(text, size.Rows - values, size.Columns, $"{line}  (q quits)");
                for (var action = 0; action < values; action++)
                    Line(text, size.Rows - values + 1 + action, size.Columns, Value(action, taken, size.Columns));
                terminal.Write(text.ToString());
                due += TimeSpan.FromSeconds(1 / speed);
                if (due - clock.Elapsed is { } left && left > TimeSpan.Zero)
                    Thread.Sleep(left);
                return Volatile.Read(ref quit) == 0;
            });
            Interrupted = Volatile.Read(ref quit) == Keys.Interrupt;
        }

        public void Plot(string path)
        {
            var x = Enumerable.Range(0, _q.Count).Select(i => (double)i).ToList();
            var series = player.Environment.ActionNames
                .Select((name, action) => new Series(name, x, [.. _q.Select(q => (double)q[action])]))
                .ToList();
            var title = $"An episode of {player.Environment.Name}";
            var chart = new LineChart(title, player.Environment.FramesPerStep == 1 ? "frame" : "agent step", "predicted Q(s,a)", series);
            OutputFile.WriteText(path, LineChart.Render([chart]));
        }

        public JsonObject ToJson(List<string> files) => new()
        {
            ["env"] = player.Environment.Name,
            ["trained_steps"] = player.Step,
            ["agent_steps"] = _steps,
            ["returns"] = new JsonArray([.. _returns.Select(r => JsonValue.Create(r))]),
            ["mean_max_q"] = Output.Finite(_maxQ / Math.Max(1, _steps)),
            ["files"] = new JsonArray([.. files.Select(f => JsonValue.Create(f))]),
        };

        public void Print(List<string> files)
        {
            Console.Out.WriteLine(
                $"{player.Environment.Name} after {player.Step} agent steps of training: return "
                + $"{string.Join(", ", _returns.Select(Output.Number))} in {_steps} agent steps, "
                + $"mean max Q {Output.Number(_maxQ / Math.Max(1, _steps))}");
            foreach (var file in files)
                Console.Out.WriteLine($"file  {file}");
        }

        /// <summary>
        /// Plays; <paramref name="show"/> gets the action about to be taken and a line on the state, and ends it by
        /// false.
        /// </summary>
        private void Play(Func<int, string, bool> show)
        {
            player.Begin();
            for (var finished = 0; finished < episodes && _steps < steps;)
            {
                var action = player.Choose();
                _maxQ += player.MaxQ;
                if (_returns.Count == 0)
                    _q.Add(player.Q.ToArray());
                var line = string.Create(CultureInfo.InvariantCulture, $"step {_steps} score {_return:0.##} max q {player.MaxQ:0.00}");
                if (!show(action, line))
                    break;
                player.Act(action);
                _steps++;
                _return += player.Result.Rewards[0];
                if (!player.Over)
                    continue;
                finished++;
                _returns.Add(_return);
                _return = 0;
                if (finished < episodes)
                    player.Act(0);
            }

            if (_returns.Count == 0)
                _returns.Add(_return);
        }

        /// <summary>How many actions' values have room under the picture, and the picture.</summary>
        private (int Values, HalfBlockScreen Screen) Layout((int Columns, int Rows) size)
        {
            var values = Math.Min(player.Environment.ActionNames.Count, Math.Max(1, size.Rows / 3));
            return (
                values,
                new HalfBlockScreen(
                    size.Columns, Math.Max(1, size.Rows - values - 1), player.Width, player.Height, RawTerminal.TrueColour));
        }

        private string Value(int action, int taken, int columns)
        {
            var q = player.Q[action];
            var largest = Math.Max(1e-6f, player.Q.ToArray().Max(Math.Abs));
            var room = Math.Max(1, columns - 32);
            var bar = new string('█', (int)Math.Round(Math.Abs(q) / largest * room));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{(action == taken ? '>' : ' ')} {player.Environment.ActionNames[action],-14} {q,10:0.000}  {bar}");
        }

        private static void Line(StringBuilder text, int row, int columns, string content) =>
            text.Append(CultureInfo.InvariantCulture, $"\e[{row};1H\e[2K{(content.Length > columns ? content[..columns] : content)}");

        /// <summary>The key that ends it, also where the terminal ends.</summary>
        private static int WaitForQuit()
        {
            var parser = new KeyParser();
            var pressed = 0;
            Span<byte> buffer = stackalloc byte[64];
            while (pressed == 0 && RawTerminal.Read(buffer) is > 0 and var count)
            {
                parser.Add(buffer[..count], key =>
                {
                    if (key is { Key: 'q' or Keys.Interrupt, Action: not KeyAction.Release })
                        pressed = key.Key;
                });
            }

            return pressed == 0 ? 'q' : pressed;
        }
    }
}
