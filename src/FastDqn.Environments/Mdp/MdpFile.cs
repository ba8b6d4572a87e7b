using System.Reflection;
using FastDqn.Core;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Environments.Mdp;

/// <summary>Reads a process from YAML; <c>Mdp/tutorial.yaml</c> shows every key.</summary>
public static class MdpFile
{
    private const string Resource = "FastDqn.Environments.Mdp.tutorial.yaml";
    private const int MaxBytes = 1 << 28;
    private const int MaxEntries = 20_000_000;

    /// <summary>Policies that every process has; a file cannot name its own so.</summary>
    public const string RandomPolicy = "random", OptimalPolicy = "optimal", LearntPolicy = "learnt";

    private static readonly string[] OwnPolicies = [RandomPolicy, OptimalPolicy, LearntPolicy];

    /// <summary>The tutorial's process: 3 states, 3 actions, policies `safe` and `risky`.</summary>
    public static MarkovDecisionProcess Tutorial()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!);
        return Parse(reader.ReadToEnd(), "the tutorial's process");
    }

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/> with file and line.</exception>
    public static MarkovDecisionProcess Read(string path) =>
        Parse(InputFile.ReadText(path, "file of a decision process", MaxBytes), path);

    /// <summary>Parses YAML text; <paramref name="source"/> names it in errors.</summary>
    public static MarkovDecisionProcess Parse(string text, string source)
    {
        var root = YamlText.Load(text, source, ErrorKind.BadData, MaxBytes)
            ?? throw new FastDqnException(ErrorKind.BadData, $"{source}: empty; states, actions and transitions are needed");
        return new Parser(source).Process(root);
    }

    private sealed class Parser(string source)
    {
        private List<string> _states = [];
        private List<string> _actions = [];

        public MarkovDecisionProcess Process(YamlNode root)
        {
            var map = Map(root, "the process", ["states", "actions", "start", "transitions", "policies"]);
            _states = Names(map, "states");
            _actions = Names(map, "actions");
            if ((long)_states.Count * _states.Count * _actions.Count > MaxEntries)
                throw map.At(root, $"{_states.Count} states and {_actions.Count} actions need tables of more than {MaxEntries} entries");
            var probabilities = new double[_states.Count, _actions.Count, _states.Count];
            var rewards = new double[_states.Count, _actions.Count, _states.Count];
            if (map.Get("transitions") is not YamlSequenceNode rows)
                throw map.At(root, "transitions are needed: a list of {state, action, next, reward}");
            var seen = new HashSet<(int State, int Action)>();
            foreach (var row in rows)
                Transition(row, probabilities, rewards, seen);
            var start = map.Get("start") is { } first ? Index(_states, map, first, "state") : 0;
            var policies = new Dictionary<string, int[]>(StringComparer.OrdinalIgnoreCase);
            if (map.Get("policies") is { } named)
            {
                var texts = Map(named, "policies");
                foreach (var (name, node) in texts.Entries)
                {
                    var key = texts.KeyNode(name);
                    if (OwnPolicies.Contains(name, StringComparer.OrdinalIgnoreCase))
                        throw map.At(key, $"policy {name}: every process has one of this name: give another");
                    if (!policies.TryAdd(CheckName(map, key, name), Policy(name, node, seen)))
                        throw map.At(key, $"policy {name} is given twice (upper and lower case are one)");
                }
            }

            if (seen.All(pair => pair.State != start))
                throw map.At(map.Get("start") ?? root, $"{_states[start]} has no actions, and episodes start there: they end at once");

            return new MarkovDecisionProcess(_states, _actions, probabilities, rewards, start, policies);
        }

        private void Transition(YamlNode row, double[,,] probabilities, double[,,] rewards, HashSet<(int State, int Action)> seen)
        {
            var map = Map(row, "a transition", ["state", "action", "next", "reward"]);
            if (map.Get("state") is not { } stateNode || map.Get("action") is not { } actionNode || map.Get("next") is not { } next)
                throw map.At(row, "a transition needs state, action and next");
            var (state, action) = (Index(_states, map, stateNode, "state"), Index(_actions, map, actionNode, "action"));
            if (!seen.Add((state, action)))
                throw map.At(row, $"{_states[state]}, {_actions[action]} is given twice");
            Fill(probabilities, Map(next, "next"));
            if (map.Get("reward") is { } reward)
                Fill(rewards, Map(reward, "reward"));
            double[] p = [.. Enumerable.Range(0, _states.Count).Select(to => probabilities[state, action, to])];
            double[] r = [.. Enumerable.Range(0, _states.Count).Select(to => rewards[state, action, to])];
            if (MarkovDecisionProcess.Problem(_states, p, r) is { } problem)
                throw map.At(row, $"in {_states[state]}, {_actions[action]}: {problem}");

            void Fill(double[,,] table, YamlMap values)
            {
                foreach (var (name, value) in values.Entries)
                    table[state, action, State(values, name)] = values.Number(value, name);
            }
        }

        private int[] Policy(string name, YamlNode node, HashSet<(int State, int Action)> possible)
        {
            var map = Map(node, $"policy {name}");
            var policy = Enumerable.Repeat(-1, _states.Count).ToArray();
            foreach (var (stateName, actionNode) in map.Entries)
            {
                var (state, action) = (State(map, stateName), Index(_actions, map, actionNode, "action"));
                if (!possible.Contains((state, action)))
                    throw map.At(actionNode, $"policy {name}: {_actions[action]} is not possible in {_states[state]}");
                policy[state] = action;
            }

            for (var state = 0; state < policy.Length; state++)
            {
                if (policy[state] < 0 && possible.Any(pair => pair.State == state))
                    throw map.At(node, $"policy {name} says nothing for {_states[state]}");
            }

            return policy;
        }

        private static List<string> Names(YamlMap map, string key)
        {
            if (map.Get(key) is not YamlSequenceNode { Children.Count: > 0 } list)
                throw map.At(map.Node, $"{key} are needed: a list of names");
            var names = list.Select(node => CheckName(map, node, map.Text(node, key))).ToList();
            return names.Distinct().Count() == names.Count ? names : throw map.At(list, $"{key} has a name twice");
        }

        /// <summary>A name is shown in the terminal and in pictures.</summary>
        private static string CheckName(YamlMap map, YamlNode node, string name) =>
            name.Length > 0 && !name.Any(char.IsControl)
                ? name
                : throw map.At(node, name.Length == 0 ? "a name is empty" : "a name holds a control character");

        private YamlMap Map(YamlNode node, string what, string[]? allowed = null) => new(source, node, what, allowed, ErrorKind.BadData);

        private int State(YamlMap map, string name) =>
            _states.IndexOf(name) is var index and >= 0 ? index : throw map.At(map.Node, $"unknown state '{name}'");

        private static int Index(List<string> names, YamlMap map, YamlNode node, string kind)
        {
            var name = map.Text(node, kind);
            return names.IndexOf(name) is var index and >= 0
                ? index
                : throw map.At(node, $"unknown {kind} '{name}'; known: {string.Join(", ", names.Take(10))}");
        }
    }
}
