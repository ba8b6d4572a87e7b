using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>Every kind of head and target over a small MLP, and small versions of the presets.</summary>
internal static class TestSpecs
{
    public static readonly NetworkInput Vector = new(ObservationKind.Float32, [5]);

    public const int Actions = 3;

    public static IEnumerable<string> Names =>
    [
        "dqn", "double-dueling", "c51", "qr-dqn", "iqn", "rainbow", "munchausen",
        "munchausen-iqn", "soft", "rmsprop", "rmsprop-torch", "radam", "adamw", "nesterov", "no-bias", "no-target", "rmsprop-tf1", "tanh",
        "own-streams", "own-classes",
    ];

    public static AlgorithmSpec Small(string name)
    {
        var small = new AlgorithmSpec
        {
            Name = name,
            Body = new BodySpec { Kind = BodyKind.Mlp, Widths = [16] },
            Head = new HeadSpec
            {
                Hidden = 16,
                Atoms = 11,
                Quantiles = 8,
                OnlineTaus = 4,
                TargetTaus = 5,
                ActingTaus = 6,
                CosineEmbedding = 8,
            },
            Target = new TargetSpec { Period = 3 },
            Optimizer = new OptimizerSpec { LearningRate = 1e-3 },
        };
        return name switch
        {
            "dqn" => small,
            "double-dueling" => small with
            {
                Head = small.Head with { Dueling = true },
                Target = small.Target with { Double = true },
                Loss = new LossSpec { MaxGradientNorm = 0.5 },
            },
            "c51" => small with { Head = small.Head with { Kind = HeadKind.Categorical } },
            "qr-dqn" => small with { Head = small.Head with { Kind = HeadKind.Quantile } },
            "iqn" => small with { Head = small.Head with { Kind = HeadKind.ImplicitQuantile } },
            "rainbow" => small with
            {
                Head = small.Head with { Kind = HeadKind.Categorical, Dueling = true, Noisy = true },
                Target = small.Target with { Double = true },
            },
            "munchausen" => small with { Target = small.Target with { Munchausen = true } },
            "munchausen-iqn" => small with
            {
                Head = small.Head with { Kind = HeadKind.ImplicitQuantile, Dueling = true, Noisy = true },
                Target = small.Target with { Munchausen = true },
            },
            "soft" => small with { Target = small.Target with { Tau = 0.1, Period = 1 } },
            "rmsprop" => small with { Optimizer = AlgorithmPresets.Get("dqn-nature").Optimizer },
            "rmsprop-torch" => small with
            {
                Optimizer = new OptimizerSpec { Kind = OptimizerKind.RmsProp, LearningRate = 1e-3, Centered = true, Momentum = 0.9 },
            },
            "rmsprop-tf1" => small with
            {
                Optimizer = new OptimizerSpec { Kind = OptimizerKind.RmsPropTf, LearningRate = 1e-3, Epsilon = 1e-10, SquareStart = 1 },
            },
            "tanh" => small with
            {
                Body = small.Body with { Activation = ActivationKind.Tanh },
                Head = small.Head with { Activation = ActivationKind.LeakyRelu },
            },
            "radam" => small with { Optimizer = new OptimizerSpec { Kind = OptimizerKind.RAdam, LearningRate = 1e-3 } },
            "adamw" => small with { Optimizer = small.Optimizer with { Kind = OptimizerKind.AdamW, WeightDecay = 0.1 } },
            "nesterov" => small with
            {
                Optimizer = new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 1e-3, Momentum = 0.95, Nesterov = true },
            },
            "no-bias" => small with { Body = small.Body with { Bias = false }, Head = small.Head with { Dueling = true } },
            "own-streams" => small with
            {
                Body = small.Body with { Activation = ActivationKind.Elu },
                Head = small.Head with { Rule = name },
                HeadRule = new OwnStreams { Width = 12 },
                Target = small.Target with { Double = true },
            },
            "own-classes" => small with
            {
                Head = small.Head with { Rule = name },
                HeadRule = new OwnClasses(),
                Target = small.Target with { Munchausen = true },
            },
            "no-target" => small with { Target = small.Target with { UseTargetNetwork = false } },
            _ => throw new ArgumentException(name),
        };
    }
}
