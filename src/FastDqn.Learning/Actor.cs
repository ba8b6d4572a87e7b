using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using TorchSharp;

namespace FastDqn.Learning;

/// <summary>
/// Acts with a copy of the parameters of a stated version, while the learner updates its own on another thread.
/// <see cref="Refresh"/> is the only point where the two meet: call it between updates. With a fixed schedule of
/// refreshes a run is reproducible however the threads interleave.
/// </summary>
public sealed class Actor : IStateful, IDisposable
{
    private readonly QLearner _learner;
    private readonly ParameterSet _parameters;
    private readonly KernelPool? _pool;
    private readonly DeviceQueue _queue;
    private readonly NetworkEvaluator _evaluator;
    private readonly Action _copy;

    internal Actor(QLearner learner, ulong seed)
    {
        _learner = learner;
        // Their numbers are written on the learner's queue, so they are made there.
        using (learner.Queue.Enter())
            _parameters = learner.CreateParameters();
        _copy = () => _parameters.CopyFrom(learner.Acting);
        // One thread: the learner's share the cores.
        _pool = learner.Pool is null ? null : new KernelPool(threads: 1);
        _queue = learner.Queue.Another();
        using (_queue.Enter())
        {
            _evaluator = new NetworkEvaluator(
                learner.Network, learner.Spec, _parameters, learner.Device, _pool, _queue, new RandomStream(seed, "actor"));
        }

        Refresh();
    }

    /// <summary>The number of updates after which the parameters in use were copied.</summary>
    public long ParametersVersion { get; private set; }

    internal DeviceQueue Queue => _queue;

    /// <summary>Takes the learner's newest parameters (one flat copy). Must not run during an update.</summary>
    public void Refresh()
    {
        var queue = _learner.Queue;
        using (queue.Enter())
        using (DeviceProfile.Begin(queue, DeviceStage.Refresh))
            queue.Run(_copy);
        _queue.Follow(_learner.Queue);
        ParametersVersion = _learner.ParametersVersion;
    }

    /// <summary>As <see cref="QLearner.Act(nint, int, Span{int}, Span{float})"/>, by the copied parameters.</summary>
    public void Act(nint observations, int count, Span<int> actions, Span<float> maxQ) =>
        _evaluator.Act(observations, count, actions, maxQ);

    /// <summary>As <see cref="QLearner.QValues(nint, int, Span{float})"/>, by the copied parameters.</summary>
    public void QValues(nint observations, int count, Span<float> q) => _evaluator.QValues(observations, count, q);

    /// <summary>As <see cref="QLearner.Act(nint, int, Span{int}, Span{float}, RecurrentState)"/>.</summary>
    public void Act(nint observations, int count, Span<int> actions, Span<float> maxQ, RecurrentState? state) =>
        _evaluator.Act(observations, count, actions, maxQ, state);

    /// <summary>As <see cref="QLearner.QValues(nint, int, Span{float}, RecurrentState)"/>.</summary>
    public void QValues(nint observations, int count, Span<float> q, RecurrentState? state) =>
        _evaluator.QValues(observations, count, q, state);

    /// <summary>As <see cref="QLearner.CreateState"/>.</summary>
    public RecurrentState? CreateState(int count) => _learner.CreateState(count);

    /// <summary>As <see cref="QLearner.QValuesOfStacks"/>, by the copied parameters.</summary>
    public void QValuesOfStacks(nint places, int count, Span<float> q, RecurrentState? state = null) =>
        _evaluator.QValuesOfStacks(places, count, q, state);

    internal void Use(DeviceFrames frames) => _evaluator.Frames = frames;

    public void ResampleNoise() => _evaluator.ResampleNoise();

    public void UseNoise(bool on) => _evaluator.UseNoise = on;

    public void Save(StateWriter writer)
    {
        using var entered = _queue.Enter();
        _queue.Finish();
        writer.Section("actor", 1);
        writer.WriteInt64(ParametersVersion);
        _parameters.Save(writer);
        _evaluator.Save(writer);
    }

    public void Load(StateReader reader)
    {
        reader.Section("actor", 1);
        var version = reader.ReadInt64();
        if (version < 0)
            throw new FastDqnException(ErrorKind.BadData, $"bad state: an actor at version {version}");
        using (_learner.Queue.Enter())
        {
            _learner.Queue.Finish();
            _parameters.Load(reader);
        }

        _queue.Follow(_learner.Queue);
        _evaluator.Load(reader);
        ParametersVersion = version;
    }

    public void Dispose()
    {
        _ = _queue.TrySynchronize();
        _evaluator.Dispose();
        _parameters.Dispose();
        _pool?.Dispose();
        _queue.Dispose();
    }
}
