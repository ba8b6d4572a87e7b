using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>
/// PQN (Gallici et al. 2024): many environments fill a rollout, then it is learned from, without replay memory or target network.
/// With overlap two rollouts take turns: the learner learns from one while the actor fills the other with the parameters as
/// they were when both started, so actions use parameters exactly one rollout old.
/// </summary>
public sealed unsafe class PqnLoop : ITrainingLoop
{
    private readonly TrainConfig _config;
    private readonly AlgorithmSpec _spec;
    private readonly IVectorEnvironment _environments;
    private readonly LearnerSide<PqnLearner> _side;
    private readonly PqnLearner _learner;
    private readonly FrameStacks _stacks;
    private readonly Explorer _explorer;
    private readonly RewardShaper _shaper;
    private readonly EpisodeTracker _tracker;
    private readonly RunCounters _counters;
    private readonly StageTimes _times;
    private readonly StepResult _step;
    private readonly Rollout[] _rollouts;
    private readonly PendingRollout _pending;
    private readonly Action<Episode> _episodeEnded;
    private readonly RoundRunner? _rounds;
    private readonly int[] _actions;
    private readonly float[] _q;
    private readonly int _count;
    private readonly IDisposable _promise;
    private UpdateStats _stats;
    private int _filled;  // of the rollouts, the first time
    private Rollout _filling;

