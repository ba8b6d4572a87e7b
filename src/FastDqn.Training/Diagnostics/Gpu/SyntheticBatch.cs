using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>A minibatch of random frames with everything that any learner reads.</summary>
internal static class SyntheticBatch
{
    public const int Actions = 6;

    public static readonly NetworkInput Input = new(ObservationKind.UInt8, [4, 84, 84]);

    public static Minibatch Create(int size, ulong seed)
    {
        var random = new RandomStream(seed, "synthetic batch");
        var batch = new Minibatch(size, Input.Bytes, prioritized: true);
        foreach (ref var pixel in batch.ObservationSpan)
            pixel = (byte)random.NextInt32(256);
        foreach (ref var pixel in batch.NextObservationSpan)
            pixel = (byte)random.NextInt32(256);
        foreach (ref var action in batch.ActionSpan)
            action = random.NextInt64(Actions);
        foreach (ref var value in batch.ReturnSpan)
            value = random.NextInt32(3) - 1;
        foreach (ref var discount in batch.DiscountSpan)
            discount = random.NextDouble() < 0.1 ? 0 : 0.99f;
        foreach (ref var weight in batch.WeightSpan)
            weight = (float)(0.5 + (0.5 * random.NextDouble()));
        return batch;
    }
}
