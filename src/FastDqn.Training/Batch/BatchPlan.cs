using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Yaml;

namespace FastDqn.Training.Batch;

/// <summary>One training of a batch.</summary>
/// <param name="Name">env__seed: also its folder's name.</param>
/// <param name="Arguments">Arguments of <c>fastdqn train</c>.</param>
/// <param name="Directory">Its run folder.</param>
public sealed record BatchItem(string Name, IReadOnlyList<string> Arguments, string Directory);

/// <summary>
/// A batch file: <c>envs</c> x <c>seeds</c> of one configuration.
/// <code>
/// root: runs/comparison      # folder of the run folders
/// preset: dqn-atari          # optional
/// config: base.yaml          # optional
/// envs: [breakout, pong]
/// seeds: [1, 2, 3]
/// parallel: 2                # side by side
/// devices: [0, 1]            # CUDA devices handed out in turn; optional
/// set: { train.steps: 50000 }
/// </code>
/// </summary>
public sealed record BatchPlan(string Root, int Parallel, IReadOnlyList<string> Devices, IReadOnlyList<BatchItem> Items)
{
    private static readonly string[] Keys = ["root", "preset", "config", "envs", "seeds", "parallel", "devices", "set"];

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
        {
            var settings = new YamlMap(path, set, "'set'");
            foreach (var (key, value) in settings.Entries)
            {
                var option = ConfigSchema.TryGet(key, out var known)
                    ? known
                    : throw map.At(settings.KeyNode(key), ConfigSchema.Unknown(key));
                var given = string.Join(",", settings.Texts(key));
                try
                {
                    _ = option.Parse(given);
                }
                catch (FastDqnException e)
                {
                    throw map.At(value, e.Message);
                }

                common.AddRange(["--set", $"{option.Name}={given}"]);
            }
        }

        var items = new List<BatchItem>();
        foreach (var env in envs)
        {
            foreach (var seed in seeds)
            {
                var game = string.Concat(env.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
                var name = $"{game}__{ConfigSchema.Get("run.seed").Parse(seed)}";
                var directory = Path.Combine(runs, name);
                items.Add(new BatchItem(name, [.. common, "--env", env, "--seed", seed, "--run-dir", directory], directory));
            }
        }

        var parallel = (int)map.Whole("parallel", 1, 1, int.MaxValue);
        return new BatchPlan(runs, parallel, map.Texts("devices"), items);
    }

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
