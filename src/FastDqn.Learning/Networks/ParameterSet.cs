using FastDqn.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// One copy of a network's numbers: a flat float32 tensor with a view for every parameter, and the same for buffers. A trainable set
/// has its gradient flat as well, so that the optimizer, the gradient norm, target copies and checkpoints each are a few operations over one
/// tensor, whatever the network.
/// </summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Tensor[] _views;
    private readonly Tensor[] _buffers;
    private readonly Tensor[] _gradients = [];
    private readonly Tensor _values;
    private readonly Tensor _bufferValues;

    public ParameterSet(ParameterLayout layout, Device device, bool trainable)
    {
        Layout = layout;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _values = zeros([Math.Max(1, layout.ParameterCount)], ScalarType.Float32, device);
        _bufferValues = zeros([Math.Max(1, layout.BufferCount)], ScalarType.Float32, device);
        _views = Views(_values, layout.Parameters);
        _buffers = Views(_bufferValues, layout.Buffers);
        if (trainable)
        {
            Gradient = zeros_like(_values);
            _gradients = Views(Gradient, layout.Parameters);
            for (var i = 0; i < _views.Length; i++)
            {
                _views[i].requires_grad = true;
                _views[i].grad = _gradients[i];
            }

            // The optimizer's one parameter: an alias of the flat values with the flat gradient.
            Flat = new Parameter(_values.detach(), requires_grad: true) { grad = Gradient };
            Flat.DetachFromDisposeScope();
            Gradient.DetachFromDisposeScope();
        }

        foreach (var tensor in (Tensor[])[_values, _bufferValues, .. _views, .. _buffers, .. _gradients])
            tensor.DetachFromDisposeScope();
    }

    public ParameterLayout Layout { get; }

    /// <summary>All parameters as one tensor with <see cref="Gradient"/> as its gradient; null in sets that are not trained.</summary>
    public Parameter? Flat { get; }

    /// <summary>The flat gradient; null in sets that are not trained.</summary>
    public Tensor? Gradient { get; }

    /// <summary>All parameters as one tensor without a gradient.</summary>
    public Tensor Values => _values;

    public Tensor BufferValues => _bufferValues;

    public Tensor this[int parameter] => _views[parameter];

    public Tensor Buffer(int buffer) => _buffers[buffer];

    /// <summary>The gradient's view of a parameter (trainable sets).</summary>
    public Tensor GradientOf(int parameter) => _gradients[parameter];

    /// <summary>Draws every parameter and buffer anew, in the order of declaration.</summary>
    public void Initialize(RandomStream random)
    {
        Fill(_values, Layout.Parameters, random);
        Fill(_bufferValues, Layout.Buffers, random);
    }

    /// <summary>Becomes a copy of <paramref name="other"/>.</summary>
    public void CopyFrom(ParameterSet other)
    {
        using var noGrad = no_grad();
        _values.copy_(other._values);
        if (Layout.Buffers.Count > 0)
            _bufferValues.copy_(other._bufferValues);
    }

    /// <summary>Moves towards <paramref name="other"/>: (1 - tau) own + tau other; buffers are copied.</summary>
    public void MixFrom(ParameterSet other, double tau)
    {
        using var noGrad = no_grad();
        _values.mul_(1 - tau);
        _values.add_(other._values, alpha: tau);
        if (Layout.Buffers.Count > 0)
            _bufferValues.copy_(other._bufferValues);
    }

    public void Save(StateWriter writer)
    {
        writer.Section("parameters", 1);
        FlatState.Write(writer, _values);
        FlatState.Write(writer, _bufferValues);
    }

    public void Load(StateReader reader)
    {
        reader.Section("parameters", 1);
        FlatState.Read(reader, _values);
        FlatState.Read(reader, _bufferValues);
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[.. _views, .. _buffers, .. _gradients])
            tensor.Dispose();
        Flat?.Dispose();
        Gradient?.Dispose();
        _values.Dispose();
        _bufferValues.Dispose();
    }

    private static Tensor[] Views(Tensor flat, IReadOnlyList<ParameterSlot> slots) =>
        [.. slots.Select(slot => View(flat, slot))];

    private static Tensor View(Tensor flat, ParameterSlot slot)
    {
        var values = flat.narrow(0, slot.Offset, slot.Count);
        return slot.ChannelsLast
            ? values.view(slot.Shape[0], slot.Shape[2], slot.Shape[3], slot.Shape[1]).permute(0, 3, 1, 2)
            : values.view(slot.Shape);
    }

    private static void Fill(Tensor flat, IReadOnlyList<ParameterSlot> slots, RandomStream random)
    {
        using var noGrad = no_grad();
        using var host = zeros_like(flat, device: CPU);
        var values = PinnedTensor.Span<float>(host);
        foreach (var slot in slots)
        {
            var stored = values.Slice(checked((int)slot.Offset), checked((int)slot.Count));
            if (!slot.ChannelsLast)
            {
                slot.Initializer(stored, slot.Shape, random);
                continue;
            }

            var ordered = new float[stored.Length];
            slot.Initializer(ordered, slot.Shape, random);
            for (var i = 0; i < ordered.Length; i++)
                stored[(int)slot.StorageIndex(i)] = ordered[i];
        }

        flat.copy_(host);
    }
}
