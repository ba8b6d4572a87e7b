using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Training.Curves;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Reports;

/// <summary>A run as pages need it: its documents, its curves, and what they say in words.</summary>
internal sealed class RunFacts
{
    private readonly JsonObject _document;

    private RunFacts(string folder, RunInfo info, RunCurves curves)
    {
        (Folder, Info, Curves, _document) = (folder, info, curves, info.Document);
        Game = ConfigGroups.Game(curves.Config);
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        Returns = curves["episode/return"];
    }

    /// <summary>The options that say what a run is; the others say where it lies and what it writes.</summary>
    public static IEnumerable<ConfigKey> TellingOptions { get; } =
    [
        .. ConfigSchema.Keys.Where(k => k.Section is not ("log" or "checkpoint")
            && k.Name is not ("run.dir" or "run.root" or "env.rom_md5" or "env.rom_dir")),
    ];

    public string Folder { get; }

    public string Name { get; }

    public RunInfo Info { get; }

    public RunCurves Curves { get; }

    public TrainConfig Config => Curves.Config;

    public string Game { get; }

    /// <summary>The raw return of each training episode.</summary>
    public IReadOnlyList<(double Step, double Value)> Returns { get; }

    /// <summary>Episodes of the running mean: a tenth of them, 100 at most.</summary>
    public int Window => Math.Clamp(Returns.Count / 10, 5, 100);

    /// <summary>
    /// The running mean of the returns, up to the run's last step: of episodes that end at one step, after the last.
    /// </summary>
    public IReadOnlyList<(double Step, double Value)> SmoothReturns
    {
        get
        {
            var all = SeedBand.Smooth(Returns, Window);
            var smooth = all.Where((p, i) => i == all.Count - 1 || all[i + 1].Step != p.Step).ToList();
            if (smooth.Count > 0 && smooth[^1].Step < Step)
                smooth.Add((Step, smooth[^1].Value));
            return smooth;
        }
    }

    /// <summary>Agent steps and updates a second, between one row and the next.</summary>
    public (IReadOnlyList<(double Step, double Value)> Steps, IReadOnlyList<(double Step, double Value)> Updates) Rates
    {
        get
        {
            var (seconds, updates) = (Curves["perf/seconds"], Curves["charts/updates"]);
            var (ofSteps, ofUpdates) = (new List<(double, double)>(), new List<(double, double)>());
            for (var i = 1; i < seconds.Count; i++)
            {
                // Each process counts from zero.
                if (seconds[i].Value - seconds[i - 1].Value is not (> 0 and var time))
                    continue;
                ofSteps.Add((seconds[i].Step, (seconds[i].Step - seconds[i - 1].Step) / time));
                if (updates.Count == seconds.Count)
                    ofUpdates.Add((seconds[i].Step, (updates[i].Value - updates[i - 1].Value) / time));
            }

            return (ofSteps, ofUpdates);
        }
    }

    /// <summary>Seconds to go at the last row's rate; null where it does not run, or cannot be told.</summary>
    public double? SecondsLeft
    {
        get
        {
            var (train, episodes) = (Config.Train, Returns.Count);
            var left = !train.ByEpisodes ? Math.Max(0.0, train.Steps - Step)
                : episodes > 0 ? Math.Max(0.0, train.Episodes - episodes) * Step / episodes : double.NaN;
            return Info.Status == RunStatus.Running && left / Curves.Last("perf/SPS") is >= 0 and < double.PositiveInfinity and var seconds
                ? seconds : null;
        }
    }

    /// <summary>Agent steps done, by rows and checkpoints.</summary>
    public long Step => Math.Max(Info.Step, (long)new[] { "charts/episodes", "episode/return" }
        .Select(name => Curves[name] is { Count: > 0 } points ? points[^1].Step : 0).Max());

    /// <summary>Mean return of the last training episodes, or NaN.</summary>
    public double MeanReturn => Returns.Count > 0 ? Returns.TakeLast(100).Average(p => p.Value) : Curves.Last("charts/mean_return");

    /// <summary>The mean return of the evaluation that a run ended with, else of its newest; or NaN.</summary>
    public double EvaluatedReturn =>
        Info.Result is not null && Number("result", "eval", "mean_return") is { } value ? value : Curves.Last("eval/mean_return");

