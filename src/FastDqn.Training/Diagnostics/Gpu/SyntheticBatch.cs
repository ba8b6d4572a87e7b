using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// What an algorithm's learner is given, of random frames: a minibatch of transitions, with what follows them or in
/// sequences where the algorithm wants it, or a rollout.
/// </summary>
internal sealed class SyntheticBatch : Minibatch
{
    public const int ActionCount = 6;

    private const int BurnIn = 2;
    private const int Length = 4;

    public static readonly NetworkInput Input = new(ObservationKind.UInt8, [4, 84, 84]);

    private readonly byte[] _ends;
    private readonly byte[] _never;
    private readonly float[] _values;

    public SyntheticBatch(AlgorithmSpec spec, int size, ulong seed)
        : base(size, Input.Bytes, prioritized: true, SequenceOf(spec), spec.SelfPrediction.Steps)
    {
        var random = new RandomStream(seed, "synthetic batch");
        Pixels(ObservationSpan);
        Pixels(NextObservationSpan);
        foreach (ref var action in ActionSpan)
            action = random.NextInt64(ActionCount);
        foreach (ref var value in ReturnSpan)
            value = random.NextInt32(3) - 1;
        foreach (ref var discount in DiscountSpan)
            discount = random.NextDouble() < 0.1 ? 0 : 0.99f;
        foreach (ref var weight in WeightSpan)
            weight = (float)(0.5 + (0.5 * random.NextDouble()));
        (_ends, _never) = (GC.AllocateArray<byte>(size, pinned: true), GC.AllocateArray<byte>(size, pinned: true));
        _values = GC.AllocateArray<float>(2 * size, pinned: true);
        for (var i = 0; i < size; i++)
            _ends[i] = DiscountSpan[i] == 0 ? (byte)1 : (byte)0;
        foreach (ref var value in _values.AsSpan())
            value = (float)random.NextGaussian();
        if (Ahead > 0)
            Follow();
        if (Sequence is { } sequence)
            Remember(sequence);

        void Pixels(Span<byte> pixels)
        {
            foreach (ref var pixel in pixels)
                pixel = (byte)random.NextInt32(256);
        }

        void Follow()
        {
            Pixels(FollowingSpan);
            ActionSpan.CopyTo(FollowingActionSpan);
            foreach (ref var action in FollowingActionSpan[size..])
                action = random.NextInt64(ActionCount);
            for (var row = 0; row < FollowingRows; row++)
            {
                var goesOn = row < size || FollowingValidSpan[row - size] > 0;
                FollowingValidSpan[row] = goesOn && random.NextDouble() < 0.9 ? 1 : 0;
            }
        }

        void Remember(SequenceShape shape)
        {
            for (var row = 0; row < Rows; row++)
            {
                var starts = random.NextDouble() < 0.1;
                StartSpan[row] = starts ? 1 : 0;
                LastActionSpan[row] = starts ? RecurrentState.NoAction : random.NextInt64(ActionCount);
                LastRewardSpan[row] = starts ? 0 : random.NextInt32(3) - 1;
            }

            ValidSpan.Fill(1);
            for (var row = 0; row < Learned; row++)
                BootstrapSpan[row] = row + (size * (1 + random.NextInt32(shape.Beyond)));
            foreach (ref var value in StateSpan)
                value = (float)random.NextGaussian();
        }
    }

    /// <summary>The algorithm called <paramref name="name"/>, whose rollouts are one minibatch of one step.</summary>
    public static AlgorithmSpec SpecOf(string name)
    {
        var spec = AlgorithmPresets.Get(name);
        return spec.Rollout is null ? spec : spec with { Rollout = new RolloutSpec { Steps = 1, Epochs = 1, Minibatches = 1 } };
    }

    public static List<SyntheticBatch> Several(int count, AlgorithmSpec spec, int size) =>
        [.. Enumerable.Range(0, count).Select(seed => new SyntheticBatch(spec, size, (ulong)seed))];

    /// <summary>An update of a learner on this.</summary>
    public UpdateStats Update(QLearner learner) =>
        learner is PqnLearner fromRollouts ? fromRollouts.Update(Rollout()) : ((DqnLearner)learner).Update(this);

    private static SequenceShape? SequenceOf(AlgorithmSpec spec) =>
        spec.Body.Lstm == 0 ? null : new SequenceShape(BurnIn, Length, spec.Target.Steps, 2 * spec.Body.Lstm);

    private RolloutBatch Rollout() => new()
    {
        Steps = 1,
        Environments = Size,
        Observations = Observations,
        Actions = Actions,
        Rewards = Returns,
        Terminated = Address(_ends),
        Truncated = Address(_never),
        Ignored = Address(_never),
        Values = Address(_values),
    };

    private static nint Address<T>(T[] pinned)
        where T : unmanaged => Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
