using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>
/// One sample of every noisy layer's factorised noise, f(e) = sign(e) sqrt(|e|) applied. Drawn on the host from the
/// owner's generator, so that it does not depend on the device.
/// </summary>
internal sealed class NoiseSample : IStateful, IDisposable
{
    private readonly IReadOnlyList<(int Inputs, int Outputs)> _layers;
    private readonly Tensor _values;
    private readonly Tensor _host;
    private readonly DeviceBlock? _input;
    private readonly DeviceQueue.DeviceMark[] _marks = [];
    private int _draws;
    private readonly Tensor[] _inputs;
    private readonly Tensor[] _outputs;

    /// <param name="layers">Inputs and outputs of each noisy layer.</param>
    /// <param name="device">Where the layers run.</param>
    /// <param name="values">A view that holds the sample, <see cref="Count"/> numbers, and is filled by whose they
    /// are; null: own ones.</param>
    /// <param name="queue">Own ones go to the device through it, and nothing waits; null: where they are drawn.</param>
    public NoiseSample(
        IReadOnlyList<(int Inputs, int Outputs)> layers, Device device, Tensor? values = null, DeviceQueue? queue = null)
    {
        _layers = layers;
        using var scope = NewDisposeScope();
        long total = Math.Max(1, Count(layers));
        if (queue is not null && values is null && layers.Count > 0)
        {
            _input = new DeviceBlock(queue, device, integers: 0, total);
            _marks = [.. Enumerable.Range(0, DeviceBlock.Slots).Select(_ => queue.CreateMark())];
            values = _input.Floats;
        }

        _host = zeros([values is null ? total : 0], ScalarType.Float32, CPU).DetachFromDisposeScope();
        _values = values ?? zeros([total], ScalarType.Float32, device).DetachFromDisposeScope();
        _inputs = new Tensor[layers.Count];
        _outputs = new Tensor[layers.Count];
        var offset = 0L;
        for (var i = 0; i < layers.Count; i++)
        {
            _inputs[i] = _values.narrow(0, offset, layers[i].Inputs).DetachFromDisposeScope();
            offset += layers[i].Inputs;
            _outputs[i] = _values.narrow(0, offset, layers[i].Outputs).DetachFromDisposeScope();
            offset += layers[i].Outputs;
        }
    }

    public Tensor Inputs(int layer) => _inputs[layer];

    public Tensor Outputs(int layer) => _outputs[layer];

    /// <summary>Numbers of a sample.</summary>
    public static int Count(IReadOnlyList<(int Inputs, int Outputs)> layers) => layers.Sum(layer => layer.Inputs + layer.Outputs);

    /// <summary>Draws a sample.</summary>
    public static void Draw(RandomStream random, Span<float> sample)
    {
        foreach (ref var value in sample)
        {
            var gaussian = random.NextGaussian();
            value = (float)Math.CopySign(Math.Sqrt(Math.Abs(gaussian)), gaussian);
        }
    }

    /// <summary>Draws a new sample into own numbers.</summary>
    public void Resample(RandomStream random)
    {
        if (_layers.Count == 0)
            return;
        if (_input is not null)
        {
            var slot = _draws++ % _marks.Length;
            _marks[slot].Wait();
            Draw(random, _input.HostFloats(slot));
            _input.Upload(slot);
            _marks[slot].Record();
            return;
        }

        Draw(random, PinnedTensor.Span<float>(_host));
        using var noGrad = no_grad();
        _values.copy_(_host);
    }

    public void Save(StateWriter writer)
    {
        writer.Section("noise", 1);
        FlatState.Write(writer, _values);
    }

    public void Load(StateReader reader)
    {
        reader.Section("noise", 1);
        FlatState.Read(reader, _values);
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[.. _inputs, .. _outputs, _values, _host])
            tensor.Dispose();
        foreach (var mark in _marks)
            mark.Dispose();
        _input?.Dispose();
    }
}
