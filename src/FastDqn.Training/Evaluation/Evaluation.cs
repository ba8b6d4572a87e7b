using FastDqn.Core;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Weights;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Evaluation;

/// <summary>An evaluation of a checkpoint.</summary>
public sealed record EvalReport(
    string Checkpoint,
    long Step,
    EvalProtocol Protocol,
    EvalResult Agent,
    EvalResult? Random,
    double? HumanNormalized,
    IReadOnlyList<string> Files);

/// <summary>Evaluates what a run has learnt.</summary>
public static class Evaluation
{
    /// <param name="run">Run folder.</param>
    /// <param name="config">The run's options, those of the evaluation as wanted now.</param>
    /// <param name="checkpoint">A folder, a step, "best", or null for the newest valid one.</param>
    /// <param name="random">Also play at random.</param>
    /// <param name="videoFolder">Where pictures of the first episode go, or null for none.</param>
    /// <param name="warn">Told about checkpoints that were refused, and about pictures that could not be made.</param>
    /// <param name="progress">Told after each step who plays ("evaluation" or "random") and how far they are.</param>
    public static EvalReport Run(
        string run,
        TrainConfig config,
        string? checkpoint,
        bool random,
        string? videoFolder,
        Action<string> warn,
        Action<string, EvalProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        var (found, policy) = Load(run, config, checkpoint, warn);
        var protocol = EvalProtocol.Of(config.Eval) with { Atari = Relevance.IsAtari(config) };
        using var learner = policy;
        if (videoFolder is not null)
            OutputFile.MakeFolder(videoFolder);
        var runner = new EvalRunner(config, videoFolder ?? run) { Progress = progress, Warn = warn };
        var (agent, files) = runner.Agent(learner, work => work(), found.Manifest.Step, videoFolder is not null, null);
        return new EvalReport(
            found.Folder, found.Manifest.Step, protocol, agent!, random ? runner.Random() : null,
            HumanScores.Normalize(ConfigGroups.Game(config), agent!.MeanReturn), files);
    }

    /// <summary>
    /// A run's checkpoint by name and its network, ready to act; null: the newest valid one. The run may be going on.
    /// </summary>
    public static (Checkpoint Checkpoint, QLearner Policy) Load(string run, TrainConfig config, string? name, Action<string> warn) =>
        CheckpointStore.Read(() => Find(run, name, warn), checkpoint => (checkpoint, LoadPolicy(config, checkpoint, warn)));

    /// <summary>The weights of a run's checkpoint by name (null: the newest valid one), and its step.</summary>
    public static (long Step, IReadOnlyList<NamedTensor> Weights) Weights(string run, string? name, Action<string> warn) =>
        CheckpointStore.Read(
            () => Find(run, name, warn),
            checkpoint => (checkpoint.Manifest.Step, Safetensors.Read(checkpoint.PathOf(WeightSource.FileName))));

    private static QLearner LoadPolicy(TrainConfig config, Checkpoint checkpoint, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(warn);
        LibTorch.Load();
        if (LibTorch.Warning is { } warning)
            warn(warning);
        using var environments = EnvironmentBinding.ForTraining(config with { Env = config.Env with { Count = 1 } });
        if (environments is AtariVectorEnvironment { Rom.Note: { } note })
            warn(note);
        var spec = Algorithms.ToSpec(config);
        var learner = QLearner.Create(
            spec, EnvironmentBinding.InputOf(environments.Observation), environments.ActionNames.Count, (ulong)config.Run.Seed,
            threads: ThreadPlan.Of(config).Learner);
        try
        {
            learner.ImportWeights(Safetensors.Read(checkpoint.PathOf(WeightSource.FileName)));
            return learner;
        }
        catch
        {
            learner.Dispose();
            throw;
        }
    }

    internal static Checkpoint Find(string run, string? name, Action<string> warn)
    {
        var store = new CheckpointStore(RunDirectory.CheckpointsOf(run));
        if (string.IsNullOrEmpty(name))
            return store.OpenNewest(warn, withReplay: false);
        if (name == "best")
            return store.OpenBest(warn);
        var folder = long.TryParse(name, out var step) ? store.Folder(step) : name;
        if (!Directory.Exists(folder) && step > 0)
            folder = store.BestFolder(step);
        if (!Directory.Exists(folder))
        {
            var where = RunDirectory.CheckpointsOf(run);
            throw new FastDqnException(ErrorKind.BadData, $"checkpoint {name}: not found in {where} (there is {store.Names})");
        }

        return store.Open(folder, withReplay: false);
    }
}
