using FastDqn.Core;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// Learning from rollouts of one size on a device: the rollout, the order of its minibatches and the optimizer's
/// numbers for each of them go up before the first; the figures of all come back after the last.
/// </summary>
internal sealed class RolloutPlan : IDisposable
{
    private readonly DeviceQueue _queue;
    private readonly DeviceBlock _block;
    private readonly Tensor _bound;
    private readonly DeviceResults _all;
    private readonly Tensor[] _orders;
    private readonly Tensor[] _steps;
    private readonly Tensor[] _figures;
    private readonly PlannedWork _work;
    private readonly int _total;
    private readonly int _numbers;
    private readonly int _placesAt;
    private readonly long _bytes;
    private readonly Action[] _before;
    private readonly Action[] _after;

    public RolloutPlan(
        DeviceQueue queue, DeviceOptimizer optimizer, NetworkInput input, int total, bool placed, RolloutSpec spec,
        Action<RolloutPlan> compute)
    {
        var device = optimizer.Device;
        (_queue, _total, _bytes, _numbers) = (queue, total, (long)total * input.Bytes, optimizer.Count);
        Count = spec.Epochs * spec.Minibatches;
        var size = total / spec.Minibatches;
        if (!placed)
            Observations = input.Zeros(device, total);
        Indices = zeros([size], ScalarType.Int64, device).DetachFromDisposeScope();
        _bound = zeros([_numbers], ScalarType.Float32, device).DetachFromDisposeScope();
        Numbers = optimizer.NumbersOf(_bound);
        // Actions, the order of each epoch, places; returns, masks, the optimizer's numbers of each step.
        _placesAt = total * (1 + spec.Epochs);
        _block = new DeviceBlock(
            queue, device, _placesAt + (placed ? (long)total * StackPlace.Numbers : 0), (2 * total) + (Count * _numbers), slots: 1);
        var (integers, floats) = (_block.Integers, _block.Floats);
        Actions = integers.narrow(0, 0, total).DetachFromDisposeScope();
        Places = placed
            ? integers.narrow(0, _placesAt, (long)total * StackPlace.Numbers).view(total, StackPlace.Numbers).DetachFromDisposeScope()
            : null;
        Returns = floats.narrow(0, 0, total).DetachFromDisposeScope();
        Masks = floats.narrow(0, total, total).DetachFromDisposeScope();
        Figures = new DeviceFigures(queue, device, priorities: 0, slots: 1);
        var figures = (int)Figures.Values.NumberOfElements;
        _all = new DeviceResults(queue, device, Count * figures, slots: 1);
        _orders = Parts(integers, total, spec.Epochs * total, size);
        _steps = Parts(floats, 2 * total, Count * _numbers, _numbers);
        _figures = Parts(_all.Values, 0, Count * figures, figures);
        _work = new PlannedWork(queue, () => compute(this));
        _before = [.. Enumerable.Range(0, Count).Select(step => (Action)(() => Begin(step)))];
        _after = [.. _figures.Select(part => (Action)(() => part.copy_(Figures.Values)))];
    }

    /// <summary>Gradient steps in all.</summary>
    public int Count { get; }

    /// <summary>All of the rollout; null: they are made of frames at <see cref="Places"/>.</summary>
    public Tensor? Observations { get; }

    /// <summary>(total, 3); null: see <see cref="Observations"/>.</summary>
    public Tensor? Places { get; }

    public Tensor Actions { get; }

    public Tensor Returns { get; }

    public Tensor Masks { get; }

    /// <summary>The minibatch at hand.</summary>
    public Tensor Indices { get; }

    /// <summary>The optimizer's numbers for it, one by one.</summary>
    public Tensor[] Numbers { get; }

    public DeviceFigures Figures { get; }

    public Span<long> HostActions => _block.HostIntegers(slot: 0)[.._total];

    public Span<float> HostReturns => _block.HostFloats(slot: 0)[.._total];

    public Span<float> HostMasks => _block.HostFloats(slot: 0).Slice(_total, _total);

    public Span<long> HostOrder(int epoch) => _block.HostIntegers(slot: 0).Slice((1 + epoch) * _total, _total);

    public Span<float> HostNumbers(int step) => _block.HostFloats(slot: 0).Slice((2 * _total) + (step * _numbers), _numbers);

    /// <summary>
    /// Queues one copy of everything that was filled in, with the places; or one more of the observations, which must
    /// stay until <see cref="Read"/>.
    /// </summary>
    public unsafe void Upload(in RolloutBatch batch)
    {
        if (Places is not null)
            new ReadOnlySpan<long>((void*)batch.Places, _total * StackPlace.Numbers).CopyTo(_block.HostIntegers(slot: 0)[_placesAt..]);
        else
            _queue.Upload(batch.Observations, Observations!, _bytes);
        _block.Upload(slot: 0);
    }

    /// <summary>Queues a gradient step.</summary>
    public void Run(int step)
    {
        _queue.Run(_before[step]);
        _work.Run();
        _queue.Run(_after[step]);
    }

    /// <summary>Kernels and copies that a recorded step launches; null before one is recorded.</summary>
    public (long Kernels, long Copies)? Launches => _work.Launches;

    /// <summary>Waits for the last step: its figures; finite where those of all are.</summary>
    public UpdateStats Read()
    {
        _all.Download(0);
        var values = _all.Read(0);
        var (width, finite, last) = (values.Length / Count, true, default(UpdateStats));
        for (var i = 0; i < Count; i++)
        {
            last = DeviceFigures.Of(values.Slice(i * width, width));
            finite &= last.Finite;
        }

        return last with { Finite = finite };
    }

    public void Dispose()
    {
        _work.Dispose();
        Figures.Dispose();
        foreach (var tensor in (Tensor?[])
            [Observations, Indices, Actions, Places, Returns, Masks, _bound, .. Numbers, .. _orders, .. _steps, .. _figures])
        {
            tensor?.Dispose();
        }

        _all.Dispose();
        _block.Dispose();
    }

    private void Begin(int step)
    {
        using var noGrad = no_grad();
        Indices.copy_(_orders[step]);
        _bound.copy_(_steps[step]);
    }

    private static Tensor[] Parts(Tensor all, long first, long count, long size) =>
    [
        .. Enumerable.Range(0, (int)(count / size)).Select(i => all.narrow(0, first + (i * size), size).DetachFromDisposeScope()),
    ];
}
