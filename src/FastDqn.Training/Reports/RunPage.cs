using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Training.Curves;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Reports;

/// <summary>The page of one run.</summary>
internal static class RunPage
{
    private const int MostFilms = 12;

    /// <param name="run">The run.</param>
    /// <param name="source">What an image's <c>src</c> takes for a film.</param>
    public static Page Make(RunFacts run, Func<FileInfo, string> source)
    {
        var (word, state) = run.Badge;
        var page = new Page(run.Name, $"{run.Game}, {run.Config.Algorithm.Name}, seed {run.Config.Run.Seed}", word, state);
        page.Facts("", Facts(run));
        page.Charts("Curves", "", Charts(run));
        string[] normalized = run.HasHumanScore ? ["human-normalised"] : [];
        page.Table(
            "Evaluations", "Raw returns of whole episodes. What fastdqn eval finds later stands here too.",
            ["protocol", "agent steps", "episodes", "mean return", "95 % interval", .. normalized, "settings"], Evaluations(run));
        page.Bars("Where the time went", Time(run), Stages(run));
        page.Films("Films", "", Films(run, source));
        var (named, differing) = Differing(run);
        page.Table($"Options that differ from {named}", "", ["option", "value", named], differing);
        return page.Commands("Again", "The first repeats the run in a new folder, the other is what started it.", Commands(run));
    }

    private static IEnumerable<(string, string)> Facts(RunFacts run)
    {
        var (evaluated, random) = (run.EvaluatedReturn, run.RandomReturn);
        yield return ("how it ended", run.Ended);
        var last = run.Returns.Count is > 0 and < 100 ? run.Returns.Count : 100;
        yield return ("return", double.IsFinite(run.MeanReturn) ? $"{Page.Short(run.MeanReturn)}, mean of the last {last} episodes" : "");
        yield return ("evaluation", double.IsFinite(evaluated)
            ? $"{Page.Short(evaluated)}{(run.Text("result", "eval", "protocol") is { Length: > 0 } p ? $", protocol {p}" : "")}" : "");
        yield return ("random play", Page.Short(random));
        var share = run.Normalized(evaluated);
        yield return ("human-normalised", share is not null ? FormattableString.Invariant($"{100 * share:0.#} %") : "");
        var (train, byEpisodes) = (run.Config.Train, run.Config.Train.ByEpisodes);
        yield return ("agent steps", RunFacts.Count(run.Step) + (byEpisodes ? "" : $" of {RunFacts.Count(train.Steps)}"));
        yield return ("frames", Relevance.IsAtari(run.Config) ? RunFacts.Count(run.Number("frames") ?? double.NaN) : "");
        yield return ("updates", RunFacts.Count(run.Curves.Last("charts/updates")));
        var episodes = RunFacts.Count(run.Returns.Count) + (byEpisodes ? $" of {RunFacts.Count(train.Episodes)}" : "");
        yield return ("episodes", run.Returns.Count > 0 ? episodes : "");
        yield return ("rate", run.Curves.Last("perf/SPS") is var rate && double.IsFinite(rate) ? $"{Page.Short(rate)} agent steps/s" : "");
        yield return ("time", run.Seconds("perf/seconds") is > 0 and var seconds ? RunFacts.Duration(seconds) : "");
        yield return ("time left", run.SecondsLeft is { } left ? $"about {RunFacts.Duration(left)}" : "");
        yield return ("started", RunFacts.Moment(run.Text("started_utc")));
        yield return ("ended", RunFacts.Moment(run.Text("ended_utc")));
        yield return ("environment", run.Config.Env.Name);
        foreach (var part in run.Info.Own)
            yield return ($"{part.Option} {part.Name}", $"your own code{Place(part)}");
        yield return ("ROM", run.Config.Env.RomMd5.Length > 0 ? $"MD5 {run.Config.Env.RomMd5}" : "");
        yield return ("algorithm", run.Config.Algorithm.Name);
        yield return ("seed", FormattableString.Invariant($"{run.Config.Run.Seed}"));
        // The commit has a line of its own.
        yield return ("version", run.Text("git") is { Length: > 0 } commit
            ? run.Text("version").Replace($"+{commit}", "", StringComparison.Ordinal) : run.Text("version"));
        yield return ("commit", run.Text("git"));
        yield return ("machine", Machine(run));
        yield return ("learner", run.Text("learner"));
        yield return ("libtorch", run.Text("libtorch", "version"));
        yield return ("folder", Path.GetFullPath(run.Folder));
    }

    private static string Place(OwnPart part) => part.Type.Length == 0 ? ""
        : $": {part.Type}{(part.Assembly.Length > 0 ? $" of {part.Assembly}" : "")}";

