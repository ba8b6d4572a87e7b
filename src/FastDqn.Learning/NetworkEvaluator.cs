using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>Q-values and greedy actions by one parameter set, with its own noise and fractions.</summary>
internal sealed class NetworkEvaluator : IStateful, IDisposable
{
    private readonly QNetwork _network;
    private readonly AlgorithmSpec _spec;
    private readonly ParameterSet _parameters;
    private readonly Device _device;
    private readonly KernelPool? _pool;
    private readonly RandomStream _random;
    private readonly NoiseSample _noise;
    private readonly FractionSampler _fractions;
    private readonly Tensor? _atoms;
    private readonly long[] _inputShape;
    private float[] _q = [];

    public NetworkEvaluator(QNetwork network, AlgorithmSpec spec, ParameterSet parameters, Device device, KernelPool? pool, RandomStream random)
    {
        (_network, _spec, _parameters, _device, _pool, _random) = (network, spec, parameters, device, pool, random);
        _noise = new NoiseSample(network.Noise, device);
        _noise.Resample(random);
        _fractions = new FractionSampler(device);
        _atoms = Atoms(spec.Head, device);
        _inputShape = [1, .. network.Input.Shape.Select(side => (long)side)];
    }

    /// <summary>False acts without the noise of noisy layers.</summary>
    public bool UseNoise { get; set; } = true;

    /// <summary>C51's atoms as a tensor that no scope disposes; null for other heads.</summary>
    public static Tensor? Atoms(HeadSpec head, Device device)
    {
        if (head.Kind != HeadKind.Categorical)
            return null;
        return linspace(head.MinValue, head.MaxValue, head.Atoms, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    public void ResampleNoise() => _noise.Resample(_random);

    public void Act(nint observations, int count, Span<int> actions, Span<float> maxQ)
    {
        if (actions.Length < count || (maxQ.Length < count && !maxQ.IsEmpty))
            throw new ArgumentException($"{count} observations need {count} actions and as many values (or none)");
        if (_q.Length < count * _network.Actions)
            _q = new float[count * _network.Actions];
        QValues(observations, count, _q);
        for (var i = 0; i < count; i++)
        {
            var row = _q.AsSpan(i * _network.Actions, _network.Actions);
            var best = 0;
            for (var a = 1; a < row.Length; a++)
            {
                if (row[a] > row[best])
                    best = a;
            }

            actions[i] = best;
            if (!maxQ.IsEmpty)
                maxQ[i] = row[best];
        }
    }

    public void QValues(nint observations, int count, Span<float> q)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (q.Length < count * _network.Actions)
            throw new ArgumentException($"{count} observations need {count * _network.Actions} values, the span holds {q.Length}");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _inputShape[0] = count;
        var type = _network.Input.Kind == ObservationKind.UInt8 ? ScalarType.Byte : ScalarType.Float32;
        var input = PinnedTensor.Over(observations, type, _inputShape);
        if (_device.type != DeviceType.CPU)
            input = input.to(_device);
        var pass = new Pass(Training: false, UseNoise ? _noise : null, _pool);
        var features = _network.Features(_parameters, input, pass);
        var fractions = _spec.Head.Kind == HeadKind.ImplicitQuantile
            ? _fractions.Sample(_random, count, _spec.Head.ActingTaus)
            : null;
        var values = _network.Q(_network.Head(_parameters, features, fractions, pass), _atoms).cpu().contiguous();
        PinnedTensor.Span<float>(values).CopyTo(q);
    }

    public void Save(StateWriter writer)
    {
        writer.Section("evaluator", 1);
        _random.Save(writer);
        _noise.Save(writer);
    }

    public void Load(StateReader reader)
    {
        reader.Section("evaluator", 1);
        _random.Load(reader);
        _noise.Load(reader);
    }

    public void Dispose()
    {
        _noise.Dispose();
        _fractions.Dispose();
        _atoms?.Dispose();
    }
}
