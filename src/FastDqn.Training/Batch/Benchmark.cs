using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Batch;

/// <summary>
/// A suite's games with one or more algorithms and several seeds: the batch file that trains and evaluates them, and
/// what came of it. The same benchmark may grow: more algorithms and more seeds keep the runs that are there.
/// </summary>
public sealed record Benchmark
{
    /// <summary>The batch file in <see cref="Root"/>.</summary>
    public const string FileName = "batch.yaml";

    /// <summary>Every suite counts its frames with an action repeated for four.</summary>
    private const int FrameSkip = 4;

    /// <summary>Share of a training that an algorithm may spend before it learns.</summary>
    private const double MostWarmUp = 0.25;

    /// <summary>Options that the benchmark gives every run, and what they come from.</summary>
    private static readonly Dictionary<string, string> Fixed = new(StringComparer.Ordinal)
    {
        ["algorithm.name"] = "--algorithm",
        ["train.steps"] = "--frames",
        ["train.episodes"] = "--frames",
        ["env.frame_skip"] = "the suite",
        ["env.name"] = "the suite",
        ["env.rom"] = "the suite",
        ["run.seed"] = "--seeds",
        ["run.dir"] = "--root",
        ["run.root"] = "--root",
        ["eval.protocol"] = "--protocol",
        ["eval.episodes"] = "--episodes",
        ["env.rom_dir"] = "--roms",
    };

    public required AtariSuite Suite { get; init; }
    public required IReadOnlyList<string> Algorithms { get; init; }
    public required int Seeds { get; init; }

    /// <summary>Emulated frames of each training.</summary>
    public required long Frames { get; init; }

    /// <summary>The evaluation at the end of each training, as in <c>eval.protocol</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Episodes of that evaluation.</summary>
    public required int Episodes { get; init; }

    /// <summary>Folder of the batch file and the run folders.</summary>
    public required string Root { get; init; }

    /// <summary>Folder of ROMs; empty: where trainings look.</summary>
    public string Roms { get; init; } = "";

    /// <summary>Further options of every run.</summary>
    public IReadOnlyList<(string Key, string Value)> Settings { get; init; } = [];

    public string File => Path.Combine(Root, FileName);

    /// <summary>
    /// Writes the batch file. One that is there is kept where it says the same, and gives way to more of the same,
    /// whose <c>parallel</c> and <c>devices</c> stay.
    /// </summary>
    /// <returns>The batch; false where the file was there already.</returns>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/>: an option is unknown or the benchmark's own, or the file holds other trainings.
    /// </exception>
    public (BatchPlan Plan, bool Written) Write()
    {
        foreach (var (key, _) in Settings)
        {
            if (Fixed.TryGetValue(key, out var from))
                throw new FastDqnException(ErrorKind.Usage, $"--set {key}: {from} gives it to every run of a benchmark");
        }

        OutputFile.MakeFolder(Root);
        var before = System.IO.File.Exists(File) ? BatchPlan.Read(File) : null;
        var draft = File + ".new";
        OutputFile.WriteText(draft, ToYaml(before));
        try
        {
            var plan = BatchPlan.Read(draft);
            if (before is not null)
            {
                RequireAmong(before, plan);
                if (before.Items.Count == plan.Items.Count && before.Root == plan.Root)
                    return (before, false);
            }

            System.IO.File.Move(draft, File, overwrite: true);
            return (plan, true);
        }
        finally
        {
            System.IO.File.Delete(draft);
        }
    }

    /// <summary>What its figures will lack: algorithms that learn during a small part of so short a training.</summary>
    public IEnumerable<string> Warnings()
    {
        foreach (var algorithm in Algorithms)
        {
            var settings = Settings.Select(setting => $"{setting.Key}={setting.Value}").Prepend($"algorithm.name={algorithm}");
            var config = TrainConfig.From("", settings);
            var (steps, warmUp) = (Frames / FrameSkip, config.Schedule.WarmUpEpisodes > 0 ? 0 : config.Schedule.WarmUp);
            if (warmUp <= steps * MostWarmUp)
                continue;
            yield return FormattableString.Invariant($"{algorithm} fills its memory for {warmUp} of {steps} agent steps before it learns: ")
                + $"--set schedule.warm_up=N, or --algorithm {string.Join(", ", Suite.Algorithms)}";
        }
    }

