using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Training.Batch;

/// <summary>One training of a batch.</summary>
/// <param name="Name">env__seed, or variant__env__seed: also its folder's name.</param>
/// <param name="Arguments">Arguments of <c>fastdqn train</c>.</param>
/// <param name="Directory">Its run folder.</param>
public sealed record BatchItem(string Name, IReadOnlyList<string> Arguments, string Directory)
{
    /// <summary>The lines of the file that its options stand in, by option.</summary>
    public IReadOnlyDictionary<string, long> Lines { get; init; } = new Dictionary<string, long>();
}

/// <summary>
/// A batch file: <c>envs</c> x <c>seeds</c> of one configuration, or of each of its <c>variants</c>.
/// <code>
/// root: runs/comparison      # folder of the run folders
/// preset: dqn-atari          # optional
/// config: base.yaml          # optional
/// envs: [breakout, pong]
/// seeds: [1, 2, 3]
/// parallel: 2                # side by side
/// devices: [0, 1]            # CUDA devices handed out in turn; optional
/// set: { train.steps: 50000 }
/// variants:                  # each with every environment and seed, under its name; optional
///   plain: {}
///   double: { target.double: true }
/// </code>
/// A variant lies over <c>set</c>: what it sets, or takes the place of, has no say there.
/// </summary>
public sealed record BatchPlan(string Root, int Parallel, IReadOnlyList<string> Devices, IReadOnlyList<BatchItem> Items)
{
    // What a name in a folder may take (Linux).
    private const int LongestName = 255;

    private const string RunName = "run.name";

    private static readonly string[] Keys = ["root", "preset", "config", "envs", "seeds", "parallel", "devices", "set", "variants"];

    /// <summary>Options that the batch itself gives each run, and the key that they come from.</summary>
    private static readonly Dictionary<string, string> Given = new(StringComparer.Ordinal)
    {
        ["env.name"] = "envs",
        ["run.seed"] = "seeds",
        ["run.dir"] = "root",
        ["run.root"] = "root",
    };

    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/> with line and column; <see cref="ErrorKind.BadData"/>: it cannot be read.
    /// </exception>
    public static BatchPlan Read(string path)
    {
        var text = InputFile.ReadText(path, "batch file", wrongInside: ErrorKind.Usage);
        var root = YamlText.Load(text, path)
            ?? throw new FastDqnException(ErrorKind.Usage, $"{path}: a batch file has 'envs:' and 'seeds:'");
        var map = new YamlMap(path, root, "the batch file", Keys);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var runs = Full(map, "root", Directory.GetCurrentDirectory())
            ?? Path.GetFullPath(Path.Combine("runs", Path.GetFileNameWithoutExtension(path)));
        var envs = map.Texts("envs");
        var seeds = map.Texts("seeds");
        if (envs.Count == 0)
            throw map.At(root, "'envs:' names no environment");
        if (seeds.Count == 0)
            seeds = ["1"];
        var first = new List<string>();
        if (map.Text("preset", "") is { Length: > 0 } preset)
            first.Add(preset == ConfigPresets.None ? preset : Placed(map, "preset", () => ConfigPresets.Get(preset).Name));
        if (Full(map, "config", folder) is { } config)
            first.AddRange(["--config", config]);
        var set = map.Get("set") is { } common ? Settings.Read(path, common, "'set'") : Settings.None;
        if (map.Has("variants") && set.Named.ContainsKey(RunName))
            throw map.At(map.Get("set")!, $"{RunName} has no place in 'set' beside 'variants:', whose names the runs get");
        var items = new List<BatchItem>();
        foreach (var (variant, settings) in Variants(path, map, set))
        {
            foreach (var env in envs)
            {
                foreach (var seed in seeds)
                {
                    var name = $"{variant}{Word(env)}__{Placed(map, "seeds", () => ConfigSchema.Get("run.seed").Parse(seed))}";
                    if (name.Length > LongestName)
                        throw map.At(root, $"a run's folder would have a name of {name.Length} characters, at most {LongestName}: {name}");
                    var directory = Path.Combine(runs, name);
                    items.Add(new BatchItem(
                        name, [.. first, .. settings.Arguments, "--env", env, "--seed", seed, "--run-dir", directory], directory)
                    {
                        Lines = settings.Named.ToDictionary(s => s.Key, s => s.Value.Line, StringComparer.Ordinal),
                    });
                }
            }
        }

        if (items.GroupBy(item => item.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
            throw map.At(root, $"two runs would have the folder '{twice.Key}': name each environment, seed and variant once, apart");
        var parallel = (int)map.Whole("parallel", 1, 1, int.MaxValue);
        return new BatchPlan(runs, parallel, map.Texts("devices"), items);
    }

    /// <summary>Reads a key's value; an error names the line that it stands on.</summary>
    private static T Placed<T>(YamlMap map, string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FastDqnException e)
        {
            throw map.At(map.Get(key) ?? map.Node, $"'{key}': {e.Message}");
        }
    }

    /// <summary>
    /// What stands before the names of each variant's runs, and its settings; one without either where there are none.
    /// </summary>
    private static List<(string Prefix, Settings Settings)> Variants(string path, YamlMap map, Settings common)
    {
        if (map.Get("variants") is not { } node)
            return [("", common)];
        var variants = new YamlMap(path, node, "'variants'");
        return
        [
            .. variants.Entries.Select(variant => (
                $"{Word(variant.Key)}__",
                Settings.Read(path, variant.Value, $"variant '{variant.Key}'").Over(common)
                    .WithDefault(RunName, variant.Key, variants.KeyNode(variant.Key).Start.Line))),
        ];
    }

    /// <summary>A name as a part of a folder's.</summary>
    private static string Word(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));

