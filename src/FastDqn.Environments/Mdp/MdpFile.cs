using System.Globalization;
using System.Reflection;
using FastDqn.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Environments.Mdp;

/// <summary>Reads a process from YAML; <c>Mdp/tutorial.yaml</c> shows every key.</summary>
public static class MdpFile
{
    private const string Resource = "FastDqn.Environments.Mdp.tutorial.yaml";
    private const int MaxBytes = 1 << 28;
    private const int MaxEntries = 20_000_000;

    /// <summary>The tutorial's process: 3 states, 3 actions, policies `safe` and `risky`.</summary>
    public static MarkovDecisionProcess Tutorial()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!);
        return Parse(reader, "the tutorial's process");
    }

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/> with file and line.</exception>
    public static MarkovDecisionProcess Read(string path)
    {
        using var reader = new StringReader(InputFile.ReadText(path, "file of a decision process", MaxBytes));
        return Parse(reader, path);
    }

    /// <summary>Parses YAML text; <paramref name="source"/> names it in errors.</summary>
    public static MarkovDecisionProcess Parse(TextReader reader, string source)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(reader);
        }
        catch (YamlException e)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{source}:{e.Start.Line}:{e.Start.Column}: bad YAML: {e.Message.ReplaceLineEndings(" ")}", e);
        }

        if (yaml.Documents.Count == 0)
            throw new FastDqnException(ErrorKind.BadData, $"{source}: empty; states, actions and transitions are needed");
        return new Parser(source).Process(yaml.Documents[0].RootNode);
    }

    private sealed class Parser(string source)
    {
        private List<string> _states = [];
        private List<string> _actions = [];

        public MarkovDecisionProcess Process(YamlNode root)
        {
            var keys = Map(root, "the process", ["states", "actions", "start", "transitions", "policies"]);
            _states = Names(keys, root, "states");
            _actions = Names(keys, root, "actions");
            if ((long)_states.Count * _states.Count * _actions.Count > MaxEntries)
                throw Bad(root, $"{_states.Count} states and {_actions.Count} actions need tables of more than {MaxEntries} entries");
            var probabilities = new double[_states.Count, _actions.Count, _states.Count];
            var rewards = new double[_states.Count, _actions.Count, _states.Count];
            if (!keys.TryGetValue("transitions", out var transitions) || transitions is not YamlSequenceNode rows)
                throw Bad(root, "transitions are needed: a list of {state, action, next, reward}");
            var seen = new HashSet<(int, int)>();
            foreach (var row in rows)
                Transition(row, probabilities, rewards, seen);
            var start = keys.TryGetValue("start", out var first) ? State(first) : 0;
            var policies = new Dictionary<string, int[]>(StringComparer.OrdinalIgnoreCase);
            if (keys.TryGetValue("policies", out var named))
            {
                foreach (var (name, node) in Map(named, "policies", null))
                    policies.Add(name, Policy(name, node, seen));
            }

            try
            {
                return new MarkovDecisionProcess(_states, _actions, probabilities, rewards, start, policies);
            }
            catch (FastDqnException e)
            {
                throw new FastDqnException(ErrorKind.BadData, $"{source}: {e.Message}", e);
            }
        }

        private void Transition(YamlNode row, double[,,] probabilities, double[,,] rewards, HashSet<(int, int)> seen)
        {
            var keys = Map(row, "a transition", ["state", "action", "next", "reward"]);
            if (!keys.TryGetValue("state", out var stateNode) || !keys.TryGetValue("action", out var actionNode) || !keys.TryGetValue("next", out var next))
                throw Bad(row, "a transition needs state, action and next");
            var (state, action) = (State(stateNode), Index(_actions, actionNode, "action"));
            if (!seen.Add((state, action)))
                throw Bad(row, $"{_states[state]}, {_actions[action]} is given twice");
            foreach (var (name, value) in Map(next, "next", null))
                probabilities[state, action, State(name, next)] = Number(value);
            if (keys.TryGetValue("reward", out var reward))
            {
                foreach (var (name, value) in Map(reward, "reward", null))
                    rewards[state, action, State(name, reward)] = Number(value);
            }
        }

        private int[] Policy(string name, YamlNode node, HashSet<(int State, int Action)> possible)
        {
            var policy = Enumerable.Repeat(-1, _states.Count).ToArray();
            foreach (var (stateName, actionNode) in Map(node, $"policy {name}", null))
            {
                var (state, action) = (State(stateName, node), Index(_actions, actionNode, "action"));
                if (!possible.Contains((state, action)))
                    throw Bad(actionNode, $"policy {name}: {_actions[action]} is not possible in {_states[state]}");
                policy[state] = action;
            }

            for (var state = 0; state < policy.Length; state++)
            {
                if (policy[state] < 0 && possible.Any(pair => pair.State == state))
                    throw Bad(node, $"policy {name} says nothing for {_states[state]}");
            }

            return policy;
        }

        private List<string> Names(Dictionary<string, YamlNode> keys, YamlNode root, string key)
        {
            if (!keys.TryGetValue(key, out var node) || node is not YamlSequenceNode list || !list.Any())
                throw Bad(root, $"{key} are needed: a list of names");
            var names = list.Select(n => Text(n, key)).ToList();
            return names.Distinct().Count() == names.Count ? names : throw Bad(node, $"{key} has a name twice");
        }

        private Dictionary<string, YamlNode> Map(YamlNode node, string what, string[]? allowed)
        {
            if (node is not YamlMappingNode map)
                throw Bad(node, $"{what} must be a mapping");
            var keys = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
            foreach (var (key, value) in map)
            {
                var name = Text(key, what);
                if (allowed is not null && !allowed.Contains(name))
                    throw Bad(key, $"unknown key '{name}' in {what}; known: {string.Join(", ", allowed)}");
                keys[name] = value;
            }

            return keys;
        }

        private int State(YamlNode node) => Index(_states, node, "state");

        private int State(string name, YamlNode at) => _states.IndexOf(name) is var index and >= 0 ? index : throw Bad(at, $"unknown state '{name}'");

        private int Index(List<string> names, YamlNode node, string kind)
        {
            var name = Text(node, kind);
            return names.IndexOf(name) is var index and >= 0 ? index : throw Bad(node, $"unknown {kind} '{name}'; known: {string.Join(", ", names.Take(10))}");
        }

        private double Number(YamlNode node) =>
            double.TryParse(Text(node, "a number"), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw Bad(node, $"'{Text(node, "a number")}' is not a number");

        private string Text(YamlNode node, string what) =>
            node is YamlScalarNode { Value: { } value } ? value : throw Bad(node, $"{what}: a plain value is needed");

        private FastDqnException Bad(YamlNode node, string what) =>
            new(ErrorKind.BadData, $"{source}:{node.Start.Line}:{node.Start.Column}: {what}");
    }
}
