using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

/// <summary>
/// Runs are one group when they differ in nothing but the seed, and a label says what tells groups apart.
/// </summary>
public sealed class ConfigGroupsTests
{
    private const string Grid = "env.name=gridworld";

    public static TheoryData<string[], string[]> Cases => new()
    {
        {
            [Grid + " run.seed=1", Grid + " run.seed=2 run.dir=x run.threads=3 log.every=7 checkpoint.keep=5 eval.video=false"],
            ["gridworld dqn-nature", "gridworld dqn-nature"]
        },
        { [Grid + " algorithm.name=rainbow", Grid + " algorithm.name=c51"], ["gridworld rainbow", "gridworld c51"] },
        {
            [Grid + " target.gamma=0.9", Grid + " target.gamma=0.5", Grid + " target.gamma=0.9 run.seed=5"],
            [
                "gridworld dqn-nature, target.gamma 0.9", "gridworld dqn-nature, target.gamma 0.5",
                "gridworld dqn-nature, target.gamma 0.9",
            ]
        },
        // A name of the user's own stands for what it is given to, and where it is given to two it is not enough.
        { [Grid + " run.name=a target.gamma=0.9", Grid + " run.name=b"], ["gridworld a", "gridworld b"] },
        {
            [Grid + " run.name=a algorithm.name=rainbow", Grid + " run.name=a"],
            ["gridworld a, algorithm.name rainbow", "gridworld a, algorithm.name dqn-nature"]
        },
        {
            [Grid + " run.name=a algorithm.name=rainbow target.gamma=0.5", Grid + " run.name=a"],
            ["gridworld a, algorithm.name rainbow, target.gamma 0.5", "gridworld a, algorithm.name dqn-nature, target.gamma 0.99"]
        },
        { [Grid, "env.name=bricks"], ["gridworld dqn-nature", "bricks dqn-nature"] },
        {
            [Grid + " train.steps=100", Grid + " train.steps=200"],
            ["gridworld dqn-nature, train.steps 100", "gridworld dqn-nature, train.steps 200"]
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void LabelsSayWhatDiffers(string[] runs, string[] labels)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Assert.Equal(labels, ConfigGroups.Label([.. runs.Select(Resolve)]));
    }

    [Fact]
    public void ManyDifferencesAreToldByAsFewAsItTakesAndNoTwoGroupsShareALabel()
    {
        string[] runs =
        [
            "", " target.gamma=0.9", " target.gamma=0.9 target.double=true",
            " loss.kappa=2 schedule.batch_size=8 optimizer.learning_rate=0.1 replay.capacity=5000",
        ];
        var labels = ConfigGroups.Label([.. runs.Select(run => Resolve(Grid + run))]);
        Assert.Equal(4, labels.Distinct().Count());
        Assert.All(labels, label => Assert.InRange(label.Split(", ").Length, 2, 4));
    }

    [Fact]
    public void AcrossGamesRunsOfOneConfigurationBelongTogether()
    {
        var configs = new[] { "env.name=bricks", "env.name=pong", "env.name=pong algorithm.name=rainbow" }.Select(Resolve).ToList();
        Assert.Equal(["dqn-nature", "dqn-nature", "rainbow"], ConfigGroups.Label(configs, acrossGames: true));
    }

    [Fact]
    public void ARunIsCalledByItsAlgorithmUntilItHasANameOfItsOwn()
    {
        Assert.Equal("rainbow", Resolve("algorithm.name=rainbow").Run.Name);
        Assert.Equal("mine", Resolve("algorithm.name=rainbow run.name=mine").Run.Name);
        Assert.Equal(new Learning.Specs.AlgorithmSpec().Name, new TrainConfig().Run.Name);
    }

    private static TrainConfig Resolve(string settings) =>
        settings.Split(' ').Aggregate(new ConfigLayers(), (layers, setting) => layers.AddSetting(setting)).Resolve();
}
