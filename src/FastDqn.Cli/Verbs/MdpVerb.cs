using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Mdp;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn mdp</c>: policies of a Markov decision process, and its optimal values.</summary>
internal static class MdpVerb
{
    private const string Random = "random", Optimal = "optimal";

    public static Command Create()
    {
        var command = new Command("mdp", "Play and solve a Markov decision process: the tutorial's, or one from YAML");
        var file = new Argument<string?>("file")
        {
            Description = "YAML file of a process; without: the tutorial's (3 states, 3 actions)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var policy = new Option<string>("--policy")
        {
            Description = "Who plays: random, optimal, or a policy of the file (the tutorial's: safe, risky)",
            DefaultValueFactory = _ => Optimal,
        };
        var gamma = new Option<double>("--gamma")
        {
            Description = "Discount a step, at least 0 and below 1",
            DefaultValueFactory = _ => 0.95,
        };
        var episodes = new Option<int>("--episodes") { Description = "Episodes played", DefaultValueFactory = _ => 1000 };
        var steps = new Option<int>("--steps") { Description = "Longest episode (steps)", DefaultValueFactory = _ => 100 };
        var learning = new Option<long>("--learn")
        {
            Description = "Steps of Q-learning, acting at random",
            DefaultValueFactory = _ => MdpSolver.LearningSteps,
        };
        var rate = new Option<double>("--rate")
        {
            Description = "Q-learning's step size is visits^-RATE: above 0.5, at most 1",
            DefaultValueFactory = _ => MdpSolver.LearningRate,
        };
        var seed = new Option<ulong>("--seed") { Description = "Seed of everything random", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "Print the result as one JSON document on stdout" };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { policy, gamma, episodes, steps, learning, rate, seed, json })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var process = parsed.GetValue(file) is { } path ? MdpFile.Read(path) : MdpFile.Tutorial();
            if (parsed.GetValue(episodes) < 1 || parsed.GetValue(steps) < 1 || parsed.GetValue(learning) < 0)
                throw new FastDqnException(ErrorKind.Usage, "--episodes and --steps must be at least 1, --learn at least 0");
            var result = new Result(
                process, parsed.GetValue(gamma), parsed.GetValue(policy)!, parsed.GetValue(episodes), parsed.GetValue(steps),
                parsed.GetValue(learning), parsed.GetValue(rate), parsed.GetValue(seed));
            if (parsed.GetValue(json))
                Output.Json(result.ToJson());
            else
                result.Print();
            return 0;
        });
        return command;
    }

    private sealed class Result
    {
        private readonly MarkovDecisionProcess _process;
        private readonly double _gamma;
        private readonly string _policy;
        private readonly int _steps;
        private readonly long _learning;
        private readonly double _rate;
        private readonly double[] _returns;
        private readonly double[,] _q;
        private readonly double[,] _learnt;
        private readonly int[] _optimal;
        private readonly int[] _learntPolicy;
        private readonly int _sweeps;

        public Result(
            MarkovDecisionProcess process, double gamma, string policy, int episodes, int steps, long learning, double rate, ulong seed)
        {
            (_process, _gamma, _policy, _steps, _learning, _rate) = (process, gamma, policy, steps, learning, rate);
            _q = MdpSolver.FixedPoint(process, gamma);
            _optimal = MdpSolver.Greedy(process, _q);
            (_, _sweeps) = MdpSolver.ValueIteration(process, gamma);
            _returns = MdpSolver.Play(process, Actions(policy), episodes, steps, new RandomStream(seed, "mdp-play"));
            _learnt = MdpSolver.QLearning(process, gamma, learning, new RandomStream(seed, "mdp-learn"), rate);
            _learntPolicy = MdpSolver.Greedy(process, _learnt);
        }

        private double Error => MdpSolver.Distance(_learnt, _q);

        /// <summary>The states in which Q-learning's values choose another action than the exact ones.</summary>
        private IEnumerable<string> Wrong => _process.States.Where((_, state) => _learntPolicy[state] != _optimal[state]);

        private double Mean => _returns.Average();

        private double Deviation => Math.Sqrt(_returns.Average(r => (r - Mean) * (r - Mean)));

        public JsonObject ToJson() => new()
        {
            ["states"] = Names(_process.States),
            ["actions"] = Names(_process.Actions),
            ["gamma"] = _gamma,
            ["q"] = Table(_q),
            ["q_learning"] = Table(_learnt),
            ["q_learning_steps"] = _learning,
            ["q_learning_rate"] = _rate,
            ["q_learning_error"] = Error,
            ["q_learning_policy"] = Policy(_learntPolicy),
            ["value_iteration_sweeps"] = _sweeps,
            ["optimal_policy"] = Policy(_optimal),
            ["policy"] = _policy,
            ["episodes"] = _returns.Length,
            ["steps"] = _steps,
            ["mean_return"] = Mean,
            ["std_return"] = Deviation,
            ["min_return"] = _returns.Min(),
            ["max_return"] = _returns.Max(),
        };

        public void Print()
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"policy {_policy}: return {Mean:0.0} +- {Deviation:0.0}, {_returns.Min():0.#} to {_returns.Max():0.#} "
                + $"({_returns.Length} episodes of {_steps} steps, undiscounted)"));
            Console.Out.WriteLine();
            List<string[]> rows = [["state", "action", "exact Q", "", "Q-learning", ""]];
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
                        _learnt[state, action].ToString("0.000000", CultureInfo.InvariantCulture),
                        _learntPolicy[state] == action ? "best" : "",
                    ]);
                }
            }

            Output.Table(rows);
            Console.Out.WriteLine();
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"gamma {_gamma}; exact: policy iteration (value iteration: {_sweeps} sweeps to the same)"));
            var judged = Wrong.Any()
                ? $"its policy is wrong in {string.Join(", ", Wrong)}: more steps (--learn) bring it nearer"
                : "its policy is the optimal one";
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Q-learning: {_learning} random steps of size visits^-{_rate}: ")
                + string.Create(CultureInfo.InvariantCulture, $"at most {Error:0.######} from the exact values, and {judged}"));
        }

        private int[]? Actions(string name)
        {
            if (name == Random)
                return null;
            if (name == Optimal)
                return _optimal;
            return _process.Policies.TryGetValue(name, out var policy)
                ? policy
                : throw new FastDqnException(
                    ErrorKind.Usage, $"unknown policy '{name}'; known: {string.Join(", ", [Random, .. _process.Policies.Keys, Optimal])}");
        }

        private static JsonArray Policy(int[] policy) => new([.. policy.Select(a => a < 0 ? null : JsonValue.Create(a))]);

        private static JsonArray Names(IReadOnlyList<string> names) => new([.. names.Select(n => JsonValue.Create(n))]);

        private JsonArray Table(double[,] q) => new([.. Enumerable.Range(0, _process.States.Count).Select(state =>
            (JsonNode)new JsonArray([.. Enumerable.Range(0, _process.Actions.Count).Select(action => Output.Finite(q[state, action]))]))]);
    }
}
