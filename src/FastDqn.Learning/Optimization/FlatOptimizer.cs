using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
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
    /// <param name="queue">Where a device works.</param>
    /// <param name="adam">Takes a device's steps of Adam; null: operation by operation.</param>
    public static FlatOptimizer Create(
        OptimizerSpec spec, ParameterSet parameters, KernelPool? pool, DeviceQueue? queue = null, IAdamKernel? adam = null) =>
        spec.Kind switch
        {
            _ when pool is null => CreateForDevice(spec, parameters, queue, adam),
            OptimizerKind.Adam or OptimizerKind.AdamW => new KernelAdam(spec, parameters, pool),
            OptimizerKind.RmsProp or OptimizerKind.RmsPropTf => new RmsPropOptimizer(spec, parameters),
            OptimizerKind.Sgd => new SgdOptimizer(spec, parameters),
            OptimizerKind.RAdam => new RAdamOptimizer(spec, parameters),
            _ => throw Unknown(spec),
        };

    /// <param name="spec">Which one, and its settings.</param>
    /// <param name="parameters">What it moves.</param>
    /// <param name="queue">Where the device works.</param>
    /// <param name="adam">Takes the steps of Adam; null: operation by operation.</param>
    public static DeviceOptimizer CreateForDevice(
        OptimizerSpec spec, ParameterSet parameters, DeviceQueue? queue = null, IAdamKernel? adam = null) => spec.Kind switch
        {
            OptimizerKind.Adam or OptimizerKind.AdamW => new DeviceAdam(spec, parameters, queue, adam),
            OptimizerKind.RmsProp or OptimizerKind.RmsPropTf => new DeviceRmsProp(spec, parameters),
            OptimizerKind.Sgd => new DeviceSgd(spec, parameters),
            OptimizerKind.RAdam => new DeviceRAdam(spec, parameters),
            _ => throw Unknown(spec),
        };

    /// <summary>How many tensors like the parameters an optimizer keeps.</summary>
    public static int MomentsOf(OptimizerSpec spec) => spec.Kind switch
    {
        OptimizerKind.RmsProp or OptimizerKind.RmsPropTf => new RmsPropMoments(spec).Count,
        OptimizerKind.Sgd => spec.Momentum > 0 ? 1 : 0,
        _ => 2,
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

    /// <summary>Begins anew: as before the first step, at the same rate.</summary>
    public void Restart()
    {
        using var noGrad = no_grad();
        Steps = 0;
        foreach (var moment in Moments)
            moment.zero_();
        StartMoments();
    }

    /// <summary>Makes moments of zeros what they are before the first step.</summary>
    protected virtual void StartMoments()
    {
    }

    protected abstract void Apply(double scale);

    private static FastDqnException Unknown(OptimizerSpec spec) => new(
        ErrorKind.Usage, $"optimizer.kind {OptionRecord.Word(spec.Kind)} is unknown");
}
