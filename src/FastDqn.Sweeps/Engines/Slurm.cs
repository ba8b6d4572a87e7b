using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Sweeps.Engines;

/// <summary>One array task as <c>scontrol show job -o</c> tells it.</summary>
public sealed record SlurmTask(long ArrayJob, int Index, string State, int Restarts)
{
    /// <summary>It will not run (again) by itself.</summary>
    public bool IsOver => State is "COMPLETED" or "FAILED" or "CANCELLED" or "TIMEOUT" or "NODE_FAIL"
        or "OUT_OF_MEMORY" or "BOOT_FAIL" or "DEADLINE" or "PREEMPTED";

    /// <summary>Reads the output; a line with several tasks (pending ones) gives each.</summary>
    public static IReadOnlyList<SlurmTask> Parse(string output)
    {
        var tasks = new List<SlurmTask>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                    fields.TryAdd(word[..equals], word[(equals + 1)..]);
            if (!fields.TryGetValue("ArrayJobId", out var job) || !fields.TryGetValue("ArrayTaskId", out var indices))
                continue;
            var restarts = fields.TryGetValue("Restarts", out var count) ? int.Parse(count, CultureInfo.InvariantCulture) : 0;
            foreach (var index in Expand(indices))
                tasks.Add(new(long.Parse(job, CultureInfo.InvariantCulture), index, fields.GetValueOrDefault("JobState", ""), restarts));
        }

        return tasks;
    }

    // 3 | 0-5 | 1,3,7-9 | 0-9:2 | each with an optional %N
    private static IEnumerable<int> Expand(string indices)
    {
        foreach (var part in indices.Split('%')[0].Split(','))
        {
            var step = part.Split(':') is [_, var every] ? int.Parse(every, CultureInfo.InvariantCulture) : 1;
            var ends = part.Split(':')[0].Split('-').Select(e => int.Parse(e, CultureInfo.InvariantCulture)).ToArray();
            for (var i = ends[0]; i <= ends[^1]; i += step)
                yield return i;
        }
    }
}

/// <summary>Slurm's commands. <c>sacct</c> is not needed, so neither is an accounting database.</summary>
public static class Slurm
{
    /// <summary>Why Slurm cannot be used here, or null.</summary>
    public static string? Problem()
    {
        var (code, _, error) = Call("sinfo", ["-h"]);
        return code switch
        {
            0 => null,
            127 => "Slurm is missing: sinfo and sbatch are not on the path; run this on a login node of the cluster, or use --engine local",
            _ => $"Slurm does not answer: {FirstLine(error)}",
        };
    }

    /// <summary>Submits a script and returns the job's number.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Unavailable"/>: sbatch is missing or refused the
    /// job.</exception>
    public static long Submit(string script)
    {
        var (code, output, error) = Call("sbatch", ["--parsable", script]);
        if (code == 127)
            throw new FastDqnException(ErrorKind.Unavailable, Problem() ?? "sbatch is not on the path");
        if (code != 0 || !long.TryParse(output.Trim().Split(';')[0], CultureInfo.InvariantCulture, out var job))
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"Slurm refused the batch script {script}: {FirstLine(error.Replace("sbatch: error: ", "", StringComparison.Ordinal))}");
        return job;
    }

    /// <summary>The tasks of an array job; empty once Slurm has forgotten it.</summary>
    public static IReadOnlyList<SlurmTask>? Show(long job)
    {
        var (code, output, error) = Call("scontrol", ["show", "job", "-o", job.ToString(CultureInfo.InvariantCulture)]);
        if (code == 0)
            return SlurmTask.Parse(output);
        // Anything but a forgotten job is a controller that does not answer just now: nothing is known.
        return error.Contains("Invalid job id", StringComparison.Ordinal) ? [] : null;
    }

    /// <summary>
    /// The job of that name, for a batch whose submission was not written down; null when there is none.
    /// </summary>
    public static long? FindByName(string name)
    {
        var (code, output, _) = Call("squeue", ["-h", "-o", "%F", "--states=all", $"--name={name}"]);
        return code == 0 && long.TryParse(output.Split('\n')[0], CultureInfo.InvariantCulture, out var job) ? job : null;
    }

    /// <summary>Asks a running task to checkpoint and end; takes a waiting one out of the queue.</summary>
    public static void Stop(SlurmTask task)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{task.ArrayJob}_{task.Index}");
        Call("scancel", task.State == "RUNNING" ? ["--batch", "--signal=TERM", name] : [name]);
    }

    private static (int Code, string Output, string Error) Call(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            return (127, "", $"{program}: not found");
        }
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
