using FastDqn.Core;
using FastDqn.Learning.Interop;

namespace FastDqn.Learning.Networks;

/// <summary>Fills a freshly made parameter; <paramref name="shape"/> is PyTorch's.</summary>
internal delegate void Initializer(Span<float> values, ReadOnlySpan<long> shape, RandomStream random);

/// <summary>
/// One named tensor of a network: where it lies in the flat storage. What belongs to images lies as the images do.
/// Where those are channels-last, convolution weights are (out, height, width, in) and scales of an image (height,
/// width, channels); <paramref name="Shape"/> is PyTorch's, (out, in, height, width) or (channels, height, width).
/// </summary>
internal sealed record ParameterSlot(
    string Name, long[] Shape, long Offset, long Count, Initializer Initializer, bool ChannelsLast, bool ByTorch)
{
    /// <summary>The element at <paramref name="index"/> of PyTorch's order, counted in storage order.</summary>
    public long StorageIndex(long index) => ChannelsLast ? ChannelsLastIndex(index) : index;

    /// <summary>The element at <paramref name="index"/> of PyTorch's order, counted in channels-last order.</summary>
    public long ChannelsLastIndex(long index)
    {
        var (channels, area) = (Shape[^3], Shape[^2] * Shape[^1]);
        var (output, rest) = (index / (channels * area), index % (channels * area));
        return (((output * area) + (rest % area)) * channels) + (rest / area);
    }
}

/// <summary>
/// The named parameters and buffers of a network, laid out one after the other in flat storage, each on a 64-byte
/// border. A layout is shared by all <see cref="ParameterSet"/>s of a network: online, target and acting copies.
/// </summary>
/// <param name="channelsLast">
/// Images lie channels-last: our kernels want that, and state files have it. cuDNN's float32 code is faster in
/// PyTorch's order.
/// </param>
internal sealed class ParameterLayout(bool channelsLast = true)
{
    private const long Alignment = 16;
    private readonly List<ParameterSlot> _parameters = [];
    private readonly List<ParameterSlot> _buffers = [];
    private readonly List<Action<ParameterSet>> _settling = [];

    public bool ChannelsLast => channelsLast;

    public IReadOnlyList<ParameterSlot> Parameters => _parameters;

    /// <summary>State that is not trained: running statistics, power-iteration vectors.</summary>
    public IReadOnlyList<ParameterSlot> Buffers => _buffers;

    public long ParameterCount { get; private set; }

    public long BufferCount { get; private set; }

    /// <summary>Trained numbers, without padding.</summary>
    public long TrainedCount => _parameters.Sum(slot => slot.Count);

    /// <summary>Declares a trained tensor; the result is its index in a set's views.</summary>
    /// <param name="name">As in weight files.</param>
    /// <param name="shape">PyTorch's.</param>
    /// <param name="initializer">Its first values.</param>
    /// <param name="byTorch">libtorch adds up its gradient on the CPU too; our kernels overwrite theirs.</param>
    public int Add(string name, long[] shape, Initializer initializer, bool byTorch = false)
    {
        _parameters.Add(Slot(name, shape, ParameterCount, initializer, channelsLast && shape.Length >= 3, byTorch));
        ParameterCount = Align(ParameterCount + _parameters[^1].Count);
        return _parameters.Count - 1;
    }

    /// <summary>Declares an untrained tensor; the result is its index in a set's buffers.</summary>
    public int AddBuffer(string name, long[] shape, Initializer initializer)
    {
        _buffers.Add(Slot(name, shape, BufferCount, initializer, inChannelsLast: false, byTorch: true));
        BufferCount = Align(BufferCount + _buffers[^1].Count);
        return _buffers.Count - 1;
    }

    /// <summary>Declares work on freshly drawn numbers: buffers that have to fit the first weights.</summary>
    public void AddSettling(Action<ParameterSet> work) => _settling.Add(work);

    /// <summary>Does that work.</summary>
    public void Settle(ParameterSet drawn)
    {
        foreach (var work in _settling)
            work(drawn);
    }

    private static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    /// <summary>Numbers between the end of each parameter and the next one's beginning.</summary>
    public IEnumerable<long> Paddings() => _parameters.Select(slot => Align(slot.Offset + slot.Count) - slot.Offset - slot.Count);

    /// <summary>Values in this layout's order to or from the order of state files.</summary>
    public void Reorder(ReadOnlySpan<float> from, Span<float> to, bool toFile)
    {
        from.CopyTo(to);
        if (channelsLast)
            return;
        foreach (var slot in _parameters.Where(slot => slot.Shape.Length >= 3))
        {
            for (var i = 0L; i < slot.Count; i++)
            {
                var (here, there) = ((int)(slot.Offset + i), (int)(slot.Offset + slot.ChannelsLastIndex(i)));
                to[toFile ? there : here] = from[toFile ? here : there];
            }
        }
    }

    private static ParameterSlot Slot(string name, long[] shape, long offset, Initializer initializer, bool inChannelsLast, bool byTorch) =>
        new(name, shape, offset, shape.Aggregate(1L, (product, side) => product * side), initializer, inChannelsLast, byTorch);
}
