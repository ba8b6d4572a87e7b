using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;

namespace FastDqn.Learning.Tests;

/// <summary>A minibatch in pinned arrays, as the replay hands one over.</summary>
internal sealed class TestBatch
{
    public TestBatch(NetworkInput input, int size)
    {
        Input = input;
        Size = size;
        Observations = GC.AllocateArray<byte>(size * input.Bytes, pinned: true);
        Next = GC.AllocateArray<byte>(size * input.Bytes, pinned: true);
        Actions = GC.AllocateArray<long>(size, pinned: true);
        Returns = GC.AllocateArray<float>(size, pinned: true);
        Discounts = GC.AllocateArray<float>(size, pinned: true);
        Weights = GC.AllocateArray<float>(size, pinned: true);
        Priorities = GC.AllocateArray<float>(size, pinned: true);
        Weights.AsSpan().Fill(1);
    }

    public NetworkInput Input { get; }
    public int Size { get; }
    public byte[] Observations { get; }
    public byte[] Next { get; }
    public long[] Actions { get; }
    public float[] Returns { get; }
    public float[] Discounts { get; }
    public float[] Weights { get; }
    public float[] Priorities { get; }

    public LearnerBatch Pointers => new()
    {
        Size = Size,
        Observations = Address(Observations),
        NextObservations = Address(Next),
        Actions = Address(Actions),
        Returns = Address(Returns),
        Discounts = Address(Discounts),
        Weights = Address(Weights),
        Priorities = Address(Priorities),
    };

    /// <summary>Address of a pinned array.</summary>
    public static unsafe nint Address<T>(T[] array) where T : unmanaged => (nint)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);

    public static TestBatch Random(NetworkInput input, int size, int actions, ulong seed)
    {
        var batch = new TestBatch(input, size);
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

        return batch;
    }

    public static void Fill(byte[] observations, ObservationKind kind, RandomStream random)
    {
        if (kind == ObservationKind.UInt8)
        {
            foreach (ref var value in observations.AsSpan())
                value = (byte)random.NextInt32(256);
            return;
        }

        foreach (ref var value in MemoryMarshal.Cast<byte, float>(observations.AsSpan()))
            value = (float)random.NextGaussian();
    }

    /// <summary>Writes floats as the input's element type.</summary>
    public static void Put(byte[] target, ObservationKind kind, ReadOnlySpan<float> values)
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
