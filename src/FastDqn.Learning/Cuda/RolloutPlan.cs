using FastDqn.Core;
using FastDqn.Learning.Interop;
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
    private readonly DeviceInput<float> _floats;
    private readonly DeviceInput<StackPlace>? _places;
    private readonly DeviceInput<long> _actions;
    private readonly DeviceInput<long> _order;
    private readonly DeviceInput<float> _numbers;
    private readonly DeviceResults _all;
    private readonly Tensor[] _orders;
    private readonly Tensor[] _steps;
    private readonly Tensor[] _figures;
    private readonly PlannedWork _work;
    private readonly int _total;
    private readonly long _bytes;
    private readonly Action[] _before;
    private readonly Action[] _after;

    public RolloutPlan(
        DeviceQueue queue, Device device, NetworkInput input, int total, bool placed, RolloutSpec spec, Tensor bound,
        Action<RolloutPlan> compute)
    {
        (_queue, _total, _bytes) = (queue, total, (long)total * input.Bytes);
        Count = spec.Epochs * spec.Minibatches;
        var (size, numbers) = (total / spec.Minibatches, (int)bound.NumberOfElements);
        var type = input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        if (placed)
            _places = new DeviceInput<StackPlace>(queue, device, ScalarType.Int64, total, StackPlace.Numbers);
        else
            Observations = zeros([total, .. input.Shape.Select(side => (long)side)], type, device).DetachFromDisposeScope();
        Indices = zeros([size], ScalarType.Int64, device).DetachFromDisposeScope();
        _actions = new DeviceInput<long>(queue, device, ScalarType.Int64, total);
        _floats = new DeviceInput<float>(queue, device, ScalarType.Float32, 2, total);
        _order = new DeviceInput<long>(queue, device, ScalarType.Int64, spec.Epochs, total);
        _numbers = new DeviceInput<float>(queue, device, ScalarType.Float32, Count, numbers);
        Returns = _floats.Values.select(0, 0).DetachFromDisposeScope();
        Masks = _floats.Values.select(0, 1).DetachFromDisposeScope();
        Figures = new DeviceFigures(queue, device, priorities: 0, slots: 1);
        var figures = (int)Figures.Values.NumberOfElements;
        _all = new DeviceResults(queue, device, Count * figures, slots: 1);
        _orders = Parts(_order.Values.flatten(), size);
        _steps = Parts(_numbers.Values.flatten(), numbers);
        _figures = Parts(_all.Values, figures);
        _work = new PlannedWork(queue, () => compute(this));
        _before = [.. Enumerable.Range(0, Count).Select(step => (Action)(() => Begin(step, bound)))];
        _after = [.. _figures.Select(part => (Action)(() => part.copy_(Figures.Values)))];
    }

    /// <summary>Gradient steps in all.</summary>
    public int Count { get; }

    /// <summary>All of the rollout; null: they are made of frames at <see cref="Places"/>.</summary>
    public Tensor? Observations { get; }

    /// <summary>(total, 3); null: see <see cref="Observations"/>.</summary>
    public Tensor? Places => _places?.Values;

    public Tensor Actions => _actions.Values;

    public Tensor Returns { get; }

    public Tensor Masks { get; }

    /// <summary>The minibatch at hand.</summary>
    public Tensor Indices { get; }

    public DeviceFigures Figures { get; }

    public Span<long> HostActions => _actions.Host(slot: 0);

    public Span<float> HostReturns => _floats.Host(slot: 0)[.._total];

    public Span<float> HostMasks => _floats.Host(slot: 0)[_total..];

    public Span<long> HostOrder(int epoch) => _order.Host(slot: 0).Slice(epoch * _total, _total);

    public Span<float> HostNumbers(int step)
    {
        var all = _numbers.Host(slot: 0);
        return all.Slice(step * (all.Length / Count), all.Length / Count);
    }

    /// <summary>
    /// Queues the copies of everything that was filled in, and of the observations, which must stay until
    /// <see cref="Read"/>, or the places.
    /// </summary>
    public unsafe void Upload(in RolloutBatch batch)
    {
        if (_places is not null)
        {
            new ReadOnlySpan<StackPlace>((void*)batch.Places, _total).CopyTo(_places.Host(slot: 0));
            _places.Upload(slot: 0);
        }
        else
        {
            _queue.Upload(batch.Observations, Observations!, _bytes);
        }

        _actions.Upload(slot: 0);
        _floats.Upload(slot: 0);
        _order.Upload(slot: 0);
        _numbers.Upload(slot: 0);
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
        foreach (var tensor in (Tensor?[])[Observations, Indices, Returns, Masks, .. _orders, .. _steps, .. _figures])
            tensor?.Dispose();
        _places?.Dispose();
        _all.Dispose();
        _numbers.Dispose();
        _order.Dispose();
        _floats.Dispose();
        _actions.Dispose();
    }

    private void Begin(int step, Tensor bound)
    {
        using var noGrad = no_grad();
        Indices.copy_(_orders[step]);
        bound.copy_(_steps[step]);
    }

    private static Tensor[] Parts(Tensor all, long size) =>
    [
        .. Enumerable.Range(0, (int)(all.NumberOfElements / size)).Select(i => all.narrow(0, i * size, size).DetachFromDisposeScope()),
    ];
}