    private static string? Full(YamlMap map, string key, string from)
    {
        if (map.Get(key) is not { } node)
            return null;
        var text = map.Text(node, key);
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            throw map.At(node, $"'{key}' is a path");
        return Path.GetFullPath(text, from);
    }

    /// <summary>Options with their values as text, and the lines that they stand in.</summary>
    private sealed record Settings(IReadOnlyDictionary<string, (string Text, object Value, long Line)> Named)
    {
        public static Settings None { get; } = new(new Dictionary<string, (string, object, long)>());

        /// <summary>As <c>--set key=value</c>.</summary>
        public IEnumerable<string> Arguments => Named.SelectMany(s => new[] { "--set", $"{s.Key}={s.Value.Text}" });

        private Dictionary<string, object> Values => Named.ToDictionary(s => s.Key, s => s.Value.Value, StringComparer.Ordinal);

        public static Settings Read(string path, YamlNode node, string what)
        {
            var map = new YamlMap(path, node, what);
            var named = new Dictionary<string, (string, object, long)>(StringComparer.Ordinal);
            foreach (var (key, value) in map.Entries)
            {
                var keyNode = map.KeyNode(key);
                var option = ConfigSchema.TryGet(key, out var known) ? known : throw map.At(keyNode, ConfigSchema.Unknown(key));
                if (Given.TryGetValue(option.Name, out var place))
                    throw map.At(keyNode, $"{option.Name} has no place in {what}: '{place}:' gives it to each run");
                var text = string.Join(",", map.Texts(key));
                try
                {
                    named.Add(option.Name, (text, option.Parse(text), keyNode.Start.Line));
                }
                catch (FastDqnException e)
                {
                    throw map.At(value, e.Message);
                }
            }

            return new(named);
        }

        /// <summary>These, and of those below what they leave.</summary>
        public Settings Over(Settings below)
        {
            var replaced = Alternatives.Replaced(Values, below.Values);
            return new(below.Named.Where(s => !replaced.Contains(s.Key)).Concat(Named).ToDictionary(StringComparer.Ordinal));
        }

        public Settings WithDefault(string option, string text, long line) => Named.ContainsKey(option) ? this
            : new(Named.Append(new(option, (text, ConfigSchema.Get(option).Parse(text), line))).ToDictionary(StringComparer.Ordinal));
    }
}
