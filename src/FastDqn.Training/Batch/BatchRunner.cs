using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Batch;

/// <summary>How a training of a batch ended.</summary>
/// <param name="Item">Which.</param>
/// <param name="ExitCode">Of its process; 0 for one that was finished before.</param>
/// <param name="Skipped">It was finished before.</param>
public sealed record BatchOutcome(BatchItem Item, int ExitCode, bool Skipped);

/// <summary>
/// Runs a batch: each training in a process of its own, so that one that dies takes no other with it. Finished ones are
/// not repeated, interrupted ones continue. Signals are handed on: after SIGTERM and SIGINT the trainings checkpoint
/// and end and no other is started, after SIGUSR1 they checkpoint and go on. What goes wrong with one, a start that
/// fails or a disk that is full, is its own failure too.
/// </summary>
public static partial class BatchRunner
{
    private const int SigTerm = 15;

    /// <param name="plan">What to run.</param>
    /// <param name="signals">Asked between steps.</param>
    /// <param name="say">Told a line for each start and end.</param>
    public static IReadOnlyList<BatchOutcome> Run(BatchPlan plan, StopSignals signals, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(signals);
        ArgumentNullException.ThrowIfNull(say);
        var queue = new ConcurrentQueue<BatchItem>(plan.Items);
        var outcomes = new ConcurrentBag<BatchOutcome>();
        var workers = Enumerable.Range(0, Math.Min(plan.Parallel, plan.Items.Count)).Select(slot => new Thread(() =>
        {
            while (!signals.StopRequested && queue.TryDequeue(out var item))
                outcomes.Add(Try(item, slot));
        })).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return [.. plan.Items.Select(item => outcomes.FirstOrDefault(o => o.Item == item)).OfType<BatchOutcome>()];

        BatchOutcome Try(BatchItem item, int slot)
        {
            try
            {
                var device = plan.Devices.Count == 0 ? null : plan.Devices[slot % plan.Devices.Count];
                return RunOne(item, device, plan.Parallel, signals, say);
            }
            catch (Exception e)
            {
                say($"{item.Name}: {e.Message.ReplaceLineEndings(" ")}");
                return new BatchOutcome(item, e is FastDqnException known ? known.ExitCode : (int)ErrorKind.Failure, Skipped: false);
            }
        }
    }

    private static BatchOutcome RunOne(BatchItem item, string? device, int parallel, StopSignals signals, Action<string> say)
    {
        var known = File.Exists(Path.Combine(item.Directory, RunInfo.FileName));
        if (known && RunInfo.Open(item.Directory).Status == RunStatus.Finished)
        {
            say($"{item.Name}: finished before");
            return new BatchOutcome(item, 0, Skipped: true);
        }

        var (program, first) = Program();
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments = known ? ["resume", item.Directory, "--json"] : ["train", .. item.Arguments, "--json"];
        foreach (var argument in first.Concat(arguments))
            start.ArgumentList.Add(argument);
        if (device is not null)
            start.Environment["CUDA_VISIBLE_DEVICES"] = device;
        // Side by side, each gets its share of the cores.
        if (parallel > 1)
            start.Environment["OMP_NUM_THREADS"] = Math.Max(1, Environment.ProcessorCount / parallel)
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
        say($"{item.Name}: {(known ? "continues" : "starts")}");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = LineReader.LastAsync(process.StandardError.BaseStream);
        var told = false;
        var checkpoints = signals.CheckpointRequests;
        while (!process.WaitForExit(200))
        {
            if (signals.CheckpointRequests != checkpoints)
            {
                checkpoints = signals.CheckpointRequests;
                _ = kill(process.Id, CheckpointSignal.Number);
            }

            if (signals.StopRequested && !told)
            {
                told = true;
                _ = kill(process.Id, SigTerm);
            }
        }

        process.WaitForExit();
        if (process.ExitCode != 0 && errors.Result.Length > 0)
            say($"{item.Name}: {errors.Result}");
        say($"{item.Name}: exit code {process.ExitCode}");
        // A training that was refused made no folder.
        if (Directory.Exists(item.Directory))
            OutputFile.WriteText(Path.Combine(item.Directory, "result.json"), output.Result);
        return new BatchOutcome(item, process.ExitCode, Skipped: false);
    }

    private static (string Program, IReadOnlyList<string> First) Program()
    {
        var path = Environment.ProcessPath
            ?? throw new FastDqnException(ErrorKind.Unavailable, "the program's own path is unknown, so no training can be started");
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? (path, [Environment.GetCommandLineArgs()[0]]) : (path, []);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);
}