    private static string Machine(RunFacts run)
    {
        var bytes = run.Number("hardware", "memory_bytes");
        var memory = bytes is not null ? FormattableString.Invariant($"{bytes / (1L << 30):0.#} GiB") : "";
        var cores = run.Text("hardware", "cores");
        string[] parts =
        [
            run.Text("hardware", "host"), run.Text("hardware", "cpu"), cores.Length > 0 ? $"{cores} cores" : "", memory,
            run.Text("hardware", "os"), run.Text("hardware", "runtime"),
        ];
        return string.Join(", ", parts.Where(p => p.Length > 0));
    }

    private static IEnumerable<Chart> Charts(RunFacts run) => Drawn(run).Select(c => c with { Span = (0, run.Step) });

    private static IEnumerable<Chart> Drawn(RunFacts run)
    {
        var curves = run.Curves;
        var smooth = run.Returns.Count > 0 ? run.SmoothReturns : curves["charts/mean_return"];
        yield return new Chart("Return of training", MetricTexts.Steps, "return",
        [
            Curve("an episode", run.Returns, CurveStyle.Dots),
            Curve($"mean of the last {(run.Returns.Count > 0 ? run.Window : 100)}", smooth),
        ])
        { Marks = run.Marks };
        yield return new Chart("Return of evaluation", MetricTexts.Steps, "return", [Evaluated(curves)]) { Marks = run.Marks };
        foreach (var (title, unit, metrics) in MetricTexts.Charts)
        {
            yield return new Chart(title, MetricTexts.Steps, unit, [.. metrics.Select(m => Curve(m.Name, curves[m.Metric]))])
            { FromZero = unit != MetricTexts.Q };
        }

        // Apart from each other: before the warm-up's end there may be a thousand steps to an update.
        var (steps, updates) = run.Rates;
        yield return new Chart("Rate", MetricTexts.Steps, "agent steps per second", [Curve("between rows", steps)]) { FromZero = true };
        yield return new Chart("Rate of updates", MetricTexts.Steps, "updates per second", [Curve("between rows", updates)])
        { FromZero = true };
        // What observers logged.
        foreach (var metric in curves.Names.Where(name => name.StartsWith("own/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            yield return new Chart(metric, MetricTexts.Steps, "", [Curve(metric["own/".Length..], curves[metric])]);

        static Curve Curve(string name, IReadOnlyList<(double, double)> points, CurveStyle style = CurveStyle.Line) =>
            Reports.Curve.Of(name, Reduction.Reduce(points), style);
    }

    /// <summary>Evaluations with the interval of the mean over their episodes.</summary>
    private static Curve Evaluated(RunCurves curves)
    {
        var deviations = curves["eval/std_return"].GroupBy(p => p.Step).ToDictionary(g => g.Key, g => g.Last().Value);
        var episodes = curves["eval/episodes"].GroupBy(p => p.Step).ToDictionary(g => g.Key, g => g.Last().Value);
        var points = Reduction.Reduce(curves["eval/mean_return"]);
        var half = points.Select(p => Half(deviations.GetValueOrDefault(p.Step), episodes.GetValueOrDefault(p.Step))).ToList();
        return new Curve(
            "mean, with its 95 % interval", [.. points.Select(p => p.Step)], [.. points.Select(p => p.Value)],
            [.. points.Zip(half, (p, h) => p.Value - h)], [.. points.Zip(half, (p, h) => p.Value + h)]);
    }

    private static double Half(double deviation, double episodes) => episodes > 0 ? 1.96 * deviation / Math.Sqrt(episodes) : 0;

    private static IEnumerable<IReadOnlyList<object?>> Evaluations(RunFacts run) => StoredEvaluation.All(run.Folder).Select(e =>
    {
        var half = Half(Deviation(run, e), e.Episodes);
        var interval = double.IsFinite(half) ? $"{Page.Short(e.MeanReturn - half)} .. {Page.Short(e.MeanReturn + half)}" : "";
        object?[] normalized = run.HasHumanScore ? [run.Normalized(e.MeanReturn)] : [];
        return (IReadOnlyList<object?>)[e.Protocol, e.Step, e.Episodes, e.MeanReturn, interval, .. normalized, e.Settings];
    });

    /// <summary>Of its returns; where only the mean is kept, as the row that the evaluation left says.</summary>
    private static double Deviation(RunFacts run, StoredEvaluation e)
    {
        if (e.Returns.Count > 0)
            return Math.Sqrt(e.Returns.Average(r => (r - e.MeanReturn) * (r - e.MeanReturn)));
        var (means, deviations) = (run.Curves["eval/mean_return"], run.Curves["eval/std_return"]);
        var its = means.Count > 0 && means.Count == deviations.Count && means[^1] == (e.Step, e.MeanReturn);
        return its ? deviations[^1].Value : double.NaN;
    }

    private static string Time(RunFacts run) => run.Seconds("perf/seconds") is > 0 and var seconds
        ? $"{RunFacts.Duration(seconds)} up to the last row of metrics, over all processes that worked on the run."
            + (run.Config.Train.Overlap ? " Updates are made beside the rest, on a thread of their own." : "")
        : "";

    private static IEnumerable<(string, double, string)> Stages(RunFacts run)
    {
        var elapsed = run.Seconds("perf/seconds");
        var stages = Enum.GetValues<Stage>().Select(s => (Stage: s, Seconds: run.Seconds($"perf/{OptionRecord.NameOf(s.ToString())}")))
            .Where(s => s.Seconds > 0).ToList();
        if (elapsed <= 0 || stages.Count == 0)
            yield break;
        var beside = run.Config.Train.Overlap;
        foreach (var (stage, seconds) in stages.OrderByDescending(s => s.Seconds))
            yield return (Words(stage), seconds / elapsed, Text(seconds));
        var covered = stages.Where(s => !beside || s.Stage is not (Stage.Update or Stage.LearnerWait)).Sum(s => s.Seconds);
        yield return ("the rest", Math.Max(0, elapsed - covered) / elapsed, Text(Math.Max(0, elapsed - covered)));

        string Text(double seconds) => $"{RunFacts.Duration(seconds)}, {FormattableString.Invariant($"{100 * seconds / elapsed:0.#}")} %";
    }

    private static string Words(Stage stage) => OptionRecord.NameOf(stage.ToString()).Replace('_', ' ');

    /// <summary>The newest films.</summary>
    private static List<(string, string)> Films(RunFacts run, Func<FileInfo, string> source)
    {
        var folder = new DirectoryInfo(Path.Combine(run.Folder, "videos"));
        if (!folder.Exists)
            return [];
        var films = folder.EnumerateFiles("*.gif").OrderByDescending(f => f.LastWriteTimeUtc)
            .ThenByDescending(f => f.Name, StringComparer.Ordinal).Take(MostFilms).ToList();
        return films.ConvertAll(film => (film.Name, source(film)));
    }

    /// <summary>The preset that the run began from, in words, and the options that differ from it.</summary>
    private static (string Name, List<IReadOnlyList<object?>> Rows) Differing(RunFacts run)
    {
        var (name, start) = Start(run);
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var key in RunFacts.TellingOptions)
        {
            var (value, before) = (ConfigKey.Format(ConfigSchema.Read(run.Config, key)), ConfigKey.Format(ConfigSchema.Read(start, key)));
            if (value != before && Relevance.WithoutEffect(run.Config, key.Name) is null)
                rows.Add([key.Name, value, before]);
        }

        return (name, rows);
    }

    private static (string, TrainConfig) Start(RunFacts run)
    {
        var config = run.Config;
        try
        {
            var arguments = run.Arguments;
            // fastdqn train NAME; without a name and a file an environment brings the preset of its name.
            var word = arguments.ElementAtOrDefault(1) ?? "";
            var named = ConfigPresets.TryGet(word, out var first) ? first
                : word != ConfigPresets.None && !arguments.Contains("--config") && ConfigPresets.TryGet(config.Env.Name, out var own) ? own
                : null;
            if (named is not null)
                return ($"preset {named.Name}", new ConfigLayers().UsePreset(named).Resolve(refuse: false));
            var layers = new ConfigLayers().AddSetting($"algorithm.name={config.Algorithm.Name}");
            return ($"algorithm {config.Algorithm.Name}", layers.Resolve(refuse: false));
        }
        catch (FastDqnException)
        {
            // An algorithm that this version does not have any more.
            return ("the defaults", new TrainConfig());
        }
    }

    private static IEnumerable<string> Commands(RunFacts run)
    {
        // A program of the user's own registers its code itself: no command can.
        if (run.Arguments.Count == 0 && run.Info.Own.Count > 0)
            yield break;
        var config = Path.Combine(Path.GetFullPath(run.Folder), RunDirectory.ConfigFile);
        var code = run.Info.Own.Select(part => part.Assembly).Where(file => file.Length > 0).Distinct(StringComparer.Ordinal)
            .SelectMany(file => (string[])["--assembly", file]);
        yield return ShellWords.Quote(
            ["fastdqn", "train", .. code, "--config", config, "--run-dir", $"{Path.GetFullPath(run.Folder)}-again"]);
        if (run.Arguments.Count > 0)
            yield return ShellWords.Quote(["fastdqn", .. run.Arguments]);
    }
}
