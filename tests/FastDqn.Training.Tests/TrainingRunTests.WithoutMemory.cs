using FastDqn.Core;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests;

/// <summary>
/// Runs that go on without the replay memory they had: environments are reset and the memory fills anew.
/// </summary>
public sealed partial class TrainingRunTests
{
    private static readonly string[] GridWorld =
    [
        "checkpoint.replay=false", "env.name=gridworld", "body.kind=grid_world", "env.count=2", "log.films=false", "log.tensorboard=false",
        "checkpoint.every=0", "eval.every=0", "eval.episodes=0",
    ];

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void AnEpisodeUnderWayEndsWithTheEnvironmentThatIsReset(string overlap)
    {
        using var folder = new TempFolder();
        Start(folder.File("run"), "uniform", overlap, new Watcher(), extra: [.. GridWorld, "train.steps=70"]);
        ResumeTo(folder.File("run"), 400);
        var episodes = Rows(folder.File("run"), "episode");
        Assert.True(episodes.Count >= 6);
        // Of 50 steps at most, and numbered as if those that were cut had never been.
        Assert.All(episodes, row => Assert.InRange((long)row["metrics"]!["length"]!, 1, 50));
        Assert.Equal(Enumerable.Range(1, episodes.Count), episodes.Select(row => (int)row["metrics"]!["number"]!));
    }

    [Fact]
    public void ARollbackWithoutAMemoryBeginsNewEpisodesAndDrawsDifferentlyEachTime()
    {
        using var folder = new TempFolder();
        using var signals = new StopSignals();
        var watcher = new TriesWatcher(signals);
        // One checkpoint, in the middle of an episode; every try dies at its first update.
        var error = Assert.Throws<FastDqnException>(() => TrainingRun.Start(
            Config(
                folder.File("run"), "uniform", "on",
                [.. GridWorld, "train.max_loss=0", "train.on_bad_loss=rollback", "log.every=70", "schedule.warm_up=200"]),
            ["train"], watcher, signals));
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, watcher.Tries.Count);
        Assert.All(watcher.Tries, episodes => Assert.NotEmpty(episodes));
        Assert.All(watcher.Tries.SelectMany(episodes => episodes), episode => Assert.InRange(episode.Length, 1, 50));
        Assert.Equal(4, watcher.Tries.Select(episodes => string.Join(' ', episodes)).Distinct().Count());
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public void NothingIsLearnedBeforeTheMemoryHoldsTheWarmUpAgain(string overlap)
    {
        using var folder = new TempFolder();
        string[] extra = ["checkpoint.replay=false", "eval.every=0", "eval.episodes=0", "log.every=10"];
        var first = Start(folder.File("run"), "uniform", overlap, new Watcher(), extra: [.. extra, "train.steps=400"]);
        var last = ResumeTo(folder.File("run"), 900);
        var rows = Rows(folder.File("run"), "train").Where(row => (long)row["step"]! > first.Steps)
            .Select(row => (Step: (long)row["step"]!, Metrics: row["metrics"]!)).ToList();
        var filling = rows.Where(row => row.Step - first.Steps <= 90).ToList();
        Assert.NotEmpty(filling);
        Assert.All(filling, row => Assert.Equal(first.Updates, (long)row.Metrics["charts/updates"]!));
        // The policy that there is fills it: epsilon is where its schedule has it (500 steps), not 1.
        Assert.All(filling, row => Assert.InRange((double)row.Metrics["charts/epsilon"]!, 0.05, 0.3));
        // Then it learns as a new run does, and does not catch up on what it did not learn meanwhile.
        Assert.InRange(
            last.Updates - first.Updates,
            ((last.Steps - first.Steps - 100) / 4) - 2,
            ((last.Steps - first.Steps - 100) / 4) + 1);
        Assert.Equal(last.Updates, (long)rows[^1].Metrics["charts/updates"]!);
    }

    [Fact]
    public void ReplayFillCountsTransitions()
    {
        using var folder = new TempFolder();
        Start(
            folder.File("run"), "uniform", "on", new Watcher(),
            extra: ["eval.every=0", "eval.episodes=0", "log.every=10", "replay.capacity=300"]);
        var rows = Rows(folder.File("run"), "train");
        Assert.True((int)rows[^1]["metrics"]!["charts/episodes"]! > 10);
        // Of one step each: every agent step is one, the frames that begin episodes are none.
        var filling = rows.Where(row => (long)row["step"]! < 280).ToList();
        Assert.NotEmpty(filling);
        Assert.All(filling, row => Assert.Equal((long)row["step"]!, (long)row["metrics"]!["charts/replay_fill"]!));
        Assert.InRange((long)rows[^1]["metrics"]!["charts/replay_fill"]!, 200, 300);
    }

    internal static TrainResult Train(Configuration.TrainConfig config)
    {
        using var signals = new StopSignals();
        return TrainingRun.Start(config, ["train"], new Watcher(), signals);
    }

    private static TrainResult ResumeTo(string directory, long steps)
    {
        var config = RunDirectory.ReadConfig(directory, Assert.Fail);
        return TrainingRun.Resume(directory, config with { Train = config.Train with { Steps = steps } }, new Watcher(), new StopSignals());
    }

    /// <summary>The episodes of each try; asks for one checkpoint at the first row of metrics.</summary>
    private sealed class TriesWatcher(StopSignals signals) : ITrainObserver
    {
        public List<List<Episode>> Tries { get; } = [[]];

        public void Started(string runDirectory, long length, IReadOnlyList<string> facts) { }

        public void Progress(in TrainProgress progress)
        {
            if (Tries.Count == 1 && signals.CheckpointRequests == 0)
                signals.RequestCheckpoint();
        }

        public void EpisodeEnded(in Episode episode, in TrainProgress progress) => Tries[^1].Add(episode);

        public void Evaluated(long step, EvalResult result, bool random) { }

        public void Message(string text) { }

        public void Warning(string text)
        {
            if (text.Contains("going back", StringComparison.Ordinal))
                Tries.Add([]);
        }
    }
}
