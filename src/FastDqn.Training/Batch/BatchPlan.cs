using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Training.Batch;

/// <summary>One training of a batch.</summary>
/// <param name="Name">env__seed, or variant__env__seed: also its folder's name.</param>
/// <param name="Arguments">Arguments of <c>fastdqn train</c>.</param>
/// <param name="Directory">Its run folder.</param>
public sealed record BatchItem(string Name, IReadOnlyList<string> Arguments, string Directory);

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
/// </summary>
public sealed record BatchPlan(string Root, int Parallel, IReadOnlyList<string> Devices, IReadOnlyList<BatchItem> Items)
{
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
        var common = new List<string>();
        if (map.Text("preset", "") is { Length: > 0 } preset)
            common.Add(ConfigPresets.Get(preset).Name);
        if (Full(map, "config", folder) is { } config)
            common.AddRange(["--config", config]);
        if (map.Get("set") is { } set)
            common.AddRange(Settings(path, set, "'set'"));
        var items = new List<BatchItem>();
        foreach (var (variant, arguments) in Variants(path, map))
        {
            foreach (var env in envs)
            {
                foreach (var seed in seeds)
                {
                    var name = $"{variant}{Word(env)}__{ConfigSchema.Get("run.seed").Parse(seed)}";
                    var directory = Path.Combine(runs, name);
                    items.Add(new BatchItem(
                        name, [.. common, .. arguments, "--env", env, "--seed", seed, "--run-dir", directory], directory));
                }
            }
        }

        if (items.GroupBy(item => item.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
            throw map.At(root, $"two runs would have the folder '{twice.Key}': name each environment, seed and variant once, apart");
        var parallel = (int)map.Whole("parallel", 1, 1, int.MaxValue);
        return new BatchPlan(runs, parallel, map.Texts("devices"), items);
    }

    /// <summary>
    /// What stands before the names of each variant's runs, and its arguments; one without either where there are none.
    /// </summary>
    private static List<(string Prefix, IReadOnlyList<string> Arguments)> Variants(string path, YamlMap map)
    {
        if (map.Get("variants") is not { } node)
            return [("", [])];
        var variants = new YamlMap(path, node, "'variants'");
        return
        [
            .. variants.Entries.Select(variant => ($"{Word(variant.Key)}__", (IReadOnlyList<string>)
                ["--name", variant.Key, .. Settings(path, variant.Value, $"variant '{variant.Key}'")])),
        ];
    }

    /// <summary>Options as <c>--set key=value</c>.</summary>
    private static IEnumerable<string> Settings(string path, YamlNode node, string what)
    {
        var settings = new YamlMap(path, node, what);
        foreach (var (key, value) in settings.Entries)
        {
            var option = ConfigSchema.TryGet(key, out var known)
                ? known
                : throw settings.At(settings.KeyNode(key), ConfigSchema.Unknown(key));
            if (Given.TryGetValue(option.Name, out var place))
                throw settings.At(settings.KeyNode(key), $"{option.Name} has no place in {what}: '{place}:' gives it to each run");
            var given = string.Join(",", settings.Texts(key));
            try
            {
                _ = option.Parse(given);
            }
            catch (FastDqnException e)
            {
                throw settings.At(value, e.Message);
            }

            yield return "--set";
            yield return $"{option.Name}={given}";
        }
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
}
