using FastDqn.Learning;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Learning itself, seeds fixed. The explicit tests are the scripted benchmark of docs/algorithms.md: run the test
/// program with <c>-explicit only</c>.
/// </summary>
public sealed class CartPoleTests(ITestOutputHelper output)
{
    public static TheoryData<string> Family => ["double-dueling", "c51", "qr-dqn", "iqn", "munchausen", "rainbow"];

    [Fact]
    public void DqnSolvesCartPole()
    {
        // It stops where it is solved. Kernels round differently by instruction set, and then so does the way there.
        var trainer = new CartPoleTrainer(Spec("dqn"), seed: 1);
        var mean = trainer.Run(100_000);
        output.WriteLine($"mean return {mean} after {trainer.Steps} agent steps");
        Assert.True(mean >= 475, $"mean return {mean} after {trainer.Steps} agent steps");
    }

    [Fact]
    public void PqnSolvesCartPole()
    {
        var trainer = new CartPoleTrainer(Spec("pqn"), seed: 1);
        var mean = trainer.Run(400_000);
        output.WriteLine($"mean return {mean} after {trainer.Steps} agent steps");
        Assert.True(mean >= 475, $"mean return {mean} after {trainer.Steps} agent steps");
    }

    [Fact]
    public void WithoutTerminalsThereIsNothingToLearn()
    {
        // Reward 1 a step and no end: every action is worth 1 / (1 - gamma).
        var mean = new CartPoleTrainer(Spec("dqn") with { Target = new TargetSpec { UseTargetNetwork = false } }, seed: 1)
        {
            BootstrapThroughTerminals = true,
        }.Run(6_000);
        Assert.True(mean < 200, $"mean return {mean}");
    }

    [Fact]
    public void WithRandomRewardsThereIsNothingToLearn()
    {
        var mean = new CartPoleTrainer(Spec("dqn"), seed: 1) { ShuffleRewards = true }.Run(6_000);
        Assert.True(mean < 200, $"mean return {mean}");
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Family))]
    public void TheFamilySolvesCartPole(string name)
    {
        var trainer = new CartPoleTrainer(Spec(name), seed: 1);
        var start = System.Diagnostics.Stopwatch.StartNew();
        var mean = trainer.Run(60_000);
        var line = $"{name}: mean return {mean:f1} over 100 episodes after {trainer.Steps} agent steps, {start.Elapsed.TotalSeconds:f0} s";
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(mean >= 475, line);
    }

    internal static AlgorithmSpec Spec(string name)
    {
        var dqn = new AlgorithmSpec
        {
            Name = $"cartpole-{name}",
            Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [128, 128] },
            Target = new TargetSpec { Gamma = 0.99, Period = 100 },
            Loss = new LossSpec { MaxGradientNorm = 10 },
            Optimizer = new OptimizerSpec { LearningRate = 1e-3 },
            Exploration = new ExplorationSpec { End = 0.04, Steps = 8_000 },
            Replay = new ReplaySpec { Capacity = 50_000 },
            Schedule = new ScheduleSpec { BatchSize = 64, WarmUp = 1_000, StepsPerUpdate = 2 },
        };
        var head = new HeadSpec { Hidden = 128 };
        var shallow = dqn with { Body = dqn.Body with { Widths = [128] } };
        return name switch
        {
            "dqn" => dqn,
            "double-dueling" => shallow with { Head = head with { Dueling = true }, Target = dqn.Target with { Double = true } },
            "c51" => dqn with { Head = head with { Kind = HeadKind.Categorical, MinValue = 0, MaxValue = 100, Atoms = 51 } },
            "qr-dqn" => dqn with { Head = head with { Kind = HeadKind.Quantile, Quantiles = 25 } },
            "iqn" => shallow with
            {
                Head = head with { Kind = HeadKind.ImplicitQuantile, OnlineTaus = 8, TargetTaus = 8, ActingTaus = 16 },
            },
            "munchausen" => dqn with { Target = dqn.Target with { Munchausen = true } },
            "rainbow" => shallow with
            {
                Head = head with { Kind = HeadKind.Categorical, MinValue = 0, MaxValue = 100, Dueling = true, Noisy = true },
                Target = dqn.Target with { Double = true },
                Exploration = new ExplorationSpec { Kind = ExplorationKind.Greedy },
            },
            "pqn" => AlgorithmPresets.Get("pqn") with
            {
                Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [120, 84], Norm = NormKind.Layer, Init = InitKind.Orthogonal },
                Optimizer = new OptimizerSpec { Kind = OptimizerKind.RAdam, LearningRate = 5e-4, AnnealLearningRate = true },
                Exploration = new ExplorationSpec { End = 0.05, Fraction = 0.3 },
                Environments = 16,
                Rollout = new RolloutSpec { Steps = 32, Epochs = 4, Minibatches = 4 },
            },
            _ => throw new ArgumentException(name),
        };
    }
}
