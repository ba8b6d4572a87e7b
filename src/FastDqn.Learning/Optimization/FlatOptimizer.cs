using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FastDqn.Learning.Optimization;

/// <summary>
/// An optimizer over a <see cref="ParameterSet"/>'s flat storage: a handful of operations a step, whatever the network.
/// Its state (moments and step count) saves and restores bit for bit.
/// </summary>
internal abstract class FlatOptimizer : IStateful, IDisposable
{
    /// <summary>The rate of the next step.</summary>
    public abstract double LearningRate { get; set; }

    /// <summary>The moments, in a fixed order.</summary>
    protected abstract IReadOnlyList<Tensor> Moments { get; }

    /// <summary>Steps taken.</summary>
    protected abstract long Steps { get; set; }

    protected abstract string Name { get; }

    protected abstract Tensor Gradient { get; }

    /// <summary>How the moments lie where that is not as in state files.</summary>
    protected virtual ParameterLayout? Layout => null;

    /// <summary>Whether <see cref="Apply"/> multiplies by the scale itself.</summary>
    protected virtual bool TakesScale => false;

    /// <param name="spec">Which one, and its settings.</param>
    /// <param name="parameters">What it moves.</param>
    /// <param name="pool">Our kernels, on the CPU; null: device work.</param>
    public static FlatOptimizer Create(OptimizerSpec spec, ParameterSet parameters, KernelPool? pool) => spec.Kind switch
    {
        _ when pool is null => CreateForDevice(spec, parameters),
        OptimizerKind.Adam or OptimizerKind.AdamW => new KernelAdam(spec, parameters, pool),
        OptimizerKind.RmsProp => new RmsPropOptimizer(spec, parameters),
        OptimizerKind.RmsPropTf => new RmsPropTfOptimizer(spec, parameters),
        OptimizerKind.Sgd => new SgdOptimizer(spec, parameters),
        OptimizerKind.RAdam => new RAdamOptimizer(spec, parameters),
        _ => throw Unknown(spec),
    };

    /// <param name="spec">Which one, and its settings.</param>
    /// <param name="parameters">What it moves.</param>
    public static DeviceOptimizer CreateForDevice(OptimizerSpec spec, ParameterSet parameters) => spec.Kind switch
    {
        OptimizerKind.Adam or OptimizerKind.AdamW => new DeviceAdam(spec, parameters),
        OptimizerKind.RmsProp or OptimizerKind.RmsPropTf => new DeviceRmsProp(spec, parameters),
        OptimizerKind.Sgd => new DeviceSgd(spec, parameters),
        OptimizerKind.RAdam => new DeviceRAdam(spec, parameters),
        _ => throw Unknown(spec),
    };

    /// <summary>
    /// One step along the flat gradient times <paramref name="scale"/>, which gradient clipping makes smaller than 1.
    /// </summary>
    public void Step(double scale = 1)
    {
        if (scale != 1 && !TakesScale)
        {
            using var noGrad = no_grad();
            Gradient.mul_(scale);
        }

        Apply(scale);
    }

    public void Save(StateWriter writer)
    {
        writer.Section($"optimizer {Name}", 1);
        writer.WriteInt64(Steps);
        writer.WriteDouble(LearningRate);
        writer.WriteInt32(Moments.Count);
        foreach (var moment in Moments)
            FlatState.Write(writer, moment, Layout);
    }

    public void Load(StateReader reader)
    {
        reader.Section($"optimizer {Name}", 1);
        var steps = reader.ReadInt64();
        var rate = reader.ReadDouble();
        var count = reader.ReadInt32();
        if (steps < 0 || !double.IsFinite(rate) || count != Moments.Count)
            throw new FastDqnException(ErrorKind.BadData, $"bad state: optimizer {Name} after {steps} steps, rate {rate}, {count} moments");
        foreach (var moment in Moments)
            FlatState.Read(reader, moment, Layout);
        (Steps, LearningRate) = (steps, rate);
    }

    public abstract void Dispose();

    protected abstract void Apply(double scale);

    private static FastDqnException Unknown(OptimizerSpec spec) => new(ErrorKind.Usage, $"optimizer.kind {spec.Kind} is unknown");
}

/// <summary>One of TorchSharp's optimizers, over the flat parameter; it owns <paramref name="optimizer"/>.</summary>
internal abstract class TorchOptimizer<TState>(OptimizerHelper optimizer, ParameterSet parameters) : FlatOptimizer
    where TState : OptimizerState
{
    public override double LearningRate
    {
        get => optimizer.ParamGroups.First().LearningRate;
        set => optimizer.ParamGroups.First().LearningRate = value;
    }

    /// <summary>What the optimizer remembers of the flat parameter.</summary>
    protected TState State { get; } = (TState)optimizer.state_dict().State[0];

    protected override Tensor Gradient => parameters.Gradient!;

    public override void Dispose() => optimizer.Dispose();

    protected override void Apply(double scale) => optimizer.step();
}

/// <summary>RMSProp with PyTorch's epsilon, g / (sqrt(v) + eps), optionally centered and with momentum.</summary>
internal sealed class RmsPropOptimizer(OptimizerSpec spec, ParameterSet parameters) : TorchOptimizer<RMSProp.State>(
    optim.RMSProp([parameters.Flat!], spec.LearningRate, spec.Alpha, spec.Epsilon, spec.WeightDecay, spec.Momentum, spec.Centered),
    parameters)
{
    protected override IReadOnlyList<Tensor> Moments => (spec.Momentum > 0, spec.Centered) switch
    {
        (true, true) => [State.square_avg, State.momentum_buffer!, State.grad_avg!],
        (true, false) => [State.square_avg, State.momentum_buffer!],
        (false, true) => [State.square_avg, State.grad_avg!],
        _ => [State.square_avg],
    };

    protected override long Steps
    {
        get => State.step;
        set => State.step = value;
    }

    protected override string Name => "rmsprop";
}
