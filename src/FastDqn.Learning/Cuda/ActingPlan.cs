using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// Acting for one number of observations on a device: those, their fractions and Q-values at fixed addresses, and the
/// work between.
/// </summary>
internal sealed class ActingPlan : IDisposable
{
    public ActingPlan(DeviceQueue queue, Device device, QNetwork network, int lanes, Action<ActingPlan> compute)
    {
        Lanes = lanes;
        var type = network.Input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        Observations = zeros([lanes, .. network.Input.Shape.Select(side => (long)side)], type, device).DetachFromDisposeScope();
        Fractions = new DeviceFractions(queue, device);
        Values = new DeviceResults(queue, device, lanes * network.Actions, slots: 1);
        Work = new PlannedWork(queue, () => compute(this));
    }

    public int Lanes { get; }

    public Tensor Observations { get; }

    public DeviceFractions Fractions { get; }

    public DeviceResults Values { get; }

    public PlannedWork Work { get; }

    /// <summary>
    /// Queues the copy of <paramref name="count"/> observations; the lanes beyond keep what they had, and nobody
    /// reads their values.
    /// </summary>
    public void Take(Tensor host, int count)
    {
        using var rows = Observations.narrow(0, 0, count);
        rows.copy_(host, nonBlocking: true);
    }

    public void Dispose()
    {
        Work.Dispose();
        Fractions.Dispose();
        Values.Dispose();
        Observations.Dispose();
    }
}
