using FastDqn.Core;
using FastDqn.Learning.Interop;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>
/// One copy of a network's numbers: a flat float32 tensor with a view for every parameter, and the same for buffers. A
/// trainable set has its gradient flat as well, so that the optimizer, the gradient norm, target copies and checkpoints
/// each are a few operations over one tensor, whatever the network.
/// </summary>
internal sealed class ParameterSet : IDisposable
{
    private readonly Tensor[] _views;
    private readonly Tensor[] _buffers;
    private readonly Tensor[] _gradients = [];
    private readonly Tensor?[] _paddings = [];
    private readonly Tensor[]? _factors;
    private readonly Tensor? _rounded;
    private readonly Tensor _values;
    private readonly Tensor _bufferValues;
    private readonly nint _valuesAt;
    private readonly nint _gradientAt;

    /// <param name="layout">What it holds.</param>
    /// <param name="device">Where.</param>
    /// <param name="trainable">It has a gradient.</param>
    /// <param name="rounded">There is a copy in bfloat16 that layers multiply with (<see cref="Factor"/>).</param>
    /// <param name="accumulates">Backward passes of libtorch add to the flat gradient; false:
    /// <see cref="TakeGradient"/> puts it together, since on a GPU each addition would be a launch.</param>
    public ParameterSet(ParameterLayout layout, Device device, bool trainable, bool rounded = false, bool accumulates = true)
    {
        Layout = layout;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _values = zeros([Math.Max(1, layout.ParameterCount)], ScalarType.Float32, device);
        _bufferValues = zeros([Math.Max(1, layout.BufferCount)], ScalarType.Float32, device);
        _views = Views(_values, layout.Parameters);
        _buffers = Views(_bufferValues, layout.Buffers);
        if (rounded)
        {
            _rounded = zeros_like(_values, dtype: ScalarType.BFloat16);
            _factors = Views(_rounded, layout.Parameters);
        }

        if (trainable)
        {
            Gradient = zeros_like(_values);
            _gradients = Views(Gradient, layout.Parameters);
            for (var i = 0; i < _views.Length; i++)
            {
                _views[i].requires_grad = true;
                if (accumulates)
                    _views[i].grad = _gradients[i];
            }

            foreach (var factor in _factors ?? [])
                factor.requires_grad = true;

            _paddings = [.. layout.Paddings().Select(count => count == 0 ? null : zeros([count], FactorType, device))];
            Gradient.DetachFromDisposeScope();
        }

        if (device.type == DeviceType.CPU)
            (_valuesAt, _gradientAt) = (PinnedTensor.Data(_values), PinnedTensor.Data(Gradient));
        Tensor?[] all = [_values, _bufferValues, _rounded, .. _views, .. _buffers, .. _gradients, .. _paddings, .. _factors ?? []];
        foreach (var tensor in all)
            tensor?.DetachFromDisposeScope();
    }

    public ParameterLayout Layout { get; }

    /// <summary>The flat gradient; null in sets that are not trained.</summary>
    public Tensor? Gradient { get; }

    /// <summary>All parameters as one tensor without a gradient.</summary>
    public Tensor Values => _values;

    public Tensor BufferValues => _bufferValues;

    public Tensor this[int parameter] => _views[parameter];

    /// <summary>What numbers are multiplied with a parameter's: float32, or bfloat16.</summary>
    public ScalarType FactorType => _rounded is null ? ScalarType.Float32 : ScalarType.BFloat16;

    /// <summary>A parameter as layers multiply with it, of <see cref="FactorType"/>.</summary>
    public Tensor Factor(int parameter) => (_factors ?? _views)[parameter];

    /// <summary>Rounds the parameters for <see cref="Factor"/>; after each change of them.</summary>
    public void Round()
    {
        if (_rounded is null)
            return;
        using var noGrad = no_grad();
        _rounded.copy_(_values);
    }

    /// <summary>A parameter's gradient, of a trainable set.</summary>
    public Tensor GradientOf(int parameter) => _gradients[parameter];

    public Tensor Buffer(int buffer) => _buffers[buffer];

    /// <summary>Where a parameter's numbers lie, on the CPU; 0 for -1, no parameter.</summary>
    public nint Data(int parameter) => At(_valuesAt, parameter);

    /// <summary>Where its gradient lies, on the CPU.</summary>
    public nint GradientData(int parameter) => At(_gradientAt, parameter);

    /// <summary>Zeroes what the backward pass adds to where our kernels run, which write the rest.</summary>
    public void ZeroGradient()
    {
        for (var i = 0; i < _gradients.Length; i++)
        {
            if (Layout.Parameters[i].ByTorch)
                _gradients[i].zero_();
        }
    }

