using FastDqn.Tests;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>The Atari 100k presets, on small networks, learn a small task within few steps.</summary>
public sealed class SampleEfficientTests(ITestOutputHelper output)
{
    private static readonly string[] Small =
    [
        "env.name=gridworld", "train.reward=raw", "train.steps=4000", "target.gamma=0.97", "body.kind=composed",
        "body.convolutions=8 8x8/4, 16 4x4/2", "body.widths=64", "head.hidden=64", "target.steps=3", "optimizer.learning_rate=5e-4",
        "schedule.warm_up=600", "eval.episodes=40", "eval.every=0", "eval.random=false", "eval.video=false", "log.films=false",
        "log.report=false", "checkpoint.replay=false",
    ];

    /// <summary>For CI's long job. Random play gives 0.8 on average.</summary>
    [Theory(Explicit = true)]
    [InlineData(
        "der", "body.convolutions=32 5x5/5, 64 5x5/5; head.hidden=256; target.steps=5; target.period=200")]
    [InlineData("drq-eps", "exploration.delay=600; exploration.steps=800")]
    [InlineData("spr", "")]
    [InlineData(
        "sr-spr",
        "exploration.delay=600; exploration.steps=800; schedule.updates_per_round=2; reset.period=1500; reset.last=3000; "
        + "target.tau=0.02; self_prediction.tau=0.02")]
    public void ThePresetsLearnTheGridWorldInFewSteps(string algorithm, string settings)
    {
        using var folder = new TempFolder();
        var all = Small.Concat(settings.Split(';', StringSplitOptions.RemoveEmptyEntries)).Prepend($"algorithm.name={algorithm}");
        var config = TrainConfig.From("", all.Append($"run.dir={folder.File("run")}"));
        using var signals = new StopSignals();
        var reached = TrainingRun.Start(config, ["train"], new SmallRuns.Told(), signals).Eval!.MeanReturn;
        output.WriteLine(FormattableString.Invariant($"{algorithm}: a mean return of {reached:f2}"));
        Assert.True(reached > 1.4, $"a mean return of {reached}");
    }
}
