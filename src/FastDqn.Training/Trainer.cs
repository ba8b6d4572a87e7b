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
using FastDqn.Training.Reports;
using FastDqn.Training.Runs;
using FastDqn.Training.Sessions;
using FastDqn.Training.Telemetry;
using FastDqn.Training.Tracking;
using Microsoft.Extensions.Logging;

namespace FastDqn.Training;

/// <summary>
/// A training, from its options to its result: <c>Trainer.Create(options).Run()</c>. Every part of FastDqn trains
/// through it. Trainings share nothing: several may run in a process, each on a thread of its own.
/// </summary>
public sealed class Trainer
{
    private const int MaxRollbacks = 3;
    private readonly RunTools _tools;
    private readonly string? _folder;
    private readonly ObserverList _observers = new();

    private Trainer(TrainConfig options, RunTools tools, string? folder)
    {
        _tools = tools;
        _folder = folder;
        ConfigSchema.Check(options);
        ConfigRules.Check(options);
        (Options, ReplayBytes) = SessionSetup.Check(LearnerBinding.Pin(EnvironmentBinding.Pin(options)), tools);
    }

    /// <summary>
    /// The options as the run has them: what was left open is decided for this machine, but for what takes measuring
    /// (<c>env.pixel_device</c>).
    /// </summary>
    public TrainConfig Options { get; }

    /// <summary>Bytes that the replay memory takes.</summary>
    public long ReplayBytes { get; }

    /// <summary>
    /// A new training. What can be refused is refused here; its folder is made when it runs
    /// (<see cref="RunOptions.Dir"/>, or a new one under <see cref="RunOptions.Root"/>).
    /// </summary>
    /// <param name="options">What to do: <see cref="TrainConfig.From"/> has presets.</param>
    /// <param name="tools">What a program asks besides; null: nothing.</param>
    /// <exception cref="FastDqnException">The options are wrong, or the machine lacks something.</exception>
    public static Trainer Create(TrainConfig options, RunTools? tools = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Trainer(options, tools ?? new RunTools(), null);
    }

    /// <summary>A training that goes on in its folder, from its newest valid checkpoint.</summary>
    /// <param name="runFolder">Its folder.</param>
    /// <param name="own">The user's own code that it was begun with; null: none.</param>
    public static Trainer Resume(string runFolder, Extensions? own = null) =>
        Resume(runFolder, RunDirectory.ReadConfig(runFolder, _ => { }, own ?? new Extensions()));

    /// <summary>The same with changed options (<see cref="RunChanges"/>), which stay with the run.</summary>
    /// <param name="runFolder">Its folder.</param>
    /// <param name="options">All of them.</param>
    /// <param name="tools">What a program asks besides; null: nothing.</param>
    public static Trainer Resume(string runFolder, TrainConfig options, RunTools? tools = null)
    {
        ArgumentNullException.ThrowIfNull(runFolder);
        ArgumentNullException.ThrowIfNull(options);
        RefuseShorter(runFolder, options);
        return new Trainer(options, tools ?? new RunTools(), runFolder);
    }

    /// <summary>Adds who watches; observers are told in the order in which they were added.</summary>
    public Trainer Observe(ITrainObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        _observers.Add(observer);
        return this;
    }

    /// <summary>Trains until the options' end, an observer's word, or <paramref name="cancellation"/>.</summary>
    /// <param name="cancellation">Asks for an end: a checkpoint is written, and the result says
    /// <see cref="RunEnd.Stopped"/>.</param>
    public TrainResult Run(CancellationToken cancellation = default)
    {
        const int cancelled = 143;
        using var signals = new StopSignals();
        using var registration = cancellation.Register(() => signals.Request(cancelled));
        return Run(signals);
    }

    /// <summary>The same for a program that takes the process's signals.</summary>
    public TrainResult Run(StopSignals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        var config = _folder is null ? WithInitial(Options, _observers) : Options;
        string? measured = null;
        config = PixelBinding.Pin(config, _tools.Cores, text => _observers.Message(measured = text));
        if (_folder is null)
        {
            // What can be refused is refused before a folder is made.
            using var made = RunDirectory.Create(config, _tools.Arguments, _tools.Clock);
            Note(made);
            return Guarded(made, config, _observers, signals, _tools, resume: false);
        }

        using var run = RunDirectory.Open(_folder, _tools.Clock);
        var changes = run.Change(config);
        if (changes.Count > 0)
            _observers.Message($"changed: {string.Join(", ", changes)}");
        run.Info.Set(("pid", Environment.ProcessId));
        run.Info.SetStatus(RunStatus.Running);
        Note(run);
        return Guarded(run, config, _observers, signals, _tools, resume: true);

        void Note(RunDirectory of)
        {
            if (measured is not null)
                of.Info.Set(("pixel_measurement", measured));
        }
    }

    /// <summary>A length cannot be taken back: a new one holds what is done at least.</summary>
    private static void RefuseShorter(string directory, TrainConfig config)
    {
        var (before, now) = (RunDirectory.ReadConfig(directory, _ => { }).Train, config.Train);
        if ((now.ByEpisodes, now.Length) == (before.ByEpisodes, before.Length))
            return;
        var info = RunInfo.Open(directory);
        var (option, unit, done) = now.ByEpisodes
            ? ("train.episodes", "episodes", info.Episodes)
            : ("train.steps", "agent steps", info.Step);
        if (now.Length < done)
        {
            throw new FastDqnException(
                ErrorKind.Usage, $"{option} {now.Length}: {directory} has done {done} {unit} already: give {done} or more");
        }
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
            if (config.Log.Report)
                WriteReport(run, warn: over ? observer.Warning : _ => { });
            tracker?.End(run.Info.Status, observer.Warning);
        }
    }

    /// <summary>The run's page, once its documents say how it ended. None is no reason to fail.</summary>
    /// <param name="run">Which.</param>
    /// <param name="warn">Not told where the run failed: its own error is the one to read.</param>
    private static void WriteReport(RunDirectory run, Action<string> warn)
    {
        try
        {
            RunReport.Write(run.Root);
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
