using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;

namespace FastDqn.Training.Loops;

/// <summary>A rollout's memory, time-major.</summary>
internal sealed unsafe class Rollout(int steps, int environments, int observationBytes) : IStateful, IDisposable
{
    private readonly byte* _observations =
        (byte*)NativeMemory.AlignedAlloc((nuint)steps * (nuint)environments * (nuint)observationBytes, 4096);

    public int Steps => steps;

    public long[] Actions { get; } = GC.AllocateArray<long>(steps * environments, pinned: true);

    public float[] Rewards { get; } = GC.AllocateArray<float>(steps * environments, pinned: true);

    public byte[] Terminated { get; } = GC.AllocateArray<byte>(steps * environments, pinned: true);

    public byte[] Truncated { get; } = GC.AllocateArray<byte>(steps * environments, pinned: true);

    public byte[] Ignored { get; } = GC.AllocateArray<byte>(steps * environments, pinned: true);

    public float[] Values { get; } = GC.AllocateArray<float>((steps + 1) * environments, pinned: true);

    private nuint RowBytes => (nuint)environments * (nuint)observationBytes;

    public void Store(int step, nint observations) =>
        NativeMemory.Copy((void*)observations, _observations + ((nuint)step * RowBytes), RowBytes);

    public RolloutBatch ToBatch() => new()
    {
        Steps = steps,
        Environments = environments,
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
        for (var t = 0; t < steps; t++)
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
        for (var t = 0; t < steps; t++)
            reader.ReadRaw(new Span<byte>(_observations + ((nuint)t * RowBytes), checked((int)RowBytes)));
        reader.ReadSpan<long>(Actions);
        reader.ReadSpan<float>(Rewards);
        reader.ReadSpan<byte>(Terminated);
        reader.ReadSpan<byte>(Truncated);
        reader.ReadSpan<byte>(Ignored);
        reader.ReadSpan<float>(Values);
    }

    public void Dispose() => NativeMemory.AlignedFree(_observations);

    private static nint Address<T>(T[] array) => Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
}

/// <summary>The rollout that waits for the learner, as a part of the state.</summary>
internal sealed class PendingRollout(Rollout rollout) : IStateful
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
