using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Charts;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Mdp;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn mdp</c>: policies of a Markov decision process, and its optimal values.</summary>
internal static class MdpVerb
{
    private const string Random = MdpFile.RandomPolicy, Optimal = MdpFile.OptimalPolicy, Learnt = MdpFile.LearntPolicy;

    public static Command Create()
    {
        var command = new Command("mdp", "Play and solve a Markov decision process: the tutorial's, or one from YAML");
        var file = new Argument<string?>("file")
        {
            Description = "YAML file of a process; without: the tutorial's (3 states, 3 actions)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var policy = new Option<string?>("--policy")
        {
            Description = "Play this one alone: random, optimal, learnt, or a policy of the file (the tutorial's: safe, risky); "
                + "without: all of them",
        };
        var gamma = new Option<double>("--gamma")
        {
            Description = "Discount a step, at least 0 and below 1",
            DefaultValueFactory = _ => 0.99,
        };
        var episodes = new Option<int>("--episodes") { Description = "Episodes that each policy plays", DefaultValueFactory = _ => 1000 };
        var length = new Option<int>("--length") { Description = "Longest episode (steps)", DefaultValueFactory = _ => 100 };
        var steps = new Option<long>("--steps", "--learn")
        {
            Description = "Steps of Q-learning, acting at random",
            DefaultValueFactory = _ => MdpSolver.LearningSteps,
        };
        var alpha = new Option<double?>("--alpha") { Description = "Q-learning's step size, constant (above 0, at most 1)" };
        var decay = new Option<double>("--alpha-decay") { Description = "Let it fall: step t takes ALPHA / (1 + DECAY t)" };
        var rate = new Option<double>("--rate")
        {
            Description = "Without --alpha the step size is visits^-RATE: above 0.5, at most 1",
            DefaultValueFactory = _ => MdpSolver.LearningRate,
        };
        var draw = new Option<string?>("--draw") { Description = "SVG file of the process: states, actions, probabilities and rewards" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of everything random", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { policy, gamma, episodes, length, steps, alpha, decay, rate, draw, seed, json })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var process = parsed.GetValue(file) is { } path ? MdpFile.Read(path) : MdpFile.Tutorial();
            if (parsed.GetValue(episodes) < 1 || parsed.GetValue(length) < 1 || parsed.GetValue(steps) < 0)
                throw new FastDqnException(ErrorKind.Usage, "--episodes and --length must be at least 1, --steps at least 0");
            if (parsed.GetValue(alpha) is null)
                Given.Refuse(parsed, "it is for a step size of --alpha", decay);
            else
                Given.Refuse(parsed, "--alpha gives the step size", rate);
            var size = parsed.GetValue(alpha) is not { } constant ? StepSize.Visits(parsed.GetValue(rate))
                : parsed.GetResult(decay) is { Implicit: false } ? StepSize.Decaying(constant, parsed.GetValue(decay))
                : StepSize.Constant(constant);
            var picture = parsed.GetValue(draw);
            if (picture is not null)
            {
                PlotVerb.CheckName(picture);
                OutputFile.WriteText(picture, MdpGraph.Render(process));
            }

            var result = new Result(
                process, parsed.GetValue(gamma), parsed.GetValue(policy), parsed.GetValue(episodes), parsed.GetValue(length),
                parsed.GetValue(steps), size, parsed.GetValue(seed));
            if (parsed.GetValue(json))
                Output.Json(result.ToJson(picture));
            else
                result.Print(picture);
            return 0;
        });
        return command;
    }

    private sealed class Result
    {
        private readonly MarkovDecisionProcess _process;
        private readonly double _gamma;
        private readonly string _policy;
        private readonly int _episodes;
        private readonly int _length;
        private readonly long _learning;
        private readonly StepSize _size;
        private readonly ulong _seed;
        private readonly List<(string Name, double[] Returns)> _played;
        private readonly double[,] _q;
        private readonly double[,] _iterated;
        private readonly double[,] _learnt;
        private readonly int[] _optimal;
        private readonly int[] _learntPolicy;
        private readonly int _sweeps;
        private readonly bool _converged;

