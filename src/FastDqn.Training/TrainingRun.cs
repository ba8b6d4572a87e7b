using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Weights;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Logging;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using FastDqn.Training.Sessions;
using FastDqn.Training.Telemetry;
using FastDqn.Training.Tracking;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training;

/// <summary>Starts and continues runs.</summary>
public static class TrainingRun
{
    private const int MaxRollbacks = 3;

    /// <summary>
    /// Refuses what <see cref="Start"/> would refuse before it makes a folder; returns the configuration as the run
    /// would have it, and the bytes that its replay will take.
    /// </summary>
    public static (TrainConfig Config, long ReplayBytes) Check(TrainConfig config, RunTools? tools = null)
    {
        var pinned = LearnerBinding.Pin(EnvironmentBinding.Pin(config));
        return SessionSetup.Check(pinned, tools ?? new RunTools());
    }

    /// <summary>A new run in a folder of its own.</summary>
    public static TrainResult Start(
        TrainConfig config, IReadOnlyList<string> arguments, ITrainObserver observer, StopSignals signals, RunTools? tools = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(observer);
        // What can be refused is refused before a folder is made.
        tools ??= new RunTools();
        config = WithInitial(config, observer);
        config = Check(config, tools).Config;
        using var run = RunDirectory.Create(config, arguments, tools.Clock);
        return Guarded(run, config, observer, signals, tools, resume: false);
    }

    /// <summary>
    /// Continues a run from its newest valid checkpoint; what <paramref name="config"/> changes stays with the run.
    /// </summary>
    public static TrainResult Resume(
        string directory, TrainConfig config, ITrainObserver observer, StopSignals signals, RunTools? tools = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(observer);
        tools ??= new RunTools();
        config = Check(config, tools).Config;
        using var run = RunDirectory.Open(directory, tools.Clock);
        var changes = run.Change(config);
        if (changes.Count > 0)
            observer.Message($"changed: {string.Join(", ", changes)}");
        run.Info.Set(("pid", Environment.ProcessId));
        run.Info.SetStatus(RunStatus.Running);
        return Guarded(run, config, observer, signals, tools, resume: true);
    }

    /// <summary>
    /// The file that the weights to start from lie in is named, and refused if they are not this network's.
    /// </summary>
    private static TrainConfig WithInitial(TrainConfig config, ITrainObserver observer)
    {
        if (config.Train.Init.Length == 0)
            return config;
        var file = WeightSource.Find(config.Train.Init, observer.Warning);
        var summary = NetworkSummary.Of(config);
        try
        {
            _ = NetworkWeights.Fit(Algorithms.ToSpec(config), summary.Input, summary.Actions, Safetensors.Read(file));
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.BadData && !e.Message.StartsWith(file, StringComparison.Ordinal))
        {
            throw new FastDqnException(ErrorKind.BadData, $"train.init: {file}: {e.Message}", e);
        }

        return config with { Train = config.Train with { Init = file } };
    }

    private static TrainResult Guarded(
        RunDirectory run, TrainConfig config, ITrainObserver observer, StopSignals signals, RunTools tools, bool resume)
    {
        using var endpoint = MetricsEndpoint.Of(config.Log.MetricsEndpoint, observer.Warning);
        using var tracker = MlflowTracker.Of(run, config, tools.Clock);
        var over = false;
        try
        {
            var result = Work(run, config, observer, signals, tools, resume, tracker);
            over = true;
            return result;
        }
        finally
        {
            TellEnded(run, config, tools, warn: over ? observer.Warning : _ => { });
            tracker?.End(run.Info.Status, observer.Warning);
        }
    }

    /// <param name="warn">Not told where the run failed: its own error is the one to read.</param>
    private static void TellEnded(RunDirectory run, TrainConfig config, RunTools tools, Action<string> warn)
    {
        if (!config.Log.Report)
            return;
        try
        {
            tools.Ended?.Invoke(run.Root);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            warn($"the run is over, but there is no report of it: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static TrainResult Work(
        RunDirectory run, TrainConfig config, ITrainObserver observer, StopSignals signals, RunTools tools, bool resume,
        MlflowTracker? tracker)
    {
        try
        {
            for (var rollbacks = 0; ; rollbacks++)
            {
                try
                {
                    using var session = new TrainSession(run, config, observer, signals, tools, tracker);
                    var result = session.Run(resume, rollbacks);
                    run.Info.SetStatus(result.End is RunEnd.Stopped or RunEnd.Paused ? RunStatus.Interrupted : RunStatus.Finished);
                    return result;
                }
                catch (DivergedException e)
                {
                    var dump = WriteDump(run, e);
                    var reason = $"diverged: {e.Message}; the batch is in {dump}";
                    var checkpoints = new CheckpointStore(run.Checkpoints).List().Count;
                    if (config.Train.OnBadLoss != BadLossAction.Rollback || rollbacks == MaxRollbacks || checkpoints == 0)
                        throw new FastDqnException(ErrorKind.Failure, $"{reason}; {Remedy(config, rollbacks, checkpoints)}", e);
                    observer.Warning($"{reason}; going back to the newest checkpoint with other draws ({rollbacks + 1} of {MaxRollbacks})");
                    resume = true;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || ProcessLimits.IsFileTooLarge(e)
            || (AtomicFile.IsDiskFull(e) && !e.Message.Contains(AtomicFile.DiskFullAdvice, StringComparison.Ordinal)))
        {
            TryFail(run, e, tools.Clock);
            throw AtomicFile.Explain($"run {run.Root}", e);
        }
        catch (Exception e) when (LibTorchError.Explain(e) is { } explained)
        {
            TryFail(run, explained, tools.Clock);
            throw explained;
        }
        catch (Exception e)
        {
            TryFail(run, e, tools.Clock);
            throw;
        }
    }

    /// <summary>What can be done about a loss that diverged, without what was done already.</summary>
    private static string Remedy(TrainConfig config, int rollbacks, int checkpoints)
    {
        var remedies = new List<string> { "lower optimizer.learning_rate" };
        if (config.Loss.MaxGradientNorm == 0)
            remedies.Add("set loss.max_gradient_norm");
        if (config.Train.OnBadLoss != BadLossAction.Rollback)
            remedies.Add("set train.on_bad_loss=rollback");
        var tried = config.Train.OnBadLoss != BadLossAction.Rollback ? ""
            : checkpoints == 0 ? "there is no checkpoint to go back to (checkpoint.every); "
            : $"{rollbacks} tries from the newest checkpoint ended alike; ";
        return $"{tried}{string.Join(", or ", remedies)}";
    }

    private static string WriteDump(RunDirectory run, DivergedException e)
    {
        var path = Path.Combine(run.Root, "bad-batch.json");
        AtomicFile.Write(path, e.Dump ?? "{}");
        return path;
    }

    private static void TryFail(RunDirectory run, Exception e, TimeProvider clock)
    {
        try
        {
            using (var log = new LineLoggerProvider(new StreamWriter(run.Log, append: true), LineForm.Dated, clock: clock, owns: true))
                LogEntry.Write(log.CreateLogger("FastDqn.Training"), LogLevel.Error, "failed", $"failed: {e.Message}");
            run.Info.SetStatus(RunStatus.Failed, (ProcessLimits.Explain(e) ?? e.Message).ReplaceLineEndings(" "));
        }
        catch (Exception inner) when (inner is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell: a full disk also keeps run.json from being written.
        }
    }
}
