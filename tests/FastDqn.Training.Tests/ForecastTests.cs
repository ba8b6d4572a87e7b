using FastDqn.Tests;
using FastDqn.Training.Logging;

namespace FastDqn.Training.Tests;

/// <summary>What is said of a training before it can be known is right, or not said.</summary>
public sealed class ForecastTests
{
    public static TheoryData<string, string[]> Trainings => new()
    {
        { "dqn", [] },
        { "dqn", ["train.overlap=false"] },
        { "dqn", ["schedule.warm_up=400"] },
        { "dqn", ["schedule.warm_up=1000"] },
        { "dqn", ["schedule.warm_up=1000", "train.overlap=false"] },
        { "dqn", ["schedule.warm_up=0"] },
        { "dqn", ["train.episodes=12", "schedule.warm_up_episodes=8", "env.count=1"] },
        { "dqn", ["train.episodes=12", "schedule.warm_up_episodes=12", "env.count=1"] },
        { "dqn", ["train.episodes=12", "schedule.warm_up_episodes=8", "schedule.episodes_per_round=4", "env.count=1"] },
        { "dqn", ["train.episodes=13", "schedule.warm_up_episodes=8", "schedule.episodes_per_round=4", "env.count=1"] },
        { "pqn", [] },
        { "pqn", ["rollout.steps=100"] },
        { "pqn", ["rollout.steps=100", "train.overlap=false"] },
        { "pqn", ["rollout.steps=200"] },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void ATrainingIsWarnedAboutExactlyWhenItMakesNoUpdate(string kind, string[] more)
    {
        using var folder = new TempFolder();
        var (result, told) = SmallRuns.Run(SmallRuns.Config(kind, more), folder.File("run"));
        var log = File.ReadAllText(folder.File("run/log.txt"));
        Assert.Equal(result.Updates == 0, told.Warnings.Any(w => w.StartsWith("nothing will be learnt: ", StringComparison.Ordinal)));
        Assert.Equal(result.Updates == 0, log.Contains("nothing will be learnt", StringComparison.Ordinal));
    }

    [Fact]
    public void TheTimeToGoIsNotToldBeforeTheStepsThatLearn()
    {
        using var folder = new TempFolder();
        var (_, told) = SmallRuns.Run(SmallRuns.Config("dqn", "schedule.warm_up=200"), folder.File("run"));
        var before = told.Rows.Where(r => r.Updates == 0).ToList();
        Assert.NotEmpty(before);
        Assert.All(before, r => Assert.Equal("-", LoggingObserver.Eta(r.RemainingSeconds)));
        var after = told.Rows.Where(r => r.Updates > 1).ToList();
        Assert.NotEmpty(after);
        Assert.All(after, r => Assert.True(double.IsFinite(r.RemainingSeconds), $"step {r.Step}"));
        Assert.Equal(0, told.Rows[^1].RemainingSeconds);
    }

    [Fact]
    public void ATrainingWithoutUpdatesHasATimeToGo()
    {
        using var folder = new TempFolder();
        var (_, told) = SmallRuns.Run(SmallRuns.Config("dqn", "schedule.warm_up=1000"), folder.File("run"));
        Assert.All(told.Rows.Skip(1), r => Assert.True(double.IsFinite(r.RemainingSeconds), $"step {r.Step}"));
    }
}
