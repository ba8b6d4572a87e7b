using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Optimization;

/// <summary>An optimizer written out in tensor operations on the CPU.</summary>
internal abstract class PlainOptimizer : FlatOptimizer
{
    private readonly Tensor[] _moments;

    protected PlainOptimizer(OptimizerSpec spec, ParameterSet parameters)
    {
        Spec = spec;
        LearningRate = spec.LearningRate;
        Values = parameters.Values;
        Gradient = parameters.Gradient!;
        _moments = [.. Enumerable.Range(0, MomentsOf(spec)).Select(_ => zeros_like(Values).DetachFromDisposeScope())];
    }

    public sealed override double LearningRate { get; set; }

    protected OptimizerSpec Spec { get; }

    protected Tensor Values { get; }

    protected sealed override Tensor Gradient { get; }

    protected sealed override IReadOnlyList<Tensor> Moments => _moments;

    protected sealed override long Steps { get; set; }

    protected sealed override void Apply(double scale)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        if (Spec.WeightDecay != 0)
            Gradient.add_(Values, alpha: Numbers.Of(Spec.WeightDecay));
        Move();
    }

    public sealed override void Dispose()
    {
        foreach (var moment in _moments)
            moment.Dispose();
    }

    /// <summary>One step along <see cref="Gradient"/>.</summary>
    protected abstract void Move();
}

/// <summary>
/// RMSProp. PyTorch's has epsilon outside the root, g / (sqrt(v) + eps); TensorFlow's inside, g / sqrt(v + eps), and
/// with <see cref="OptimizerSpec.Centered"/> the Nature agent's g / sqrt(mean(g^2) - mean(g)^2 + 0.01).
/// </summary>
internal sealed class RmsPropOptimizer : PlainOptimizer
{
    private readonly RmsPropMoments _moments;

    public RmsPropOptimizer(OptimizerSpec spec, ParameterSet parameters)
        : base(spec, parameters)
    {
        _moments = new RmsPropMoments(spec);
        StartMoments();
    }

    protected override void StartMoments() => _moments.Start(Moments);

    protected override string Name => _moments.Name;

    private Tensor Mean => Moments[_moments.Mean];

    private Tensor Velocity => Moments[_moments.Velocity];

    protected override void Move()
    {
        var (alpha, rest, epsilon) = (Numbers.Of(Spec.Alpha), Numbers.Of(1 - Spec.Alpha), Numbers.Of(Spec.Epsilon));
        var square = Moments[0].mul_(alpha).addcmul_(Gradient, Gradient, rest);
        if (Spec.Centered)
        {
            var mean = Mean.mul_(alpha).add_(Gradient, rest);
            square = square.addcmul(mean, mean, Numbers.Of(-1));
        }

        var root = _moments.Inside ? square.Plus(epsilon).sqrt_() : square.sqrt().Add(epsilon);
        if (Spec.Momentum == 0)
        {
            using Scalar rate = -LearningRate;
            Values.addcdiv_(Gradient, root, rate);
        }
        else if (_moments.Inside)
        {
            using Scalar rate = LearningRate;
            Values.add_(Velocity.mul_(Numbers.Of(Spec.Momentum)).addcdiv_(Gradient, root, rate), Numbers.Of(-1));
        }
        else
        {
            using Scalar rate = -LearningRate;
            Values.add_(Velocity.mul_(Numbers.Of(Spec.Momentum)).addcdiv_(Gradient, root, Numbers.One), rate);
        }
    }
}

/// <summary>
/// Gradient descent with momentum m: v = m v + g, then a step along v, or along g + m v (Nesterov; Sutskever et al.
/// 2013, as PyTorch and TensorFlow have it).
/// </summary>
internal sealed class SgdOptimizer(OptimizerSpec spec, ParameterSet parameters) : PlainOptimizer(spec, parameters)
{
    protected override string Name => "sgd";

    protected override void Move()
    {
        using Scalar rate = -LearningRate;
        if (Spec.Momentum == 0)
        {
            Values.add_(Gradient, rate);
            return;
        }

        var velocity = Moments[0].mul_(Numbers.Of(Spec.Momentum)).Add(Gradient);
        if (!Spec.Nesterov)
        {
            Values.add_(velocity, rate);
            return;
        }

        using Scalar further = -LearningRate * Spec.Momentum;
        Values.add_(Gradient, rate).add_(velocity, further);
    }
}

/// <summary>
/// Rectified Adam (Liu et al. 2020) as PyTorch has it: plain momentum while the variance of the adaptive rate is
/// unbounded.
/// </summary>
internal sealed class RAdamOptimizer(OptimizerSpec spec, ParameterSet parameters) : PlainOptimizer(spec, parameters)
{
    protected override string Name => "radam";

    protected override void Move()
    {
        var mean = Moments[0].mul_(Numbers.Of(Spec.Beta1)).add_(Gradient, Numbers.Of(1 - Spec.Beta1));
        var square = Moments[1].mul_(Numbers.Of(Spec.Beta2)).addcmul_(Gradient, Gradient, Numbers.Of(1 - Spec.Beta2));
        var (rate, adaptive) = Rate(Spec, LearningRate, Steps);
        using Scalar step = -rate;
        if (adaptive)
            Values.addcdiv_(mean, square.sqrt().Add(Numbers.Of(Spec.Epsilon)), step);
        else
            Values.add_(mean, step);
    }

    /// <summary>
    /// The factor of step <paramref name="steps"/>, and whether the mean is divided by the second moment's root
    /// before.
    /// </summary>
    internal static (double Rate, bool Adaptive) Rate(OptimizerSpec spec, double learningRate, long steps)
    {
        var correction1 = 1 - Math.Pow(spec.Beta1, steps);
        var power2 = Math.Pow(spec.Beta2, steps);
        var correction2 = 1 - power2;
        var rhoInfinity = (2 / (1 - spec.Beta2)) - 1;
        var rho = rhoInfinity - (2 * steps * power2 / correction2);
        if (rho <= 5)
            return (learningRate / correction1, false);
        var rectification = Math.Sqrt((rho - 4) * (rho - 2) * rhoInfinity / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho));
        return (learningRate * rectification * Math.Sqrt(correction2) / correction1, true);
    }
}