    public double RandomReturn =>
        Info.Result is not null && Number("result", "random", "mean_return") is { } value ? value : Curves.Last("random/mean_return");

    public string Status => Info.Status.ToString().ToLowerInvariant();

    /// <summary>How it stands as a page's badge: the word, and what it is like.</summary>
    public (string Word, string State) Badge => Info.Status switch
    {
        RunStatus.Running => ("running", "busy"),
        RunStatus.Finished => ("finished", "good"),
        RunStatus.Interrupted => ("interrupted", ""),
        RunStatus.Failed when Text("reason").StartsWith("diverged", StringComparison.Ordinal) => ("diverged", "bad"),
        RunStatus.Failed => ("failed", "bad"),
        _ => ("gone", "bad"),
    };

    public string Ended => Info.Status switch
    {
        RunStatus.Finished => Text("result", "goal_reached") == "true" ? "the goal was reached"
            : Config.Train.ByEpisodes ? "all episodes were done" : "all steps were done",
        RunStatus.Interrupted => "a signal stopped it; fastdqn resume goes on",
        RunStatus.Failed => Text("reason"),
        RunStatus.Gone => "its process went without a word; fastdqn resume goes on",
        _ => "",
    };

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: no run, or damaged files.</exception>
    public static RunFacts Read(string folder, Action<string> warn)
    {
        try
        {
            return new RunFacts(folder, RunInfo.Open(folder), RunCurves.Read(folder, warn, required: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or FormatException)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{folder}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>A text of the run's document, by the names that lead to it; "" where it is missing.</summary>
    public string Text(params ReadOnlySpan<string> names) => Info.Text(names);

    /// <summary>A finite number of the run's document; null where there is none.</summary>
    public double? Number(params ReadOnlySpan<string> names) => Info.Number(names);

    /// <summary>What the command line was; empty where it is not known.</summary>
    public IReadOnlyList<string> Arguments => _document["argv"] is JsonArray list
        ? [.. list.OfType<JsonValue>().Where(a => a.GetValueKind() == JsonValueKind.String).Select(a => (string)a!)]
        : [];

    /// <summary>A person's return in this game is known.</summary>
    public bool HasHumanScore => HumanScores.All.ContainsKey(Game.ToLowerInvariant());

    /// <summary>The return as a share between random play (0) and a person (1); null without a human score.</summary>
    public double? Normalized(double score) => double.IsFinite(score) ? HumanScores.Normalize(Game, score) : null;

    /// <summary>Random play and a person, where their returns are known.</summary>
    public IReadOnlyList<(string Name, double Value)> Marks
    {
        get
        {
            var known = HumanScores.All.TryGetValue(Game.ToLowerInvariant(), out var scores);
            var random = double.IsFinite(RandomReturn) ? RandomReturn : known ? scores.Random : double.NaN;
            var marks = new List<(string, double)>();
            if (double.IsFinite(random))
                marks.Add(("random play", random));
            if (known)
                marks.Add(("human", scores.Human));
            return marks;
        }
    }

    /// <summary>Seconds of a stage or another clock of the rows, over all processes that worked on it.</summary>
    public double Seconds(string metric)
    {
        var points = Curves[metric];
        var sum = 0.0;
        for (var i = 0; i < points.Count; i++)
        {
            // Each process counts from zero.
            if (i == points.Count - 1 || points[i + 1].Value < points[i].Value)
                sum += points[i].Value;
        }

        return sum;
    }

    public static string Duration(double seconds) => seconds switch
    {
        > 0 and < 0.95 => FormattableString.Invariant($"{Math.Max(1, 1000 * seconds):0} ms"),
        < 120 => FormattableString.Invariant($"{seconds:0.#} s"),
        < 7200 => FormattableString.Invariant($"{seconds / 60:0.#} min"),
        < 172_800 => FormattableString.Invariant($"{seconds / 3600:0.#} h"),
        _ => FormattableString.Invariant($"{seconds / 86_400:0.#} days"),
    };

    /// <summary>A moment of the run's document, to the second; what is no moment as it is.</summary>
    public static string Moment(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) : text;

    public static string Count(double value) => double.IsFinite(value) ? value.ToString("N0", CultureInfo.InvariantCulture) : "";
}
