using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// A batch of runs as one Slurm array: a folder with <c>manifest.tsv</c> (a row a task: run folder, log, command,
/// resume command), the batch script and, once a task has ended, <c>INDEX.exit</c> with its exit code. The name is
/// unique, so that a coordinator that dies between submitting and noting the job's number can still find it.
/// </summary>
public sealed class SlurmBatch
{
    private SlurmBatch(string folder) => Folder = folder;

    public string Folder { get; }

    public string Name => Path.GetFileName(Folder);

    public string Script => Path.Combine(Folder, "batch.sh");

    /// <summary>The place of a batch in the study folder.</summary>
    public static SlurmBatch Open(string studyFolder, string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || name.Contains("..", StringComparison.Ordinal))
            throw new FastDqnException(ErrorKind.BadData, $"'{name}' is no batch name");
        return new(Path.Combine(studyFolder, "slurm", name));
    }

    /// <summary>Writes a new batch's folder.</summary>
    public static SlurmBatch Write(StudySpec spec, string studyFolder, string name, IReadOnlyList<RunPlan> plans)
    {
        var batch = Open(studyFolder, name);
        Directory.CreateDirectory(batch.Folder);
        Directory.CreateDirectory(Path.Combine(studyFolder, "runs"));
        Directory.CreateDirectory(Path.Combine(studyFolder, "logs"));
        foreach (var path in plans.SelectMany(p => new[] { p.RunDirectory, p.Log }).Append(batch.Folder))
            if (path.AsSpan().ContainsAny('\t', '\n'))
                throw new FastDqnException(
                    ErrorKind.Usage, $"a tab or line break in the path {path.Replace('\n', ' ')} cannot go into a batch script");
        File.WriteAllText(Path.Combine(batch.Folder, "manifest.tsv"), Manifest(plans));
        File.WriteAllText(batch.Script, ScriptText(spec, batch, plans.Count, plans.All(p => p.IsTraining)));
        return batch;
    }

    public static string Manifest(IReadOnlyList<RunPlan> plans) =>
        string.Concat(plans.Select(p => $"{p.RunDirectory}\t{p.Log}\t{ShellWords.Quote(p.Start)}\t{ShellWords.Quote(p.Resume)}\n"));

    /// <summary>The batch script: header, then one task's life.</summary>
    public static string ScriptText(StudySpec spec, SlurmBatch batch, int tasks, bool training)
    {
        var slurm = spec.Slurm;
        var text = new StringBuilder("#!/bin/bash\n");
        Option("job-name", batch.Name);
        Option("array", string.Create(CultureInfo.InvariantCulture, $"0-{tasks - 1}%{slurm.Parallel}"));
        Option("output", Path.Combine(batch.Folder, "%a.out"));
        Option("open-mode", "append");
        text.Append("#SBATCH --requeue\n");
        Option("signal", string.Create(CultureInfo.InvariantCulture, $"B:USR1@{slurm.GraceSeconds}"));
        Option("cpus-per-task", slurm.Cores.ToString(CultureInfo.InvariantCulture));
        foreach (var (name, value) in new[]
        {
            ("partition", slurm.Partition),
            ("account", slurm.Account),
            ("time", slurm.Time),
            ("mem", slurm.Memory),
            ("gres", slurm.Gres),
        })
            if (value.Length > 0)
                Option(name, value);
        foreach (var option in slurm.Options)
            text.Append("#SBATCH ").Append(option.StartsWith('-') ? option : "--" + option).Append('\n');
        text.Append('\n');
        foreach (var line in slurm.Setup)
            text.Append(line).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"""
            export OMP_NUM_THREADS={slurm.Cores} MKL_NUM_THREADS={slurm.Cores}{(training ? "" : $" OPENBLAS_NUM_THREADS={slurm.Cores}")}
            batch={ShellWords.Quote([batch.Folder])}
            training={(training ? 1 : 0)}

            """);
        text.Append(Body);
        return text.ToString();

        void Option(string name, string value) => text.Append("#SBATCH --").Append(name).Append('=').Append(value).Append('\n');
    }

    /// <summary>Submits the script and notes the job's number in the folder.</summary>
    public long Submit()
    {
        var job = Slurm.Submit(Script);
        File.WriteAllText(Path.Combine(Folder, "job"), job.ToString(CultureInfo.InvariantCulture));
        return job;
    }

    /// <summary>
    /// The job's number: from the folder, else from Slurm by the batch's name; null when it was never submitted.
    /// </summary>
    public long? Job()
    {
        var file = Path.Combine(Folder, "job");
        if (File.Exists(file) && long.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var job))
            return job;
        return Slurm.FindByName(Name);
    }

    /// <summary>A task's exit code, once it has ended by itself.</summary>
    public int? ExitCode(int index)
    {
        var file = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{index}.exit"));
        try
        {
            return int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var code) ? code : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The script itself takes the signals and hands them on, because Slurm sends them to the batch shell alone.
    // USR1 comes before the time limit: checkpoint, then back into the queue. TERM: checkpoint and end.
    private const string Body = """
        task=$SLURM_ARRAY_TASK_ID
        rm -f "$batch/$task.exit"
        IFS=$'\t' read -r run log start resume < <(sed -n "$((task + 1))p" "$batch/manifest.tsv")
        command=$start
        if [ "$training" = 1 ]; then
          if ls -d "$run"/checkpoints/step-* >/dev/null 2>&1; then
            command=$resume
          elif [ -d "$run" ]; then
            n=1
            while [ -e "$run.aborted-$n" ]; do n=$((n + 1)); done
            mv "$run" "$run.aborted-$n"
          fi
        elif [ -n "$(ls -A "$run" 2>/dev/null)" ]; then
          command=$resume
        else
          mkdir -p "$run"
        fi
        requeue=
        child=
        trap 'kill -TERM "$child" 2>/dev/null' TERM
        trap 'requeue=1; kill -TERM "$child" 2>/dev/null' USR1
        eval "exec $command" >>"$log" 2>&1 &
        child=$!
        while :; do
          wait "$child"
          code=$?
          kill -0 "$child" 2>/dev/null || break
        done
        if [ -n "$requeue" ] && [ "$code" -ne 0 ]; then
          scontrol requeue "$SLURM_JOB_ID" && sleep 300
        fi
        echo "$code" >"$batch/$task.exit.new"
        mv "$batch/$task.exit.new" "$batch/$task.exit"
        exit "$code"

        """;
}
