using System.Globalization;
using FastDqn.Core;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps.Engines;

/// <summary>How one run is started: its folder, its log and its command line.</summary>
/// <param name="RunDirectory">The run's folder (<c>metrics.jsonl</c> appears in it).</param>
/// <param name="Log">Where its output goes.</param>
/// <param name="Start">The command that starts it.</param>
/// <param name="Resume">The command that continues it after an interruption.</param>
/// <param name="IsTraining">It is <c>fastdqn train</c>, with checkpoints and a lock of its own.</param>
public sealed record RunPlan(string RunDirectory, string Log, IReadOnlyList<string> Start, IReadOnlyList<string> Resume, bool IsTraining)
{
    /// <summary>The run folder whose newest checkpoint a training begins from; empty: it begins anew.</summary>
    public string Parent { get; init; } = "";

    /// <summary>Options that differ from the parent's, as <c>key=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Lays out a run inside the study folder.</summary>
    public static RunPlan Create(StudySpec spec, string folder, RunClaim claim)
    {
        var name = RunName(claim.TrialNumber, claim.Seed);
        var directory = RunFolder(folder, claim.TrialNumber, claim.Seed);
        var log = Path.Combine(folder, "logs", name + ".log");
        if (spec.Command.Count > 0)
        {
            var start = Fill(spec, spec.Command, claim, folder);
            return new(directory, log, start, spec.ResumeCommand.Count > 0 ? Fill(spec, spec.ResumeCommand, claim, folder) : start, false);
        }

        var program = Program();
        List<string> train = [.. program, "train", "--config", BaseFile(folder), "--quiet", "--json"];
        foreach (var (key, value) in claim.Parameters)
            train.AddRange(["--set", $"{key}={value.Text}"]);
        train.AddRange(["--set", string.Create(CultureInfo.InvariantCulture, $"run.seed={claim.Seed}"), "--set", $"run.dir={directory}"]);
        List<string> resume = [.. program, "resume", directory, "--quiet", "--json"];
        if (claim.Budget > 0)
        {
            var own = spec.EarlyTerminate is { Horizon: HorizonKind.Budget };
            train.AddRange(["--set", Setting("train.steps", own ? claim.Budget : spec.Horizon)]);
            // At its whole length a run ends by itself.
            var pause = Setting("train.pause_at", claim.Budget < spec.Horizon ? claim.Budget : 0);
            if (!own)
                train.AddRange(["--set", pause]);
            resume.AddRange(["--set", own ? Setting("train.steps", claim.Budget) : pause]);
        }

        return new(directory, log, train, resume, true)
        {
            Parent = claim.Parent < 0 ? "" : RunFolder(folder, claim.Parent, claim.Seed),
            Settings = [.. claim.Parameters.Select(p => $"{p.Key}={p.Value.Text}")],
        };
    }

    /// <summary>Where a run of a study lies.</summary>
    public static string RunFolder(string folder, int trial, long seed) => Path.Combine(folder, "runs", RunName(trial, seed));

    private static string Setting(string option, long value) => string.Create(CultureInfo.InvariantCulture, $"{option}={value}");

    public static string RunName(int trial, long seed) => string.Create(CultureInfo.InvariantCulture, $"{trial:D4}-s{seed}");

    /// <summary>The training configuration under every trial, as written into the study folder.</summary>
    public static string BaseFile(string folder) => Path.Combine(folder, "base.yaml");

    /// <summary>
    /// How to call this program: FASTDQN_EXE, the program that is running, or <c>fastdqn</c> on the path.
    /// </summary>
    public static IReadOnlyList<string> Program()
    {
        if (Environment.GetEnvironmentVariable("FASTDQN_EXE") is { Length: > 0 } given)
            return [given];
        var running = Environment.ProcessPath ?? "";
        if (Path.GetFileNameWithoutExtension(running) == "fastdqn")
            return [running];
        var beside = Path.Combine(AppContext.BaseDirectory, "fastdqn.dll");
        return Path.GetFileName(running) == "dotnet" && File.Exists(beside) ? [running, beside] : ["fastdqn"];
    }

    /// <summary>
    /// Which command is due: the first one for a new run, the second where there is something to continue. A training
    /// folder without a checkpoint cannot be continued: it is put aside.
    /// </summary>
    public IReadOnlyList<string> Next()
    {
        if (IsTraining && Parent.Length > 0)
            return Branch();
        if (!Directory.Exists(RunDirectory) || !Directory.EnumerateFileSystemEntries(RunDirectory).Any())
            return Start;
        if (!IsTraining)
            return Resume;
        if (new CheckpointStore(FastDqn.Training.Runs.RunDirectory.CheckpointsOf(RunDirectory)).List().Count > 0)
            return Resume;
        PutAside();
        return Start;
    }