        public Result(
            MarkovDecisionProcess process, double gamma, string? policy, int episodes, int length, long learning, StepSize size, ulong seed)
        {
            (_process, _gamma, _policy, _episodes) = (process, gamma, policy ?? Optimal, episodes);
            (_length, _learning, _size, _seed) = (length, learning, size, seed);
            List<string> known = [Random, .. process.Policies.Keys, Learnt, Optimal];
            if (policy is not null && !known.Contains(policy, StringComparer.OrdinalIgnoreCase))
                throw new FastDqnException(ErrorKind.Usage, $"unknown policy '{policy}'; known: {string.Join(", ", known)}");
            _q = MdpSolver.FixedPoint(process, gamma);
            _optimal = MdpSolver.Greedy(process, _q);
            (_iterated, _sweeps, _converged) = MdpSolver.ValueIteration(process, gamma);
            _learnt = MdpSolver.QLearning(process, gamma, learning, new RandomStream(seed, "mdp-learn"), size);
            _learntPolicy = MdpSolver.Greedy(process, _learnt);
            _played = [.. known.Where(name => policy is null || name.Equals(policy, StringComparison.OrdinalIgnoreCase)).Select(Played)];
        }

        private double Error => MdpSolver.Distance(_learnt, _q);

        private string Short => _converged ? ""
            : string.Create(
                CultureInfo.InvariantCulture, $", cut short: at most {MdpSolver.Distance(_iterated, _q):0.######} from the exact values");

        private IEnumerable<string> Ends => _process.States.Where((_, state) => _process.IsTerminal(state));

        /// <summary>The states in which Q-learning's values choose another action than the exact ones.</summary>
        private IEnumerable<string> Wrong => _process.States.Where((_, state) => _learntPolicy[state] != _optimal[state]);

