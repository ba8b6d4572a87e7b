using System.Globalization;
using FastDqn.Core;
using FastDqn.Training.Configuration;
using YamlDotNet.RepresentationModel;

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
        if (YamlConfig.Load(InputFile.ReadText(path, "batch file", wrongInside: ErrorKind.Usage), path) is not YamlMappingNode map)
            throw new FastDqnException(ErrorKind.Usage, $"{path}: a batch file has 'envs:' and 'seeds:'");
        foreach (var key in map.Children.Keys)
        {
            var name = key is YamlScalarNode word ? word.Value ?? "" : throw YamlConfig.At(path, key, "a key must be a word");
            if (!Keys.Contains(name))
                throw YamlConfig.At(path, key, $"unknown key '{name}'{NearestMatch.Hint(name, Keys)}");
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var root = Full(map, "root", path, Directory.GetCurrentDirectory()) ?? Path.GetFullPath(Path.Combine("runs", Path.GetFileNameWithoutExtension(path)));
        var envs = List(map, "envs", path);
        var seeds = List(map, "seeds", path);
        if (envs.Count == 0)
            throw YamlConfig.At(path, map, "'envs:' names no environment");
        if (seeds.Count == 0)
            seeds = ["1"];
        var common = new List<string>();
        if (Scalar(map, "preset") is { } preset)
            common.Add(ConfigPresets.Get(preset).Name);
        if (Full(map, "config", path, folder) is { } config)
            common.AddRange(["--config", config]);
        if (map.Children.TryGetValue("set", out var set))
        {
            foreach (var (key, value) in set as YamlMappingNode ?? throw YamlConfig.At(path, set, "'set:' holds key: value lines"))
            {
                var option = ConfigSchema.TryGet(key.ToString(), out var known)
                    ? known
                    : throw YamlConfig.At(path, key, ConfigSchema.Unknown(key.ToString()));
                var text2 = value is YamlSequenceNode list ? string.Join(",", list.Children) : value.ToString();
                try
                {
                    _ = option.Parse(text2);
                }
                catch (FastDqnException e)
                {
                    throw YamlConfig.At(path, value, e.Message);
                }

                common.AddRange(["--set", $"{option.Name}={text2}"]);
            }
        }

        var items = new List<BatchItem>();
        foreach (var env in envs)
        {
            foreach (var seed in seeds)
            {
                var name = $"{string.Concat(env.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'))}__{ConfigSchema.Get("run.seed").Parse(seed)}";
                var directory = Path.Combine(root, name);
                items.Add(new BatchItem(name, [.. common, "--env", env, "--seed", seed, "--run-dir", directory], directory));
            }
        }

        var parallel = 1;
        if (map.Children.TryGetValue("parallel", out var number)
            && !(int.TryParse(number.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out parallel) && parallel > 0))
        {
            throw YamlConfig.At(path, number, $"'parallel: {number}' is not a whole number from 1 on");
        }

        return new BatchPlan(root, parallel, List(map, "devices", path), items);
    }

    private static string? Scalar(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(key, out var node) && node is YamlScalarNode scalar ? scalar.Value : null;

    private static string? Full(YamlMappingNode map, string key, string path, string from)
    {
        if (Scalar(map, key) is not { } text)
            return null;
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            throw YamlConfig.At(path, map.Children[key], $"'{key}:' is a path");
        return Path.GetFullPath(text, from);
    }

    private static List<string> List(YamlMappingNode map, string key, string path)
    {
        if (!map.Children.TryGetValue(key, out var node))
            return [];
        return node switch
        {
            YamlSequenceNode list => [.. list.Children.Select(c => c.ToString())],
            YamlScalarNode { Value.Length: > 0 } scalar => [scalar.Value!],
            _ => throw YamlConfig.At(path, node, $"'{key}:' is a list"),
        };
    }
}