    /// <summary>
    /// Makes the folder of a run that goes on from another's checkpoint, where it is not there yet; returns how it is
    /// continued.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the other run is not here.</exception>
    public IReadOnlyList<string> Branch()
    {
        if (new CheckpointStore(FastDqn.Training.Runs.RunDirectory.CheckpointsOf(RunDirectory)).List().Count > 0)
            return Resume;
        if (!Directory.Exists(Parent))
            throw new FastDqnException(
                ErrorKind.BadData,
                $"{Parent}, the run that {Path.GetFileName(RunDirectory)} goes on from, is not here: "
                + "workers of a population share the study folder");
        if (Directory.Exists(RunDirectory))
            PutAside();
        Directory.CreateDirectory(Path.GetDirectoryName(RunDirectory)!);
        RunBranch.Make(Parent, RunDirectory, Settings);
        return Resume;
    }

    private void PutAside()
    {
        for (var n = 1; ; n++)
        {
            var aside = string.Create(CultureInfo.InvariantCulture, $"{RunDirectory}.aborted-{n}");
            if (Directory.Exists(aside))
                continue;
            Directory.Move(RunDirectory, aside);
            return;
        }
    }

    /// <summary>
    /// How much of the run's metrics was written by attempts that failed before this one; noted at an attempt's first
    /// look, so that whoever takes it over knows it too. Trainings cut their metrics back themselves.
    /// </summary>
    /// <param name="attempt">The present attempt, from 1.</param>
    /// <param name="continues">It goes on where the one before it was, as a resume command does.</param>
    public long BytesOfEarlierAttempts(int attempt, out bool continues)
    {
        continues = !ReferenceEquals(Start, Resume);
        if (IsTraining || attempt < 2)
            return 0;
        var note = Path.ChangeExtension(Log, ".attempt");
        if (File.Exists(note) && File.ReadAllText(note).Split(' ') is [var number, var bytes]
            && int.TryParse(number, CultureInfo.InvariantCulture, out var noted) && noted == attempt
            && long.TryParse(bytes, CultureInfo.InvariantCulture, out var known))
        {
            return known;
        }

        var metrics = new FileInfo(FastDqn.Training.Runs.RunDirectory.MetricsOf(RunDirectory));
        var length = metrics.Exists ? metrics.Length : 0;
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        AtomicFile.Write(note, string.Create(CultureInfo.InvariantCulture, $"{attempt} {length}"));
        return length;
    }

    /// <summary>A program's words with what a trial puts into them.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: one is misspelt.</exception>
    internal static List<string> Fill(StudySpec spec, IReadOnlyList<string> command, RunClaim claim, string folder)
    {
        var directory = RunFolder(folder, claim.TrialNumber, claim.Seed);
        var filled = new List<string>();
        foreach (var word in command)
        {
            if (word == "${args}")
            {
                filled.AddRange(claim.Parameters.Select(p => $"{p.Key}={p.Value.Text}"));
                continue;
            }

            var text = word
                .Replace("${seed}", claim.Seed.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("${trial}", claim.TrialNumber.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("${run_dir}", directory, StringComparison.Ordinal)
                .Replace("${budget}", claim.Budget.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("${horizon}", spec.Horizon.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace(
                    "${parent_dir}", claim.Parent < 0 ? "" : RunFolder(folder, claim.Parent, claim.Seed), StringComparison.Ordinal);
            foreach (var (key, value) in claim.Parameters)
                text = text.Replace("${" + key + "}", value.Text, StringComparison.Ordinal);
            if (text.Contains("${", StringComparison.Ordinal)
                && text.IndexOf('}', text.IndexOf("${", StringComparison.Ordinal)) is var end and > 0)
            {
                var unknown = text[(text.IndexOf("${", StringComparison.Ordinal) + 2)..end];
                string[] known = ["args", "seed", "trial", "run_dir", "budget", "horizon", "parent_dir", .. claim.Parameters.Keys];
                // Shell variables in a script are none of ours; only near misses are errors.
                if (NearestMatch.Find(unknown, known) is { } near)
                    throw new FastDqnException(ErrorKind.Usage, $"'${{{unknown}}}' is not known (did you mean '${{{near}}}'?)");
            }

            filled.Add(text);
        }

        return filled;
    }
}