        public JsonObject ToJson(string? picture)
        {
            var returns = _played.First(p => p.Name.Equals(_policy, StringComparison.OrdinalIgnoreCase)).Returns;
            return new()
            {
                ["states"] = Names(_process.States),
                ["actions"] = Names(_process.Actions),
                ["transition_probabilities"] = Pairs((state, action) => Numbers(_process.Probabilities(state, action))),
                ["rewards"] = Pairs((state, action) => Numbers(_process.Rewards(state, action))),
                ["gamma"] = _gamma,
                ["q"] = Table(_q),
                ["value_iteration"] = Table(_iterated),
                ["value_iteration_sweeps"] = _sweeps,
                ["value_iteration_converged"] = _converged,
                ["optimal_policy"] = Policy(_optimal),
                ["q_learning"] = Table(_learnt),
                ["q_learning_steps"] = _learning,
                ["q_learning_step_size"] = _size.ToString(),
                ["q_learning_error"] = Error,
                ["q_learning_policy"] = Policy(_learntPolicy),
                ["episodes"] = _episodes,
                ["length"] = _length,
                ["policies"] = new JsonObject(_played.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)Summary(p.Returns)))),
                ["policy"] = _policy,
                ["mean_return"] = returns.Average(),
                ["std_return"] = Deviation(returns),
                ["min_return"] = returns.Min(),
                ["max_return"] = returns.Max(),
                ["files"] = picture is null ? new JsonArray() : new JsonArray(picture),
            };
        }

        public void Print(string? picture)
        {
            PrintPairs("probabilities of the next state", "0.###", (state, action) => _process.Probabilities(state, action).ToArray());
            PrintPairs("rewards by next state", "+0.###;-0.###", (state, action) => _process.Rewards(state, action).ToArray());
            List<string[]> rows = [["state", "action", "exact Q", "", "value iteration", "Q-learning", ""]];
            for (var state = 0; state < _process.States.Count; state++)
            {
                for (var action = 0; action < _process.Actions.Count; action++)
                {
                    if (!_process.IsPossible(state, action))
                        continue;
                    rows.Add(
                    [
                        _process.States[state],
                        _process.Actions[action],
                        _q[state, action].ToString("0.000000", CultureInfo.InvariantCulture),
                        _optimal[state] == action ? "optimal" : "",
                        _iterated[state, action].ToString("0.000000", CultureInfo.InvariantCulture),
                        _learnt[state, action].ToString("0.000000", CultureInfo.InvariantCulture),
                        _learntPolicy[state] == action ? "best" : "",
                    ]);
                }
            }

            Output.Table(rows);
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"gamma {_gamma}; exact: policy iteration; value iteration: {_sweeps} sweeps{Short}"));
            if (Ends.Any())
                Console.Out.WriteLine($"episodes end in {string.Join(", ", Ends)}: no action is possible there");
            var judged = Wrong.Any()
                ? $"its policy is another one in {string.Join(", ", Wrong)}"
                : "its policy is the optimal one";
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Q-learning: {_learning} random steps of size {_size}: at most {Error:0.######} from the exact values, and {judged}"));
            Console.Out.WriteLine();
            Output.Table(
            [
                ["policy", "mean", "std", "min", "max"],
                .. _played.Select(p => new[]
                {
                    p.Name, Decimal(p.Returns.Average()), Decimal(Deviation(p.Returns)), Decimal(p.Returns.Min()), Decimal(p.Returns.Max()),
                }),
            ]);
            Console.Out.WriteLine($"returns of {_episodes} episodes of {_length} steps, undiscounted");
            if (picture is not null)
                Console.Out.WriteLine($"file  {picture}");
        }

        private (string Name, double[] Returns) Played(string name)
        {
            var actions = name switch
            {
                Random => null,
                Optimal => _optimal,
                Learnt => _learntPolicy,
                _ => _process.Policies[name],
            };
            return (name, MdpSolver.Play(_process, actions, _episodes, _length, new RandomStream(_seed, "mdp-play")));
        }

        private void PrintPairs(string title, string format, Func<int, int, double[]> of)
        {
            List<string[]> rows = [["state", .. _process.Actions]];
            for (var state = 0; state < _process.States.Count; state++)
            {
                rows.Add(
                [
                    _process.States[state],
                    .. Enumerable.Range(0, _process.Actions.Count)
                        .Select(action => _process.IsPossible(state, action) ? Named(of(state, action), format) : "-"),
                ]);
            }

            Console.Out.WriteLine(title);
            Output.Table(rows);
            Console.Out.WriteLine();
        }

        /// <summary>What is not nothing, with its next state.</summary>
        private string Named(double[] values, string format)
        {
            var named = values
                .Select((value, next) => (value, next)).Where(v => v.value != 0)
                .Select(v => $"{_process.States[v.next]} {v.value.ToString(format, CultureInfo.InvariantCulture)}").ToList();
            return named.Count > 0 ? string.Join(", ", named) : "0";
        }

        private static string Decimal(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

        private static double Deviation(double[] returns)
        {
            var mean = returns.Average();
            return Math.Sqrt(returns.Average(r => (r - mean) * (r - mean)));
        }

        private static JsonObject Summary(double[] returns) => new()
        {
            ["mean"] = returns.Average(),
            ["std"] = Deviation(returns),
            ["min"] = returns.Min(),
            ["max"] = returns.Max(),
        };

        private static JsonArray Policy(int[] policy) => new([.. policy.Select(a => a < 0 ? null : JsonValue.Create(a))]);

        private static JsonArray Names(IReadOnlyList<string> names) => new([.. names.Select(n => JsonValue.Create(n))]);

        private static JsonArray Numbers(ReadOnlySpan<double> values) => new([.. values.ToArray().Select(v => JsonValue.Create(v))]);

        /// <summary>An array a state of what each action has; null where it is not possible.</summary>
        private JsonArray Pairs(Func<int, int, JsonNode?> of) => new([.. Enumerable.Range(0, _process.States.Count).Select(state =>
            (JsonNode)new JsonArray([.. Enumerable.Range(0, _process.Actions.Count)
                .Select(action => _process.IsPossible(state, action) ? of(state, action) : null)]))]);

        private JsonArray Table(double[,] q) => Pairs((state, action) => Output.Finite(q[state, action]));
    }
}