    public PqnLoop(TrainConfig config, IVectorEnvironment environments, LoopParts parts)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(environments);
        ArgumentNullException.ThrowIfNull(parts);
        (_config, _environments, _spec) = (config, environments, parts.Spec);
        (_counters, _times, _tracker, _episodeEnded) = (parts.Counters, parts.Times, parts.Tracker, parts.EpisodeEnded);
        _count = environments.Count;
        var seed = (ulong)config.Run.Seed;
        var steps = _spec.Rollout!.Steps;
        var bytes = (long)parts.Input.Bytes * _count * steps * (config.Train.Overlap ? 2 : 1);
        using var made = new Unfinished();
        var rollouts = config.Train.Overlap ? 2 : 1;
        _promise = made.Add(SystemMemory.Promise(
            bytes, $"rollouts of {steps} steps of {_count} environments", "lower env.count or rollout.steps",
            () => bytes / rollouts * Math.Min(Volatile.Read(ref _filled), rollouts)));
        _side = made.Add(new LearnerSide<PqnLearner>(
            config.Train.Overlap, seed,
            () => new PqnLearner(
                _spec, parts.Input, environments.ActionNames.Count, seed, parts.Device, parts.LearnerThreads, parts.Learner)));
        _learner = _side.Learner;
        _stacks = made.Add(new FrameStacks(environments.Observation, _count, parts.Registrar));
        _explorer = new Explorer(_spec.Exploration, _count, environments.ActionNames.Count, seed, config.Train.Steps);
        _shaper = new RewardShaper(config, _count);
        _step = new StepResult(_count);
        _actions = new int[_count];
        _q = new float[_count * environments.ActionNames.Count];
        _rollouts =
            [.. Enumerable.Range(0, rollouts).Select(_ => made.Add(new Rollout(steps, _count, parts.Input.Bytes, parts.Registrar)))];
        _pending = new PendingRollout(_rollouts[0]);
        _filling = _rollouts[0];
        _rounds = _side.Thread is null ? null : new RoundRunner(_side.Thread, _times, () => Fill(_filling), Learn);
        Parts =
        [
            .. _side.Parts,
            .. config.Train.Overlap ? [("rollout.bin", _pending)] : Array.Empty<(string, IStateful)>(),
            ("environments.bin", environments),
            ("explorer.bin", _explorer),
            ("stacks.bin", _stacks),
        ];
        made.Keep();
    }

    public QLearner Learner => _learner;

    public Replay.ReplayRing? Ring => null;

    public long ReplayFill => 0;

    public bool Filling => false;

    public double Epsilon => _explorer.Epsilon(_counters.Steps);

    public IReadOnlyList<(string Name, IStateful Part)> Parts { get; }

    public void Begin()
    {
        _environments.Reset(EnvironmentSeed.Of(_config, _counters), _stacks.Newest, _step);
        Array.Fill(_step.EpisodeStart, (byte)1);
        _stacks.Start(_step.EpisodeStart);
        _tracker.Abandon();
    }

    public void Advance()
    {
        if (_rounds is null)
        {
            Fill(_rollouts[0]);
            _pending.Rollout = _rollouts[0];
            Learn();
            Settle();
            return;
        }

        if (!_pending.Full)
        {
            Fill(_pending.Rollout);
            _pending.Full = true;
            return;
        }

        _filling = _pending.Rollout == _rollouts[0] ? _rollouts[1] : _rollouts[0];
        _rounds.Run();
        Settle();
        _pending.Rollout = _filling;
        var start = StageTimes.Now;
        _side.Refresh();
        _times.Add(Stage.Refresh, start);
    }

    public double HeldOutMaxQ() => double.NaN;

    public void OnLearner(Action work) => _side.Run(work);

    public void Branch(int branch) => _explorer.Branch(branch);

    public void Dispose()
    {
        _side.Dispose();
        _stacks.Dispose();
        foreach (var rollout in _rollouts)
            rollout.Dispose();
        _promise.Dispose();
    }

    private void Fill(Rollout rollout)
    {
        var now = StageTimes.Now;
        for (var t = 0; t < rollout.Steps; t++)
        {
            Values(rollout.Values.AsSpan(t * _count, _count));
            rollout.Store(t, _stacks.Observations);
            _ = _explorer.Begin(_counters.Steps, _actions);
            _explorer.Complete((ReadOnlySpan<float>)_q, _actions);
            now = _times.Add(Stage.Act, now);
            _stacks.Shift();
            _environments.Step(_actions, _stacks.Newest, _step);
            _stacks.Start(_step.EpisodeStart);
            now = _times.Add(Stage.Environment, now);
            var rewards = _shaper.Shape(_step);
            var lifeLost = _shaper.Terminal(_step);
            for (var i = 0; i < _count; i++)
            {
                var at = (t * _count) + i;
                rollout.Actions[at] = _actions[i];
                rollout.Rewards[at] = rewards[i];
                rollout.Terminated[at] = (byte)(_step.Terminated[i] | (lifeLost.IsEmpty ? 0 : lifeLost[i]));
                rollout.Truncated[at] = _step.Truncated[i];
                rollout.Ignored[at] = _step.EpisodeStart[i];
            }

            _counters.AddSteps(_step);
            _tracker.Add(_step, _episodeEnded);
            now = _times.Add(Stage.Append, now);
        }

        Values(rollout.Values.AsSpan(rollout.Steps * _count, _count));
        if (_filled < _rollouts.Length)
            Volatile.Write(ref _filled, _filled + 1);
        _times.Add(Stage.Act, now);
    }

    /// <summary>The largest Q of every environment's newest observation; the Q-values stay in the field for the choice of actions.</summary>
    private void Values(Span<float> highest)
    {
        _side.ComputeQ(_stacks.Observations, _count, _q);
        var actions = _q.Length / _count;
        for (var i = 0; i < _count; i++)
            highest[i] = System.Numerics.Tensors.TensorPrimitives.Max((ReadOnlySpan<float>)_q.AsSpan(i * actions, actions));
    }

    private void Learn()
    {
        var start = StageTimes.Now;
        _stats = _learner.Update(_pending.Rollout.ToBatch());
        _times.Add(Stage.Update, start);
        if (!_stats.Finite || !(Math.Abs(_stats.Loss) <= _config.Train.MaxLoss))
            throw new DivergedException(FormattableString.Invariant($"update {_learner.ParametersVersion}: the loss is {_stats.Loss}"));
    }

    private void Settle()
    {
        _counters.AddUpdates(_stats, _spec.Rollout!.Epochs * _spec.Rollout.Minibatches);
        _learner.SetProgress(_counters.Steps / (double)_config.Train.Steps);
    }

    /// <summary>A rollout's memory, time-major.</summary>
    private sealed class Rollout : IStateful, IDisposable
    {
        private readonly byte* _observations;
        private readonly IDisposable? _pin;

        public Rollout(int steps, int environments, int observationBytes, IPinnedMemoryRegistrar? registrar)
        {
            (Steps, Environments, RowBytes) = (steps, environments, (nuint)environments * (nuint)observationBytes);
            (Actions, Rewards, Values) = (Array<long>(steps), Array<float>(steps), Array<float>(steps + 1));
            (Terminated, Truncated, Ignored) = (Array<byte>(steps), Array<byte>(steps), Array<byte>(steps));
            var bytes = (nuint)steps * RowBytes;
            _observations = (byte*)NativeMemory.AlignedAlloc(bytes, 4096);
            _pin = registrar?.Register((nint)_observations, (long)bytes);

            T[] Array<T>(int rows)
                where T : unmanaged => GC.AllocateArray<T>(rows * environments, pinned: true);
        }

        public int Steps { get; }

        public long[] Actions { get; }

        public float[] Rewards { get; }

        public byte[] Terminated { get; }

        public byte[] Truncated { get; }

        public byte[] Ignored { get; }

        public float[] Values { get; }

        private int Environments { get; }

        private nuint RowBytes { get; }

        public void Store(int step, nint observations) =>
            NativeMemory.Copy((void*)observations, _observations + ((nuint)step * RowBytes), RowBytes);

        public RolloutBatch ToBatch() => new()
        {
            Steps = Steps,
            Environments = Environments,
            Observations = (nint)_observations,
            Actions = Address(Actions),
            Rewards = Address(Rewards),
            Terminated = Address(Terminated),
            Truncated = Address(Truncated),
            Ignored = Address(Ignored),
            Values = Address(Values),
        };

        public void Save(StateWriter writer)
        {
            for (var t = 0; t < Steps; t++)
                writer.WriteRaw(new ReadOnlySpan<byte>(_observations + ((nuint)t * RowBytes), checked((int)RowBytes)));
            writer.WriteSpan<long>(Actions);
            writer.WriteSpan<float>(Rewards);
            writer.WriteSpan<byte>(Terminated);
            writer.WriteSpan<byte>(Truncated);
            writer.WriteSpan<byte>(Ignored);
            writer.WriteSpan<float>(Values);
        }

        public void Load(StateReader reader)
        {
            for (var t = 0; t < Steps; t++)
                reader.ReadRaw(new Span<byte>(_observations + ((nuint)t * RowBytes), checked((int)RowBytes)));
            reader.ReadSpan<long>(Actions);
            reader.ReadSpan<float>(Rewards);
            reader.ReadSpan<byte>(Terminated);
            reader.ReadSpan<byte>(Truncated);
            reader.ReadSpan<byte>(Ignored);
            reader.ReadSpan<float>(Values);
        }

        public void Dispose()
        {
            _pin?.Dispose();
            NativeMemory.AlignedFree(_observations);
        }

        private static nint Address<T>(T[] array) => Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
    }

    /// <summary>The rollout that waits for the learner, as a part of the state.</summary>
    private sealed class PendingRollout(Rollout rollout) : IStateful
    {
        public Rollout Rollout { get; set; } = rollout;

        public bool Full { get; set; }

        public void Save(StateWriter writer)
        {
            writer.Section("rollout", 1);
            writer.WriteBool(Full);
            if (Full)
                Rollout.Save(writer);
        }

        public void Load(StateReader reader)
        {
            reader.Section("rollout", 1);
            Full = reader.ReadBool();
            if (Full)
                Rollout.Load(reader);
        }
    }
}
