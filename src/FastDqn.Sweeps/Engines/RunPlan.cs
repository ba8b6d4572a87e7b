using System.Globalization;
using FastDqn.Core;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Checkpoints;

namespace FastDqn.Sweeps.Engines;

/// <summary>How one run is started: its folder, its log and its command line.</summary>
/// <param name="RunDirectory">The run's folder (<c>metrics.jsonl</c> appears in it).</param>
/// <param name="Log">Where its output goes.</param>
/// <param name="Start">The command that starts it.</param>
/// <param name="Resume">The command that continues it after an interruption.</param>
/// <param name="IsTraining">It is <c>fastdqn train</c>, with checkpoints and a lock of its own.</param>
public sealed record RunPlan(string RunDirectory, string Log, IReadOnlyList<string> Start, IReadOnlyList<string> Resume, bool IsTraining)
{
    /// <summary>Lays out a run inside the study folder.</summary>
    public static RunPlan Create(StudySpec spec, string folder, RunClaim claim)
    {
        var name = RunName(claim.TrialNumber, claim.Seed);
        var directory = Path.Combine(folder, "runs", name);
        var log = Path.Combine(folder, "logs", name + ".log");
        if (spec.Command.Count > 0)
        {
            var start = Fill(spec.Command, claim, directory);
            return new(directory, log, start, spec.ResumeCommand.Count > 0 ? Fill(spec.ResumeCommand, claim, directory) : start, false);
        }

        var program = Program();
        List<string> train = [.. program, "train", "--config", BaseFile(folder), "--quiet", "--json"];
        foreach (var (key, value) in claim.Parameters)
            train.AddRange(["--set", $"{key}={value.Text}"]);
        train.AddRange(["--set", string.Create(CultureInfo.InvariantCulture, $"run.seed={claim.Seed}"), "--set", $"run.dir={directory}"]);
        return new(directory, log, train, [.. program, "resume", directory, "--quiet", "--json"], true);
    }

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
        if (!Directory.Exists(RunDirectory) || !Directory.EnumerateFileSystemEntries(RunDirectory).Any())
            return Start;
        if (!IsTraining)
            return Resume;
        if (new CheckpointStore(Training.Runs.RunDirectory.CheckpointsOf(RunDirectory)).List().Count > 0)
            return Resume;
        for (var n = 1; ; n++)
        {
            var aside = string.Create(CultureInfo.InvariantCulture, $"{RunDirectory}.aborted-{n}");
            if (Directory.Exists(aside))
                continue;
            Directory.Move(RunDirectory, aside);
            return Start;
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

        var metrics = new FileInfo(Training.Runs.RunDirectory.MetricsOf(RunDirectory));
        var length = metrics.Exists ? metrics.Length : 0;
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        Training.Runs.AtomicFile.Write(note, string.Create(CultureInfo.InvariantCulture, $"{attempt} {length}"));
        return length;
    }

    private static List<string> Fill(IReadOnlyList<string> command, RunClaim claim, string directory)
    {
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
                .Replace("${run_dir}", directory, StringComparison.Ordinal);
            foreach (var (key, value) in claim.Parameters)
                text = text.Replace("${" + key + "}", value.Text, StringComparison.Ordinal);
            if (text.Contains("${", StringComparison.Ordinal)
                && text.IndexOf('}', text.IndexOf("${", StringComparison.Ordinal)) is var end and > 0)
            {
                var unknown = text[(text.IndexOf("${", StringComparison.Ordinal) + 2)..end];
                string[] known = ["args", "seed", "trial", "run_dir", .. claim.Parameters.Keys];
                // Shell variables in a script are none of ours; only near misses are errors.
                if (NearestMatch.Find(unknown, known) is { } near)
                    throw new FastDqnException(ErrorKind.Usage, $"command: '${{{unknown}}}' is not known (did you mean '${{{near}}}'?)");
            }

            filled.Add(text);
        }

        return filled;
    }
}
