using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Cli.Watch;
using FastDqn.Core;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// <c>fastdqn team</c>: the agent plays and asks a person where it doubts: when max Q(s, a) falls to the value of the
/// episode's first state less a threshold, or under it.
/// </summary>
internal static class TeamVerb
{
    private const double LongestPause = 3600;

    public static Command Create()
    {
        var command = new Command(
            "team",
            "Play together with a trained agent: it asks for the action "
            + "where its max Q falls to the first state's less a threshold, or under it");
        var run = new Argument<string>("run") { Description = "Run folder" };
        var threshold = new Option<double>("--threshold")
        {
            Description = "How far under the value of the first state max Q falls where a person is asked (Q); negative: up to so far "
                + "above it",
            DefaultValueFactory = _ => 0.2,
        };
        var pause = new Option<double?>("--pause")
        {
            Description = "How long a step that the agent takes alone is shown (s); without: 0.5 where a person watches and answers, "
                + "else 0",
        };
        var answers = new Option<string?>("--answers")
        {
            Description = "Answers instead of a person's: names or numbers of actions separated by commas or lines, or a file of them; "
                + "when they run out the agent goes on alone",
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Checkpoint folder or its step; 'best': the one with the highest evaluation return",
        };
        var episodes = new Option<int>("--episodes") { Description = "Episodes", DefaultValueFactory = _ => 1 };
        var steps = new Option<long>("--steps") { Description = "Most agent steps in all", DefaultValueFactory = _ => 10_000 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the games", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        command.Arguments.Add(run);
        foreach (var option in new Option[] { threshold, pause, answers, checkpoint, episodes, steps, seed, json })
            command.Options.Add(option);
        var roms = new RomArguments(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(episodes) < 1 || parsed.GetValue(steps) < 1 || !double.IsFinite(parsed.GetValue(threshold)))
                throw new FastDqnException(ErrorKind.Usage, "--episodes and --steps must be at least 1, --threshold a number");
            if (parsed.GetValue(pause) is { } seconds && !(seconds is >= 0 and <= LongestPause))
                throw new FastDqnException(ErrorKind.Usage, FormattableString.Invariant($"--pause {seconds}: 0 to {LongestPause} s"));
            using var player = new AgentPlayer(
                parsed.GetValue(run)!, parsed.GetValue(checkpoint), 0, parsed.GetValue(seed), roms.In(parsed), Output.Warn);
            var prepared = new ActionAnswers(parsed.GetValue(answers));
            prepared.Check(player.Environment.ActionNames);
            var watched = !Console.IsErrorRedirected && !Console.IsInputRedirected && parsed.GetValue(answers) is null;
            var shown = TimeSpan.FromSeconds(parsed.GetValue(pause) ?? (watched ? 0.5 : 0));
            var team = new Team(player, parsed.GetValue(threshold), shown, prepared);
            team.Play(parsed.GetValue(episodes), parsed.GetValue(steps));
            if (parsed.GetValue(json))
                Output.Json(team.ToJson());
            else
                team.Print();
            return 0;
        });
        return command;
    }

    private sealed class Team(AgentPlayer player, double threshold, TimeSpan pause, ActionAnswers answers)
    {
        private readonly List<double> _returns = [];
        private long _steps, _asked, _answered, _agreed;
        private double _return;
        private float _firstValue;
        private double _largestFall;

        public void Play(int episodes, long steps)
        {
            player.Begin();
            _firstValue = player.MaxQ;
            while (_returns.Count < episodes && _steps < steps)
            {
                // Nobody is asked while an action is kept.
                if (!player.Keeps)
                    _largestFall = Math.Max(_largestFall, _firstValue - player.MaxQ);
                player.Act(Doubtful && !player.Keeps ? Ask() : Alone());
                _steps++;
                _return += player.Result.Rewards[0];
                if (!player.Over)
                    continue;
                _returns.Add(_return);
                _return = 0;
                if (_returns.Count == episodes)
                    break;
                player.Act(0);
                _firstValue = player.MaxQ;
            }

            if (_returns.Count == 0)
                _returns.Add(_return);
        }

        public JsonObject ToJson() => new()
        {
            ["env"] = player.Environment.Name,
            ["trained_steps"] = player.Step,
            ["threshold"] = threshold,
            ["agent_steps"] = _steps,
            ["largest_fall"] = _largestFall,
            ["asked"] = _asked,
            ["answered"] = _answered,
            ["agreed"] = _agreed,
            ["returns"] = new JsonArray([.. _returns.Select(r => JsonValue.Create(r))]),
        };

        public void Print()
        {
            Console.Out.WriteLine(
                $"{player.Environment.Name}: return {string.Join(", ", _returns.Select(Output.Number))} in {_steps} agent steps; "
                + $"asked {_asked} times, answered {_answered}, {_agreed} as the agent would have");
            if (_asked > 0)
                return;
            // Rounded down: the threshold that is named does ask.
            var fall = Math.Floor(_largestFall * 1000) / 1000;
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"max Q fell at most {fall:0.000} under an episode's first: a --threshold up to that would have asked"));
        }

        private bool Doubtful => player.MaxQ <= _firstValue - threshold;

        private int Alone()
        {
            // Who asks for no more questions need not wait for the end.
            var shown = answers.Ended ? TimeSpan.Zero : pause;
            if (shown > TimeSpan.Zero)
                ActionAnswers.Show(player.Picture);
            Console.Error.WriteLine($"{State}: {player.Environment.ActionNames[player.Certain]}");
            Thread.Sleep(shown);
            return player.Certain;
        }

        private string State => string.Create(
            CultureInfo.InvariantCulture, $"step {_steps}, score {_return:0.##}: max Q {player.MaxQ:0.000}");

        private int Ask()
        {
            _asked++;
            if (answers.Ended)
                return Alone();
            Explain();
            if (answers.Read(player.Environment.ActionNames, player.Greedy) is not { } action)
                return player.Greedy;
            _answered++;
            _agreed += action == player.Greedy ? 1 : 0;
            return action;
        }

        private void Explain()
        {
            ActionAnswers.Show(player.Picture);
            var q = player.Q.ToArray();
            var values = string.Join(
                ", ",
                player.Environment.ActionNames.Select((name, i) => string.Create(CultureInfo.InvariantCulture, $"{name} {q[i]:0.000}")));
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{State} is {Math.Abs(_firstValue - player.MaxQ):0.000} {(player.MaxQ > _firstValue ? "above" : "under")} the first "
                + $"state's {_firstValue:0.000} (threshold {threshold}); {values}"));
        }
    }
}
