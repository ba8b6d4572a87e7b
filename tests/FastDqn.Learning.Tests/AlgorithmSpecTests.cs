using FastDqn.Core;
using FastDqn.Learning;

namespace FastDqn.Learning.Tests;

public sealed class AlgorithmSpecTests
{
    private static readonly Dictionary<string, AlgorithmSpec> Wrong = new()
    {
        ["head.min_value"] = new() { Head = new HeadSpec { MinValue = 10, MaxValue = 10 } },
        ["target.gamma"] = new() { Target = new TargetSpec { Gamma = 1.01 } },
        ["target.tau"] = new() { Target = new TargetSpec { Tau = 0 } },
        ["target.munchausen"] = new() { Head = new HeadSpec { Kind = HeadKind.Categorical }, Target = new TargetSpec { Munchausen = true } },
        ["body.norm"] = new() { Body = new BodySpec { Norm = NormKind.Batch } },
        ["body.widths"] = new() { Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [64, 0] } },
        ["optimizer.learning_rate"] = new() { Optimizer = new OptimizerSpec { LearningRate = double.NaN } },
        ["exploration.points"] = new() { Exploration = new ExplorationSpec { Kind = ExplorationKind.Piecewise } },
        ["schedule.batch_size"] = new() { Schedule = new ScheduleSpec { BatchSize = 0 } },
        ["replay.kind"] = new() { Replay = new ReplaySpec { Kind = ReplayKind.None } },
        ["rollout.minibatches"] = Presets.Get("pqn") with { Rollout = new RolloutSpec { Minibatches = 33 } },
    };

    public static TheoryData<string> Fields => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Fields))]
    public void AFieldThatCannotBeIsNamedWithItsValue(string field)
    {
        var error = Assert.Throws<FastDqnException>(Wrong[field].Validate);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.StartsWith($"{field} is ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void EveryPresetIsSound() => Assert.All(Presets.Names, name => Presets.Get(name).Validate());

    [Fact]
    public void ALearnerOfTheWrongKindIsRefused()
    {
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => new DqnLearner(Presets.Get("pqn"), new NetworkInput(ObservationKind.UInt8, [4, 84, 84]), 2, 1)).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => new PqnLearner(TestSpecs.Small("dqn"), TestSpecs.Vector, 2, 1)).Kind);
    }
}
