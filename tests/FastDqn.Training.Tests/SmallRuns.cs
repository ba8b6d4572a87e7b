using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>Trainings of less than a second on CartPole, and what they told.</summary>
internal static class SmallRuns
{
    private static readonly string[] Common =
    [
        "env.name=cartpole", "body.kind=mlp", "body.widths=8", "train.steps=400", "log.every=50", "checkpoint.every=0",
        "eval.episodes=1", "eval.video=false", "log.films=false", "log.report=false", "run.threads=1",
    ];

    private static readonly string[] Replay = ["env.count=2", "schedule.warm_up=100", "schedule.batch_size=8", "replay.capacity=500"];

    private static readonly string[] Rollouts = ["algorithm.name=pqn", "env.count=4", "rollout.steps=8", "rollout.minibatches=2"];

    public static TrainConfig Config(string kind, params IEnumerable<string> more)
    {
        // As a file, so that what a test sets takes the place of it.
        var file = Common.Concat(kind == "pqn" ? Rollouts : Replay).Select(s => new YamlEntry(s.Split('=')[0], s.Split('=')[1], 1, 1));
        return more.Aggregate(new ConfigLayers().AddEntries(file, "small.yaml"), (layers, setting) => layers.AddSetting(setting)).Resolve();
    }

    public static (TrainResult Result, Told Told) Run(TrainConfig config, string directory, RunTools? tools = null)
    {
        using var signals = new StopSignals();
        var told = new Told();
        config = config with { Run = config.Run with { Dir = directory } };
        return (TrainingRun.Start(config, ["train"], told, signals, tools), told);
    }

    public sealed class Told : ITrainObserver
    {
        public List<TrainProgress> Rows { get; } = [];

        public List<string> Warnings { get; } = [];

        public List<string> Messages { get; } = [];

        public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

        public void Progress(in TrainProgress progress) => Rows.Add(progress);

        public void EpisodeEnded(in Episode episode, in TrainProgress progress) { }

        public void Evaluated(long step, EvalResult result, bool random) { }

        public void Message(string text) => Messages.Add(text);

        public void Warning(string text) => Warnings.Add(text);
    }
}
