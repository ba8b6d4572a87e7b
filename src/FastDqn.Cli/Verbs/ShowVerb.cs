using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Play;
using FastDqn.Cli.Terminal;
using FastDqn.Cli.Watch;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Training;
using FastDqn.Training.Acting;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// <c>fastdqn show</c>: an environment without an agent as a film or as stills: played at random or from a list of
/// actions, and what an agent would see of it.
/// </summary>
internal static class ShowVerb
{
    private const string RandomPolicy = "random";

    public static Command Create()
    {
        var command = new Command(
            "show", "Film an environment played at random or from a list of actions, and what an agent sees of it");
        var config = new ConfigArguments(command, ["--rom", "--roms", "--backend"]);
        var output = new Option<string>("--output", "-o")
        {
            Description = "FILE.gif, FILE.mp4 (needs ffmpeg) or FILE.png (a strip of stills)",
            Required = true,
        };
        var actions = new Option<string?>("--actions")
        {
            Description = "Actions to take: names or numbers separated by commas or lines, or a file of them",
        };
        var policy = new Option<string?>("--policy") { Description = "Who plays without --actions: random (the default)" };
        policy.AcceptOnlyFromAmong(RandomPolicy);
        var raw = new Option<bool>("--raw") { Description = "The picture before preprocessing, beside what an agent sees" };
        var stack = new Option<bool>("--stack") { Description = "Every frame that an agent sees at a step, the oldest first" };
        var last = new Option<bool>("--last") { Description = "Only the last picture" };
        var episodes = new Option<int>("--episodes") { Description = "Episodes", DefaultValueFactory = _ => 1 };
        var steps = new Option<long>("--steps") { Description = "Most agent steps in all", DefaultValueFactory = _ => 3000 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the games and of random actions", DefaultValueFactory = _ => 1 };
        var rate = new Option<double?>("--fps") { Description = "Agent steps shown per second (default: the game's own)" };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        foreach (var option in new Option[] { output, actions, policy, raw, stack, last, episodes, steps, seed, rate, json })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            FilmWriter.CheckName(path);
            if (parsed.GetValue(episodes) < 1 || parsed.GetValue(steps) < 1 || parsed.GetValue(rate) is <= 0 or double.NaN)
                throw new FastDqnException(ErrorKind.Usage, "--episodes and --steps must be at least 1, --fps above 0");
            var listed = parsed.GetValue(actions);
            if (listed is not null)
                Given.Refuse(parsed, "a list of actions plays one episode", policy, episodes);
            var resolved = config.Resolve(parsed);
            using var show = new Show(
                EnvironmentBinding.ForTraining(resolved with { Env = WholeGame(resolved.Env) }, cores: 1),
                parsed.GetValue(raw), parsed.GetValue(stack), parsed.GetValue(seed));
            if (listed is not null)
            {
                var (source, text) = ActionWords.Read(listed, actions.Name, "list of actions");
                show.Listed = ActionWords.FindAll(source, show.Environment.ActionNames, ActionWords.Split(text));
                if (show.Listed.Length == 0)
                    throw new FastDqnException(ErrorKind.Usage, $"{source}: names no action, so there is nothing to film");
            }

            using (var film = new FilmWriter(path, show.Width, show.Height, parsed.GetValue(rate) ?? show.Environment.StepsPerSecond))
                show.Film(film.Add, parsed.GetValue(episodes), parsed.GetValue(steps), parsed.GetValue(last));
            if (show.Listed is { } list && show.Steps < list.Length && show.Steps < parsed.GetValue(steps))
                Output.Warn($"the episode ended after {show.Steps} of {list.Length} actions");
            if (parsed.GetValue(json))
                Output.Json(show.ToJson(path));
            else
                show.Print(path);
            return 0;
        });
        return command;
    }

    // A lost life is no end here: the film goes on.
    private static EnvironmentOptions WholeGame(EnvironmentOptions env) =>
        env with { Count = 1, Atari = env.Atari with { LifeLoss = AtariLifeLoss.Ignore } };

    private sealed class Show : IDisposable
    {
        private readonly IRenderable _picture;
        private readonly FrameStacks _stacks;
        private readonly StepResult _result = new(1);
        private readonly PictureRow _row = new();
        private readonly ObservationPicture? _observation;
        private readonly byte[] _rgb, _frame = [];
        private readonly bool _drawn, _whole;
        private readonly ulong _seed;
        private readonly RandomStream _random;
        private readonly List<double> _returns = [];
        private readonly int[] _action = new int[1];
        private double _return, _reward;

        /// <param name="environment">A single one; owned.</param>
        /// <param name="raw">Its picture stands beside the observation.</param>
        /// <param name="stack">The observation is shown with all of its frames.</param>
        /// <param name="seed">Of the environment and of random actions.</param>
        public Show(IVectorEnvironment environment, bool raw, bool stack, ulong seed)
        {
            (Environment, _whole, _seed) = (environment, stack, seed);
            using var made = new Unfinished();
            made.Add(environment);
            _picture = environment as IRenderable ?? throw new FastDqnException(ErrorKind.Usage, $"{environment.Name} cannot be drawn");
            if (environment is AtariVectorEnvironment { Rom.Note: { } note })
                Output.Warn(note);
            _random = new RandomStream(seed, "show");
            var (width, height) = _picture.RenderSize(0);
            _rgb = new byte[width * height * 3];
            _drawn = raw || !stack;
            if (_drawn)
                _row.Add(raw ? $"{width}x{height}" : "", width, height, height);
            if (raw || stack)
            {
                _observation = new ObservationPicture(environment, raw ? "--raw" : "--stack");
                _frame = new byte[_observation.Width * _observation.Height * 3];
                for (var age = stack ? _observation.Depth - 1 : 0; age >= 0; age--)
                {
                    var caption = age > 0 ? $"t-{age}" : stack ? "t" : $"{_observation.Width}x{_observation.Height}";
                    _row.Add(caption, _observation.Width, _observation.Height, Math.Max(2 * _observation.Height, _drawn ? height : 0));
                }
            }

            _stacks = made.Add(new FrameStacks(environment.Observation, 1));
            made.Keep();
        }

        public IVectorEnvironment Environment { get; }

        public int Width => _row.Width;

        public int Height => _row.Height;

        /// <summary>Actions to take; null: random ones.</summary>
        public int[]? Listed { get; set; }

        public long Steps { get; private set; }

        public delegate void Shown(ReadOnlySpan<byte> rgb);

        /// <summary>Plays, and shows every picture or the last one.</summary>
        public void Film(Shown add, int episodes, long steps, bool last)
        {
            Environment.Reset(_seed, _stacks.Newest, _result);
            _stacks.Start([1]);
            Draw("start");
            while (_returns.Count < episodes && Steps < steps && (Listed is null || Steps < Listed.Length))
            {
                if (!last)
                    add(_row.Rgb);
                var action = Listed?[Steps] ?? _random.NextInt32(Environment.ActionNames.Count);
                Act(action);
                Steps++;
                Draw(Environment.ActionNames[action]);
                if ((_result.Terminated[0] | _result.Truncated[0]) == 0)
                    continue;
                _returns.Add(_return);
                if (_returns.Count == episodes || Listed is not null)
                    break;
                if (!last)
                    add(_row.Rgb);
                Act(0);
                _return = 0;
                Draw("start");
            }

            add(_row.Rgb);
            if (_returns.Count == 0)
                _returns.Add(_return);
        }

        public JsonObject ToJson(string path) => new()
        {
            ["env"] = Environment.Name,
            ["policy"] = Listed is null ? RandomPolicy : "list",
            ["seed"] = _seed,
            ["agent_steps"] = Steps,
            ["returns"] = new JsonArray([.. _returns.Select(r => JsonValue.Create(r))]),
            ["observation"] = new JsonArray([.. Environment.Observation.Shape.Select(side => JsonValue.Create(side))]),
            ["stack"] = Environment.Observation.StackDepth,
            ["files"] = new JsonArray(path),
        };

        public void Print(string path)
        {
            var who = Listed is null ? $"random play, seed {_seed}" : $"{Listed.Length} actions from a list, seed {_seed}";
            Console.Out.WriteLine(
                $"{Environment.Name}: {who}: return {string.Join(", ", _returns.Select(Output.Number))} in {Steps} agent steps");
            Console.Out.WriteLine($"file  {path}");
        }

        public void Dispose()
        {
            _stacks.Dispose();
            Environment.Dispose();
        }

        private void Act(int action)
        {
            _stacks.Shift();
            _action[0] = action;
            Environment.Step(_action, _stacks.Newest, _result);
            _stacks.Start(_result.EpisodeStart);
            _reward = _result.Rewards[0];
            _return += _reward;
        }

        private void Draw(string action)
        {
            _row.Begin(string.Create(
                CultureInfo.InvariantCulture, $"step {Steps} {action} reward {_reward:0.##} score {_return:0.##}"));
            var place = 0;
            if (_drawn)
            {
                _picture.RenderRgb(0, _rgb);
                _row.Draw(place++, _rgb);
            }

            if (_observation is null)
                return;
            for (var frame = _whole ? 0 : _observation.Depth - 1; frame < _observation.Depth; frame++)
            {
                _observation.Draw(_stacks.Observations, frame, _frame);
                _row.Draw(place++, _frame);
            }
        }
    }
}
