using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;

using static TorchSharp.torch;

namespace FastDqn.Learning.Optimization;

/// <summary>
/// Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019) on the CPU: one pass over the numbers, PyTorch's
/// formula.
/// </summary>
internal sealed class KernelAdam(OptimizerSpec spec, ParameterSet parameters, KernelPool pool) : FlatOptimizer
{
    private readonly Tensor _mean = zeros_like(parameters.Values).DetachFromDisposeScope();
    private readonly Tensor _square = zeros_like(parameters.Values).DetachFromDisposeScope();

    public override double LearningRate { get; set; } = spec.LearningRate;

    protected override IReadOnlyList<Tensor> Moments => [_mean, _square];

    protected override long Steps { get; set; }

    protected override string Name => spec.Kind == OptimizerKind.AdamW ? "adamw" : "adam";

    protected override Tensor Gradient => parameters.Gradient!;

    protected override bool TakesScale => true;

    public override void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
    }

    protected override void Apply(double scale)
    {
        Steps++;
        var settings = new KernelPool.AdamSettings
        {
            Rate = LearningRate,
            Beta1 = spec.Beta1,
            Beta2 = spec.Beta2,
            Epsilon = spec.Epsilon,
            WeightDecay = spec.WeightDecay,
            GradientScale = scale,
            Step = Steps,
            Decoupled = spec.Kind == OptimizerKind.AdamW ? 1 : 0,
        };
        pool.AdamStep(settings, parameters.Values, Gradient, _mean, _square);
    }
}