    /// <summary>
    /// The gradient that a backward pass left parameter by parameter, as one tensor like <see cref="Values"/>; for
    /// device work.
    /// </summary>
    public Tensor TakeGradient()
    {
        var parts = new List<Tensor>(2 * _views.Length);
        for (var i = 0; i < _views.Length; i++)
        {
            parts.Add(Flat(_factors?[i].grad ?? _views[i].grad ?? _gradients[i], Layout.Parameters[i]));
            _views[i].grad = null;
            if (_factors is not null)
                _factors[i].grad = null;
            if (_paddings[i] is { } padding)
                parts.Add(padding);
        }

        // Rounded ones are few operations more, however many there are, unless others are among them.
        return parts.All(part => part.dtype == FactorType)
            ? Layer.As(cat(parts), ScalarType.Float32)
            : cat([.. parts.Select(part => Layer.As(part, ScalarType.Float32))]);
    }

    /// <summary>Draws every parameter and buffer anew, in the order of declaration.</summary>
    public void Initialize(RandomStream random)
    {
        Fill(_values, Layout.Parameters, random);
        Fill(_bufferValues, Layout.Buffers, random);
        Layout.Settle(this);
        Round();
    }

    /// <summary>Becomes a copy of <paramref name="other"/>.</summary>
    public void CopyFrom(ParameterSet other)
    {
        using var noGrad = no_grad();
        _values.copy_(other._values);
        _rounded?.copy_(other._rounded!);
        if (Layout.Buffers.Count > 0)
            _bufferValues.copy_(other._bufferValues);
    }

    /// <summary>Moves towards <paramref name="other"/>: (1 - tau) own + tau other; buffers are copied.</summary>
    public void MixFrom(ParameterSet other, double tau)
    {
        using var noGrad = no_grad();
        _values.mul_(Numbers.Of(1 - tau));
        _values.add_(other._values, alpha: Numbers.Of(tau));
        Round();
        if (Layout.Buffers.Count > 0)
            _bufferValues.copy_(other._bufferValues);
    }

    /// <summary>
    /// Each parameter becomes a share of its own numbers and the rest of <paramref name="fresh"/>'s; buffers stay.
    /// </summary>
    /// <param name="fresh">Of the same layout.</param>
    /// <param name="kept">The share, by the parameter's index.</param>
    public void Blend(ParameterSet fresh, Func<int, double> kept)
    {
        using var noGrad = no_grad();
        for (var i = 0; i < _views.Length; i++)
            _views[i].mul_(Numbers.Of(kept(i))).add_(fresh._views[i], alpha: Numbers.Of(1 - kept(i)));
        Round();
    }

    public void Save(StateWriter writer)
    {
        // 2: scales and shifts of images (layer norm) lie channels-last.
        writer.Section("parameters", HasImageScales ? 2 : 1);
        FlatState.Write(writer, _values, Layout);
        FlatState.Write(writer, _bufferValues);
    }

    public void Load(StateReader reader)
    {
        if (reader.Section("parameters", 2) == 1 && HasImageScales)
            throw new FastDqnException(
                ErrorKind.BadData,
                "layer norm's weights lie in another order since version 0.2: "
                + "start a run from this one's weights, or finish it with the version that began it");
        FlatState.Read(reader, _values, Layout);
        FlatState.Read(reader, _bufferValues);
        Round();
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor?[])[.. _views, .. _buffers, .. _gradients, .. _paddings, .. _factors ?? [], _rounded])
            tensor?.Dispose();
        Gradient?.Dispose();
        _values.Dispose();
        _bufferValues.Dispose();
    }

    private bool HasImageScales => Layout.Parameters.Any(slot => slot.Shape.Length == 3);

    private nint At(nint start, int parameter) =>
        parameter < 0 ? 0 : start + checked((nint)(Layout.Parameters[parameter].Offset * sizeof(float)));

    private static Tensor[] Views(Tensor flat, IReadOnlyList<ParameterSlot> slots) =>
        [.. slots.Select(slot => View(flat, slot))];

    // The numbers of a tensor like a parameter's view, in the order of the flat storage.
    private static Tensor Flat(Tensor view, ParameterSlot slot) => (slot.ChannelsLast, slot.Shape.Length) switch
    {
        (true, 4) => view.permute(0, 2, 3, 1).flatten(),
        (true, 3) => view.permute(1, 2, 0).flatten(),
        _ => view.flatten(),
    };

    private static Tensor View(Tensor flat, ParameterSlot slot)
    {
        var values = flat.narrow(0, slot.Offset, slot.Count);
        return (slot.ChannelsLast, slot.Shape.Length) switch
        {
            (true, 4) => values.view(slot.Shape[0], slot.Shape[2], slot.Shape[3], slot.Shape[1]).permute(0, 3, 1, 2),
            (true, 3) => values.view(slot.Shape[1], slot.Shape[2], slot.Shape[0]).permute(2, 0, 1),
            _ => values.view(slot.Shape),
        };
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
