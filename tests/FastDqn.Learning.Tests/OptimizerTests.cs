using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Tests;

/// <summary>Each optimizer's first steps against its published formula in double precision.</summary>
public sealed class OptimizerTests
{
    private const int Count = 40;

    public static TheoryData<OptimizerSpec> Specs =>
    [
        new OptimizerSpec { Kind = OptimizerKind.Adam, LearningRate = 0.01, Epsilon = 1.5e-4 },
        new OptimizerSpec { Kind = OptimizerKind.Adam, LearningRate = 0.01, WeightDecay = 0.1, Beta1 = 0.8, Beta2 = 0.95 },
        new OptimizerSpec { Kind = OptimizerKind.AdamW, LearningRate = 0.01, WeightDecay = 0.1 },
        new OptimizerSpec { Kind = OptimizerKind.RAdam, LearningRate = 0.01 },
        new OptimizerSpec { Kind = OptimizerKind.RmsProp, LearningRate = 0.01, Alpha = 0.95, Epsilon = 0.01 },
        new OptimizerSpec
        {
            Kind = OptimizerKind.RmsProp,
            LearningRate = 0.01,
            Alpha = 0.9,
            Epsilon = 0.01,
            Centered = true,
            Momentum = 0.5,
        },
        new OptimizerSpec { Kind = OptimizerKind.RmsPropTf, LearningRate = 0.01, Alpha = 0.95, Epsilon = 0.01 },
        new OptimizerSpec { Kind = OptimizerKind.RmsPropTf, LearningRate = 0.00025, Alpha = 0.95, Epsilon = 0.01, Centered = true },
        new OptimizerSpec { Kind = OptimizerKind.RmsPropTf, LearningRate = 0.01, Epsilon = 0.01, Momentum = 0.9 },
        new OptimizerSpec { Kind = OptimizerKind.RmsPropTf, LearningRate = 0.01, Alpha = 0.9, Epsilon = 1e-10, SquareStart = 1 },
        new OptimizerSpec { Kind = OptimizerKind.RmsProp, LearningRate = 0.01, Momentum = 0.5, SquareStart = 0.25 },
        new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.01, WeightDecay = 0.1 },
        new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.01, Momentum = 0.9 },
        new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.001, Momentum = 0.95, Nesterov = true },
    ];

    [Theory]
    [MemberData(nameof(Specs))]
    public void StepsFollowTheFormula(OptimizerSpec spec) => StepsFollowTheFormulaOn(spec, null);

    [Theory]
    [MemberData(nameof(Specs))]
    public void StepsOnOurKernelsFollowTheFormula(OptimizerSpec spec)
    {
        using var pool = new KernelPool(2);
        StepsFollowTheFormulaOn(spec, pool);
    }

    /// <summary>RMSPropOptimizer(0.0001): decay 0.9, epsilon 1e-10 inside the root, mean square from 1 on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TensorFlow1sRmsPropCanBeSaid(bool kernels)
    {
        var spec = new OptimizerSpec
        {
            Kind = OptimizerKind.RmsPropTf,
            LearningRate = 1e-4,
            Alpha = 0.9,
            Epsilon = 1e-10,
            SquareStart = 1,
        };
        var layout = new ParameterLayout();
        layout.Add("x", [2], Initializers.Zeros);
        using var parameters = new ParameterSet(layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(1));
        using var pool = kernels ? new KernelPool(1) : null;
        using var optimizer = FlatOptimizer.Create(spec, parameters, pool);
        var gradient = PinnedTensor.Span<float>(parameters.Gradient!);
        var x = PinnedTensor.Span<float>(parameters.Values);
        (gradient[0], gradient[1]) = (1, 2);
        optimizer.Step();
        // 0.9 + 0.1 and 0.9 + 0.4.
        Assert.Equal(-1e-4, x[0], 1e-9);
        Assert.Equal(-2e-4 / Math.Sqrt(1.3), x[1], 1e-9);
        (gradient[0], gradient[1]) = (0, -1);
        optimizer.Step();
        Assert.Equal(-1e-4, x[0], 1e-9);
        Assert.Equal((-2e-4 / Math.Sqrt(1.3)) + (1e-4 / Math.Sqrt((0.9 * 1.3) + 0.1)), x[1], 1e-9);
    }

    private static void StepsFollowTheFormulaOn(OptimizerSpec spec, KernelPool? pool)
    {
        var layout = new ParameterLayout();
        layout.Add("x", [Count], Initializers.Uniform(1));
        using var parameters = new ParameterSet(layout, CPU, trainable: true);
        parameters.Initialize(new RandomStream(1));
        using var optimizer = FlatOptimizer.Create(spec, parameters, pool);
        var x = PinnedTensor.Span<float>(parameters.Values)[..Count].ToArray().Select(v => (double)v).ToArray();
        var (m, v, b) = (new double[Count], new double[Count], new double[Count]);
        Array.Fill(v, spec.SquareStart);
        var random = new RandomStream(2);
        for (var t = 1; t <= 12; t++)
        {
            var gradient = PinnedTensor.Span<float>(parameters.Gradient!);
            for (var i = 0; i < Count; i++)
            {
                gradient[i] = (float)random.NextGaussian();
                x[i] = Step(spec, x[i], gradient[i], t, ref m[i], ref v[i], ref b[i]);
            }

            optimizer.Step();
            var actual = PinnedTensor.Span<float>(parameters.Values);
            for (var i = 0; i < Count; i++)
                Assert.Equal(x[i], actual[i], 2e-6);
        }
    }

    private static double Step(OptimizerSpec spec, double x, double g, int t, ref double m, ref double v, ref double b)
    {
        var (b1, b2, lr, eps) = (spec.Beta1, spec.Beta2, spec.LearningRate, spec.Epsilon);
        if (spec.Kind == OptimizerKind.AdamW)
            x -= lr * spec.WeightDecay * x;
        else
            g += spec.WeightDecay * x;
        if (spec.Kind is OptimizerKind.RmsProp or OptimizerKind.RmsPropTf)
        {
            v = (spec.Alpha * v) + ((1 - spec.Alpha) * g * g);
            m = (spec.Alpha * m) + ((1 - spec.Alpha) * g);
            var variance = spec.Centered ? v - (m * m) : v;
            var update = g / (spec.Kind == OptimizerKind.RmsProp ? Math.Sqrt(variance) + eps : Math.Sqrt(variance + eps));
            b = (spec.Momentum * b) + update;
            return x - (lr * (spec.Momentum > 0 ? b : update));
        }

        if (spec.Kind == OptimizerKind.Sgd)
        {
            b = (spec.Momentum * b) + g;
            return x - (lr * (spec.Nesterov ? g + (spec.Momentum * b) : b));
        }

        m = (b1 * m) + ((1 - b1) * g);
        v = (b2 * v) + ((1 - b2) * g * g);
        var mean = m / (1 - Math.Pow(b1, t));
        var second = v / (1 - Math.Pow(b2, t));
        if (spec.Kind != OptimizerKind.RAdam)
            return x - (lr * mean / (Math.Sqrt(second) + eps));
        var rhoInfinity = (2 / (1 - b2)) - 1;
        var rho = rhoInfinity - (2 * t * Math.Pow(b2, t) / (1 - Math.Pow(b2, t)));
        if (rho <= 5)
            return x - (lr * mean);
        var rectification = Math.Sqrt((rho - 4) * (rho - 2) * rhoInfinity / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho));
        return x - (lr * mean * rectification * Math.Sqrt(1 - Math.Pow(b2, t)) / (Math.Sqrt(v) + eps));
    }
}
