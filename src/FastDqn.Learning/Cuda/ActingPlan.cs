using FastDqn.Core;
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
    private readonly DeviceQueue _queue;
    private readonly int _bytes;

    /// <param name="queue">Where.</param>
    /// <param name="device">Whose memory.</param>
    /// <param name="network">What evaluates.</param>
    /// <param name="lanes">Observations.</param>
    /// <param name="placed">They are made of frames on the device, of <see cref="Places"/>.</param>
    /// <param name="compute">The work.</param>
    public ActingPlan(DeviceQueue queue, Device device, QNetwork network, int lanes, bool placed, Action<ActingPlan> compute)
    {
        _queue = queue;
        _bytes = network.Input.Bytes;
        Lanes = lanes;
        Places = placed ? new DeviceInput<StackPlace>(queue, device, ScalarType.Int64, lanes, StackPlace.Numbers) : null;
        var type = network.Input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        Observations = zeros([lanes, .. network.Input.Shape.Select(side => (long)side)], type, device).DetachFromDisposeScope();
        Draws = new DeviceDraws(queue, device);
        Values = new DeviceResults(queue, device, lanes * network.Actions, slots: 1);
        Work = new PlannedWork(queue, () => compute(this));
    }

    public int Lanes { get; }

    /// <summary>Where the observations lie among the device's frames; null: they are copied.</summary>
    public DeviceInput<StackPlace>? Places { get; }

    public Tensor Observations { get; }

    public DeviceDraws Draws { get; }

    public DeviceResults Values { get; }

    public PlannedWork Work { get; }

    /// <summary>
    /// Queues the copy of <paramref name="count"/> observations; the lanes beyond keep what they had, and nobody
    /// reads their values.
    /// </summary>
    public void Take(nint observations, int count) => _queue.Upload(observations, Observations, (long)count * _bytes);

    /// <summary>The same for places.</summary>
    public unsafe void TakePlaces(nint places, int count)
    {
        new ReadOnlySpan<StackPlace>((void*)places, count).CopyTo(Places!.Host(slot: 0));
        Places.Upload(slot: 0);
    }

    public void Dispose()
    {
        Work.Dispose();
        Places?.Dispose();
        Draws.Dispose();
        Values.Dispose();
        Observations.Dispose();
    }
}