    /// <summary>Raw returns of the finished runs: a list for each game of the suite, in its order.</summary>
    public IReadOnlyList<double[]> Returns(string algorithm) => [.. Suite.Games.Select(game => Enumerable.Range(1, Seeds)
        .Select(seed => ReturnOf(Path.Combine(Root, $"{algorithm}__{game}__{seed.ToString(CultureInfo.InvariantCulture)}")))
        .OfType<double>().ToArray())];

    private static double? ReturnOf(string run)
    {
        if (!System.IO.File.Exists(Path.Combine(run, RunInfo.FileName)))
            return null;
        return RunInfo.Open(run).Result is not { } result
            ? null
            : (double?)result["eval"]?["mean_return"]
                ?? throw new FastDqnException(ErrorKind.BadData, $"{run}: finished without an evaluation (eval.episodes was 0)");
    }

    /// <summary>Refuses a file whose trainings are not all among the new ones.</summary>
    private void RequireAmong(BatchPlan before, BatchPlan now)
    {
        var kept = now.Items.ToDictionary(item => item.Name, Said, StringComparer.Ordinal);
        foreach (var item in before.Items)
        {
            var why = !kept.TryGetValue(item.Name, out var said) ? $"{item.Name} is not among these"
                : said == Said(item) ? null
                : $"{item.Name} has other options there";
            if (why is not null)
                throw new FastDqnException(ErrorKind.Usage, $"{File} holds another benchmark: {why}; --root names another folder");
        }

        // All but the run folder, which stands last: a benchmark's folder may be moved.
        static string Said(BatchItem item) => string.Join('\n', item.Arguments.SkipLast(1));
    }

    private string ToYaml(BatchPlan? before)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Suite.Name} ({Suite.Source}): {Frames} frames of each game. ")
            .Append("parallel: and devices: may be added.\n");
        text.Append(CultureInfo.InvariantCulture, $"root: {Quoted(Root)}\n");
        if (before is { Parallel: > 1 })
            text.Append(CultureInfo.InvariantCulture, $"parallel: {before.Parallel}\n");
        if (before is { Devices.Count: > 0 })
            text.Append(CultureInfo.InvariantCulture, $"devices: [{string.Join(", ", before.Devices.Select(Quoted))}]\n");
        text.Append(CultureInfo.InvariantCulture, $"envs: [{string.Join(", ", Suite.Games)}]\n");
        text.Append(CultureInfo.InvariantCulture, $"seeds: [{string.Join(", ", Enumerable.Range(1, Seeds))}]\n");
        text.Append("set:\n");
        text.Append(CultureInfo.InvariantCulture, $"  train.steps: {Frames / FrameSkip}\n");
        text.Append(CultureInfo.InvariantCulture, $"  env.frame_skip: {FrameSkip}\n");
        if (Roms.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"  env.rom_dir: {Quoted(Roms)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  eval.protocol: {Protocol}\n");
        text.Append(CultureInfo.InvariantCulture, $"  eval.episodes: {Episodes}\n");
        // Published scores are those of the last policy; whole evaluations on the way would cost as much as training.
        text.Append("  eval.every: 0\n  eval.random: false\n");
        foreach (var (key, value) in Settings)
            text.Append(CultureInfo.InvariantCulture, $"  {key}: {Quoted(value)}\n");
        text.Append("variants:\n");
        foreach (var algorithm in Algorithms)
            text.Append(CultureInfo.InvariantCulture, $"  {algorithm}: {{ algorithm.name: {algorithm} }}\n");
        return text.ToString();
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
