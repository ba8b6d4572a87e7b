using System.Numerics;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
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
    private readonly HostDraws _fractions;
    private readonly Tensor? _atoms;
    private readonly long[] _inputShape;
    private readonly DeviceQueue _queue;
    private readonly Dictionary<(int Lanes, bool Noise, bool Placed), ActingPlan> _plans = [];
    private float[] _q = [];
    private byte[] _stacks = [];

    public NetworkEvaluator(
        QNetwork network, AlgorithmSpec spec, ParameterSet parameters, Device device, KernelPool? pool, DeviceQueue queue,
        RandomStream random)
    {
        (_network, _spec, _parameters, _device, _pool, _queue, _random) = (network, spec, parameters, device, pool, queue, random);
        _noise = new NoiseSample(network.Noise, device, queue: pool is null ? queue : null);
        _noise.Resample(random);
        _fractions = new HostDraws(device);
        _atoms = Atoms(spec.Head, device);
        _inputShape = [1, .. network.Input.Shape.Select(side => (long)side)];
    }

    /// <summary>Frames on the device; null where none are kept there.</summary>
    public DeviceFrames? Frames { get; set; }

    /// <summary>False acts without the noise of noisy layers.</summary>
    public bool UseNoise { get; set; } = true;

    private bool SamplesFractions => _spec.Head.Kind == HeadKind.ImplicitQuantile;

    /// <summary>C51's atoms as a tensor that no scope disposes; null for other heads.</summary>
    public static Tensor? Atoms(HeadSpec head, Device device)
    {
        if (head.Kind != HeadKind.Categorical)
            return null;
        return linspace(head.MinValue, head.MaxValue, head.Atoms, ScalarType.Float32, device).DetachFromDisposeScope();
    }

    public void ResampleNoise()
    {
        using var entered = _queue.Enter();
        _noise.Resample(_random);
    }

    public void Act(nint observations, int count, Span<int> actions, Span<float> maxQ, RecurrentState? state = null)
    {
        if (actions.Length < count || (maxQ.Length < count && !maxQ.IsEmpty))
            throw new ArgumentException($"{count} observations need {count} actions and as many values (or none)");
        if (_q.Length < count * _network.Actions)
            _q = new float[count * _network.Actions];
        QValues(observations, count, _q, state);
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

    /// <param name="observations">What is seen.</param>
    /// <param name="count">Of how many environments.</param>
    /// <param name="q">Takes the values.</param>
    /// <param name="state">Of a recurrent network, which is moved on; null for others.</param>
    public void QValues(nint observations, int count, Span<float> q, RecurrentState? state = null)
    {
        Check(count, q, state);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _inputShape[0] = count;
        var type = _network.Input.Type;
        if (state is not null)
        {
            Remember(PinnedTensor.Over(observations, type, _inputShape), state, q);
            return;
        }

        if (_pool is null)
        {
            EvaluateOnDevice(observations, placed: false, count, q);
            return;
        }

        var input = PinnedTensor.Over(observations, type, _inputShape);
        var fractions = SamplesFractions ? _fractions.Sample(_random, count, _spec.Head.ActingTaus, HostDraws.Fractions) : null;
        var values = Evaluate(input, UseNoise, fractions).contiguous();
        PinnedTensor.Span<float>(values).CopyTo(q);
    }

    /// <summary>The same for observations that are made of the device's frames.</summary>
    public unsafe void QValuesOfStacks(nint places, int count, Span<float> q, RecurrentState? state = null)
    {
        Check(count, q, state);
        if (Frames is null)
            throw new InvalidOperationException("there are no frames on the device");
        if (_pool is null)
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            if (state is null)
                EvaluateOnDevice(places, placed: true, count, q);
            else
                RememberStacks(places, count, state, q);
            return;
        }

        if (_stacks.Length < count * _network.Input.Bytes)
            _stacks = GC.AllocateUninitializedArray<byte>(count * _network.Input.Bytes, pinned: true);
        var stacks = Marshal.UnsafeAddrOfPinnedArrayElement(_stacks, 0);
        Frames.Gather(new ReadOnlySpan<StackPlace>((void*)places, count), stacks);
        QValues(stacks, count, q, state);
    }

    /// <summary>
    /// The observations that a device evaluates where <paramref name="count"/> are asked for: up to 8 as many, beyond
    /// that one of eight numbers from each power of two to the next, so that a few recorded shapes do for all.
    /// </summary>
    internal static int Lanes(int count)
    {
        var step = Math.Max(1, (int)BitOperations.RoundUpToPowerOf2((uint)count) / 8);
        return (count + step - 1) / step * step;
    }

    public void Save(StateWriter writer)
    {
        using var entered = _queue.Enter();
        _queue.Finish();
        writer.Section("evaluator", 1);
        _random.Save(writer);
        _noise.Save(writer);
    }

    public void Load(StateReader reader)
    {
        using var entered = _queue.Enter();
        _queue.Finish();
        reader.Section("evaluator", 1);
        _random.Load(reader);
        _noise.Load(reader);
    }

    public void Dispose()
    {
        foreach (var plan in _plans.Values)
            plan.Dispose();
        _noise.Dispose();
        _fractions.Dispose();
        _atoms?.Dispose();
    }

    private Tensor Evaluate(Tensor input, bool noise, Tensor? fractions)
    {
        var pass = new Pass(Training: false, noise ? _noise : null, _pool);
        var features = _network.Features(_parameters, input, pass);
        return _network.Q(_network.Head(_parameters, features, fractions, pass), _atoms);
    }

    /// <summary>A recurrent network's step; on a device operation by operation.</summary>
    private void Remember(Tensor input, RecurrentState state, Span<float> q)
    {
        using var entered = _queue.Enter();
        var pass = new Pass(Training: false, Noise: null, _pool);
        var before = Layer.Empty(state.Count, state.Size);
        state.Values.CopyTo(PinnedTensor.Span<float>(before));
        var last = _network.LastOf(state.Actions, state.Rewards);
        if (_pool is null)
            (input, before, last) = (input.to(_device), before.to(_device), last.to(_device));
        var (features, after) = _network.Remember(
            _parameters, _network.Features(_parameters, input, pass), last, before, starts: null, pass);
        var values = _network.Q(_network.Head(_parameters, features, fractions: null, pass), _atoms);
        PinnedTensor.Span<float>(values.cpu().contiguous()).CopyTo(q);
        PinnedTensor.Span<float>(after.cpu().contiguous()).CopyTo(state.Next);
    }

    private void RememberStacks(nint places, int count, RecurrentState state, Span<float> q)
    {
        using var entered = _queue.Enter();
        var plan = PlanOf(count, placed: true);
        plan.Upload(places, count);
        Frames!.Gather(_queue, plan.Places!, plan.Lanes, plan.Observations);
        Remember(plan.Observations.narrow(0, 0, count), state, q);
    }

    private void Check(int count, Span<float> q, RecurrentState? state)
    {
        if (state is null ? _network.StateSize > 0 : state.Size != _network.StateSize || state.Count != count)
            throw new InvalidOperationException("a recurrent network needs a state of as many environments, and others need none");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (q.Length < count * _network.Actions)
            throw new ArgumentException($"{count} observations need {count * _network.Actions} values, the span holds {q.Length}");
    }

    private ActingPlan PlanOf(int count, bool placed)
    {
        var key = (Lanes(count), UseNoise, placed);
        if (!_plans.TryGetValue(key, out var plan))
        {
            var fractions = SamplesFractions ? _spec.Head.ActingTaus : 0;
            plan = new ActingPlan(_queue, _device, _network, key.Item1, placed, fractions, p => Compute(p, key.UseNoise));
            _plans.Add(key, plan);
        }

        return plan;
    }

    /// <param name="input">The observations, or places of theirs among the device's frames.</param>
    /// <param name="placed">They are places.</param>
    /// <param name="count">How many.</param>
    /// <param name="q">Takes the values.</param>
    private void EvaluateOnDevice(nint input, bool placed, int count, Span<float> q)
    {
        using var entered = _queue.Enter();
        var plan = PlanOf(count, placed);
        using (DeviceProfile.Begin(_queue, DeviceStage.Act))
        {
            plan.Draws.Begin(_random, slot: 0);
            plan.Upload(input, count);
            plan.Work.Run();
            plan.Values.Download(0);
        }

        plan.Values.Read(0)[..(count * _network.Actions)].CopyTo(q);
    }

    /// <summary>The work of acting on a device.</summary>
    private void Compute(ActingPlan plan, bool noise)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        plan.Draws.Rewind();
        if (plan.Places is not null)
            Frames!.Gather(_queue, plan.Places, plan.Lanes, plan.Observations);
        var fractions = SamplesFractions ? plan.Draws.Sample(plan.Lanes, _spec.Head.ActingTaus, HostDraws.Fractions) : null;
        plan.Values.Values.copy_(Evaluate(plan.Observations, noise, fractions).flatten());
    }
}
