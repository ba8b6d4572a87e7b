using System.Globalization;
using System.Reflection;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

public sealed class AlgorithmSpecTests
{
    private static readonly Dictionary<string, AlgorithmSpec> Wrong = new()
    {
        ["head.min_value"] = new() { Head = new HeadSpec { MinValue = 10, MaxValue = 10 } },
        ["target.gamma"] = new() { Target = new TargetSpec { Gamma = 1.01 } },
        ["target.tau"] = new() { Target = new TargetSpec { Tau = 0 } },
        ["target.munchausen"] = new()
        {
            Head = new HeadSpec { Kind = HeadKind.Categorical },
            Target = new TargetSpec { Munchausen = true },
        },
        ["body.norm"] = new() { Body = new BodySpec { Kind = BodyKind.Mlp, Norm = NormKind.Batch } },
        ["target.period"] = new() { Target = new TargetSpec { Period = 250, PeriodEpisodes = 10 } },
        ["target.period_episodes"] = new() { Target = new TargetSpec { Period = 0, PeriodEpisodes = -1 } },
        ["body.bias"] = new() { Body = new BodySpec { Bias = false }, Head = new HeadSpec { Noisy = true } },
        ["body.padding"] = new() { Body = new BodySpec { Kind = BodyKind.Impala, Padding = Padding.Same } },
        ["body.activation"] = new() { Body = new BodySpec { Kind = BodyKind.Impala, Activation = ActivationKind.Elu } },
        ["head.activation"] = new() { Head = new HeadSpec { Kind = HeadKind.Quantile, Activation = ActivationKind.Relu } },
        ["optimizer.nesterov"] = new() { Optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, Nesterov = true } },
        ["optimizer.momentum"] = new() { Optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, Momentum = 1 } },
        ["body.widths"] = new() { Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [64, 0] } },
        ["optimizer.learning_rate"] = new() { Optimizer = new OptimizerSpec { LearningRate = double.NaN } },
        ["exploration.points"] = new() { Exploration = new ExplorationSpec { Kind = ExplorationKind.Piecewise } },
        ["schedule.batch_size"] = new() { Schedule = new ScheduleSpec { BatchSize = 0 } },
        ["replay.kind"] = new() { Replay = new ReplaySpec { Kind = ReplayKind.None } },
        ["body.lstm"] = AlgorithmPresets.Get("r2d2") with { Head = new HeadSpec { Kind = HeadKind.Quantile } },
        ["replay.overlap"] = AlgorithmPresets.Get("r2d2") with { Replay = new ReplaySpec { Sequence = 20, Overlap = 20 } },
        ["replay.capacity"] = AlgorithmPresets.Get("r2d2") with { Replay = new ReplaySpec { Capacity = 40_959 } },
        ["augment.shift"] = new() { Body = new BodySpec { Kind = BodyKind.Mlp }, Augment = new AugmentSpec { Shift = 4 } },
        ["augment.intensity"] = AlgorithmPresets.Get("pqn") with { Augment = new AugmentSpec { Intensity = 0.05 } },
        ["self_prediction.steps"] = AlgorithmPresets.Get("spr") with { Head = new HeadSpec() },
        ["reset.period"] = AlgorithmPresets.Get("pqn") with { Reset = new ResetSpec { Period = 100 } },
        ["target.acts"] = new() { Target = new TargetSpec { Acts = true, UseTargetNetwork = false } },
        ["body.renormalize"] = new() { Body = new BodySpec { Kind = BodyKind.Mlp, Renormalize = true } },
        ["target.rescale"] = new() { Target = new TargetSpec { Rescale = true, Munchausen = true } },
        ["rollout.minibatches"] = AlgorithmPresets.Get("pqn") with { Rollout = new RolloutSpec { Minibatches = 33 } },
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

    public static TheoryData<string> NotRecurrent => [.. Impossible.Keys];

    private static readonly Dictionary<string, Func<AlgorithmSpec, AlgorithmSpec>> Impossible = new()
    {
        ["head.kind"] = spec => spec with { Head = new HeadSpec { Kind = HeadKind.ImplicitQuantile } },
        ["head.noisy"] = spec => spec with { Head = new HeadSpec { Noisy = true } },
        ["target.munchausen"] = spec => spec with { Target = new TargetSpec { Munchausen = true } },
        ["rollouts"] = spec => spec with { Rollout = new RolloutSpec(), Replay = new ReplaySpec { Kind = ReplayKind.None } },
    };

    public static TheoryData<string> Unpredictable => [.. NoPredictions.Keys];

    private static readonly Dictionary<string, Func<AlgorithmSpec, AlgorithmSpec>> NoPredictions = new()
    {
        ["body.kind mlp"] = spec => spec with { Body = new BodySpec { Kind = BodyKind.Mlp } },
        ["body.lstm"] = spec => spec with { Body = new BodySpec { Lstm = 8 }, Head = new HeadSpec { Dueling = true } },
        ["head.kind implicit_quantile"] = spec => spec with { Head = spec.Head with { Kind = HeadKind.ImplicitQuantile } },
        ["head.dueling"] = spec => spec with { Head = new HeadSpec() },
        ["body.widths"] = spec => spec with
        {
            Body = new BodySpec { Kind = BodyKind.Composed, Convolutions = [new(8, 3, 3, 1)], Widths = [16, 8] },
        },
        ["rollouts"] = spec => spec with
        {
            Rollout = new RolloutSpec(),
            Replay = new ReplaySpec { Kind = ReplayKind.None },
            Head = new HeadSpec { Dueling = true },
        },
    };

    [Theory]
    [MemberData(nameof(Unpredictable))]
    public void WhereFeaturesCannotBePredictedIsSaid(string other)
    {
        var spec = AlgorithmPresets.Get("spr") with { Augment = new AugmentSpec() };
        spec = spec with { Body = spec.Body with { Renormalize = false } };
        var error = Assert.Throws<FastDqnException>(NoPredictions[other](spec).Validate);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.StartsWith("self_prediction.steps is 5; it must be 0 ", error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(NotRecurrent))]
    public void WhatCannotGoWithARecurrentNetworkIsRefusedByName(string other)
    {
        var error = Assert.Throws<FastDqnException>(Impossible[other](AlgorithmPresets.Get("r2d2")).Validate);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.StartsWith("body.lstm is 512; it must be 0 w", error.Message, StringComparison.Ordinal);
        Assert.Contains(other, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ANumberBeyondTheRangeOfItsOptionIsRefused()
    {
        var rollouts = AlgorithmPresets.Get("pqn");
        var refused = 0;
        var sections = typeof(AlgorithmSpec).GetProperties()
            .Where(p => p.PropertyType.Name.EndsWith("Spec", StringComparison.Ordinal));
        foreach (var section in sections)
        {
            foreach (var property in OptionRecord.Properties(section.PropertyType))
            {
                var option = property.GetCustomAttribute<OptionAttribute>();
                Assert.True(option is not null, property.Name);
                foreach (var number in new[] { option.Min - 1, option.Max + 1 }.Where(double.IsFinite))
                {
                    var spec = rollouts with { };
                    var part = Activator.CreateInstance(section.PropertyType)!;
                    property.SetValue(part, Convert.ChangeType(number, property.PropertyType, CultureInfo.InvariantCulture));
                    section.SetValue(spec, part);
                    var error = Assert.Throws<FastDqnException>(spec.Validate);
                    var name = $"{OptionRecord.NameOf(section.Name)}.{OptionRecord.NameOf(property.Name)}";
                    Assert.Equal(
                        FormattableString.Invariant($"{name} is {number}; it must be {option.Range}"),
                        error.Message);
                    refused++;
                }
            }
        }

        Assert.True(refused > 50, $"{refused} bounds");
    }

    [Fact]
    public void ATargetNetworkIsCopiedByUpdatesOrByEpisodesNotByBothAndNotByNeither()
    {
        new AlgorithmSpec { Target = new TargetSpec { Period = 0, PeriodEpisodes = 10 } }.Validate();
        var both = Assert.Throws<FastDqnException>(
            new AlgorithmSpec { Target = new TargetSpec { Period = 250, PeriodEpisodes = 10 } }.Validate);
        Assert.StartsWith("target.period is 250; it must be 0 with target.period_episodes 10", both.Message, StringComparison.Ordinal);
        var neither = Assert.Throws<FastDqnException>(new AlgorithmSpec { Target = new TargetSpec { Period = 0 } }.Validate);
        Assert.StartsWith("target.period is 0; it must be 1 or more", neither.Message, StringComparison.Ordinal);
    }

    /// <summary>Lists and pairs with an order.</summary>
    public static TheoryData<AlgorithmSpec, string> Disordered => new()
    {
        { Piecewise((2000, 0.1), (500, 1)), "exploration.points: step 2 is 500; it must be above 2000" },
        { Piecewise((0, 1), (0, 0.5)), "exploration.points: step 2 is 0; it must be above 0" },
        { Piecewise((-1, 1)), "exploration.points: step 1 is -1;" },
        { Piecewise((0, 1.5)), "exploration.points: epsilon 1 is 1.5; it must be 0 to 1" },
        {
            new() { Head = new HeadSpec { Kind = HeadKind.Categorical, MinValue = 10, MaxValue = -10 } },
            "head.min_value is 10; it must be a number below head.max_value (-10)"
        },
        {
            new() { Replay = new ReplaySpec { Kind = ReplayKind.Prioritized, BetaStart = 0.6, BetaEnd = 0.4 } },
            "replay.beta_start is 0.6; it must be 0 to replay.beta_end (0.4)"
        },
    };

    [Theory]
    [MemberData(nameof(Disordered))]
    public void WhatHasAnOrderIsHeldToIt(AlgorithmSpec spec, string says)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var error = Assert.Throws<FastDqnException>(spec.Validate);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.StartsWith(says, error.Message, StringComparison.Ordinal);
    }

    private static AlgorithmSpec Piecewise(params (long, double)[] points) =>
        new() { Exploration = new ExplorationSpec { Kind = ExplorationKind.Piecewise, Points = points } };

    [Fact]
    public void EveryPresetIsSound() => Assert.All(AlgorithmPresets.Names, name => AlgorithmPresets.Get(name).Validate());

    [Fact]
    public void ALearnerOfTheWrongKindIsRefused()
    {
        var pixels = new NetworkInput(ObservationKind.UInt8, [4, 84, 84]);
        Assert.Equal(
            ErrorKind.Usage,
            Assert.Throws<FastDqnException>(() => new DqnLearner(AlgorithmPresets.Get("pqn"), pixels, 2, 1)).Kind);
        Assert.Equal(
            ErrorKind.Usage,
            Assert.Throws<FastDqnException>(() => new PqnLearner(TestSpecs.Small("dqn"), TestSpecs.Vector, 2, 1)).Kind);
    }
}
