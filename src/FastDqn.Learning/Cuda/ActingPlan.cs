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
    private readonly DeviceBlock _block;
    private readonly int _bytes;
    private readonly bool _placed;

    /// <param name="queue">Where.</param>
    /// <param name="device">Whose memory.</param>
    /// <param name="network">What evaluates.</param>
    /// <param name="lanes">Observations.</param>
    /// <param name="placed">They are made of frames on the device, of <see cref="Places"/>.</param>
    /// <param name="fractions">That are drawn for an observation.</param>
    /// <param name="compute">The work.</param>
    public ActingPlan(
        DeviceQueue queue, Device device, QNetwork network, int lanes, bool placed, int fractions, Action<ActingPlan> compute)
    {
        (_queue, _placed, _bytes, Lanes) = (queue, placed, network.Input.Bytes, lanes);
        _block = new DeviceBlock(queue, device, placed ? (long)lanes * StackPlace.Numbers : 0, (long)lanes * fractions, slots: 1);
        Observations = network.Input.Zeros(device, lanes);
        Draws = new DeviceDraws(queue, _block, first: 0);
        Values = new DeviceResults(queue, device, lanes * network.Actions, slots: 1);
        Work = new PlannedWork(queue, () => compute(this));
    }

    public int Lanes { get; }

    /// <summary>Where the observations lie among the device's frames; null: they are copied.</summary>
    public Tensor? Places => _placed ? _block.Integers : null;

    public Tensor Observations { get; }

    public DeviceDraws Draws { get; }

    public DeviceResults Values { get; }

    public PlannedWork Work { get; }

    /// <summary>
    /// Queues the copies of <paramref name="count"/> observations, or of their places, and of fractions, which have
    /// begun; the lanes beyond keep what they had, and nobody reads their values.
    /// </summary>
    public unsafe void Upload(nint input, int count)
    {
        if (_placed)
            new ReadOnlySpan<long>((void*)input, count * StackPlace.Numbers).CopyTo(_block.HostIntegers(slot: 0));
        else
            _queue.Upload(input, Observations, (long)count * _bytes);
        _block.Upload(slot: 0);
    }

    public void Dispose()
    {
        Work.Dispose();
        Draws.Dispose();
        _block.Dispose();
        Values.Dispose();
        Observations.Dispose();
    }
}
