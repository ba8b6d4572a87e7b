using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Tests;

/// <summary>A minibatch as the replay hands one over.</summary>
internal sealed class TestBatch
{
    private static readonly ConcurrentBag<object> Kept = [];

    public TestBatch(NetworkInput input, int size, int ahead = 0)
    {
        Input = input;
        Batch = new Minibatch(size, input.Bytes, prioritized: true, ahead: ahead);
        Weights.Fill(1);
        // A learner keeps tensors over the memory.
        Kept.Add(Batch);
    }

    public NetworkInput Input { get; }
    public Minibatch Batch { get; }
    public int Size => Batch.Size;
    public Span<byte> Observations => Batch.ObservationSpan;
    public Span<byte> Next => Batch.NextObservationSpan;
    public Span<long> Actions => Batch.ActionSpan;
    public Span<float> Returns => Batch.ReturnSpan;
    public Span<float> Discounts => Batch.DiscountSpan;
    public Span<float> Weights => Batch.WeightSpan;
    public Span<float> Errors => Batch.ErrorSpan;

    /// <summary>A pinned array that lives as long as the process: an address alone does not keep its array.</summary>
    public static T[] Pinned<T>(int length) where T : unmanaged
    {
        var array = GC.AllocateArray<T>(length, pinned: true);
        Kept.Add(array);
        return array;
    }

    /// <summary>Address of a pinned array.</summary>
    public static nint Address<T>(T[] array) where T : unmanaged => (nint)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);

    /// <param name="ahead">Steps that follow each transition; an episode ends after some of them.</param>
    public static TestBatch Random(NetworkInput input, int size, int actions, ulong seed, int ahead = 0)
    {
        var batch = new TestBatch(input, size, ahead);
        var random = new RandomStream(seed);
        Fill(batch.Observations, input.Kind, random);
        Fill(batch.Next, input.Kind, random);
        for (var i = 0; i < size; i++)
        {
            batch.Actions[i] = random.NextInt32(actions);
            batch.Returns[i] = (float)random.NextGaussian();
            batch.Discounts[i] = random.NextDouble() < 0.2 ? 0 : 0.99f;
            batch.Weights[i] = (float)random.NextDouble() + 0.1f;
        }

        var shown = batch.Batch;
        Fill(shown.FollowingSpan, input.Kind, random);
        for (var row = 0; row < shown.FollowingRows; row++)
        {
            var goesOn = row < size || shown.FollowingValidSpan[row - size] > 0;
            shown.FollowingValidSpan[row] = goesOn && random.NextInt32(5) > 0 ? 1 : 0;
            shown.FollowingActionSpan[row] = row < size ? batch.Actions[row] : random.NextInt32(actions);
        }

        return batch;
    }

    /// <summary>The observations, actions and returns as a rollout that nothing cuts short.</summary>
    /// <param name="steps">Of all environments.</param>
    /// <param name="terminated">Pinned.</param>
    /// <param name="values">Pinned; a step more than the others.</param>
    public RolloutBatch Rollout(int steps, byte[] terminated, float[] values)
    {
        var zeros = Address(Pinned<byte>(Size));
        return new RolloutBatch
        {
            Steps = steps,
            Environments = Size / steps,
            Observations = Batch.Observations,
            Actions = Batch.Actions,
            Rewards = Batch.Returns,
            Terminated = Address(terminated),
            Truncated = zeros,
            Ignored = zeros,
            Values = Address(values),
        };
    }

    /// <summary>Sequences for a recurrent network.</summary>
    public static Minibatch Sequences(NetworkInput input, int size, int actions, SequenceShape shape, ulong seed)
    {
        var batch = new Minibatch(size, input.Bytes, prioritized: true, shape);
        Kept.Add(batch);
        var random = new RandomStream(seed);
        Fill(batch.ObservationSpan, input.Kind, random);
        for (var row = 0; row < batch.Rows; row++)
        {
            var starts = random.NextInt32(5) == 0;
            batch.StartSpan[row] = starts ? 1 : 0;
            batch.LastActionSpan[row] = starts ? RecurrentState.NoAction : random.NextInt32(actions);
            batch.LastRewardSpan[row] = starts ? 0 : (float)random.NextGaussian();
        }

        for (var row = 0; row < batch.Learned; row++)
        {
            batch.ActionSpan[row] = random.NextInt32(actions);
            batch.ReturnSpan[row] = (float)random.NextGaussian();
            batch.DiscountSpan[row] = random.NextInt32(5) == 0 ? 0 : 0.99f;
            // The first step always is one.
            batch.ValidSpan[row] = row >= size && random.NextInt32(6) == 0 ? 0 : 1;
            batch.BootstrapSpan[row] = row + (size * (1 + random.NextInt32(shape.Beyond)));
        }

        foreach (ref var value in batch.StateSpan)
            value = (float)random.NextGaussian();
        foreach (ref var weight in batch.WeightSpan)
            weight = (float)random.NextDouble() + 0.1f;
        return batch;
    }

    public static void Fill(Span<byte> observations, ObservationKind kind, RandomStream random)
    {
        if (kind == ObservationKind.UInt8)
        {
            foreach (ref var value in observations)
                value = (byte)random.NextInt32(256);
            return;
        }

        foreach (ref var value in MemoryMarshal.Cast<byte, float>(observations))
            value = (float)random.NextGaussian();
    }

    /// <summary>Writes floats as the input's element type.</summary>
    public static void Put(Span<byte> target, ObservationKind kind, ReadOnlySpan<float> values)
    {
        if (kind == ObservationKind.Float32)
        {
            MemoryMarshal.AsBytes(values).CopyTo(target);
            return;
        }

        for (var i = 0; i < values.Length; i++)
            target[i] = (byte)values[i];
    }
}
