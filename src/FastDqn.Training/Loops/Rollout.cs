using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Training.Acting;

namespace FastDqn.Training.Loops;

/// <summary>A rollout's memory, time-major.</summary>
internal sealed unsafe class Rollout : IStateful, IDisposable
{
    private readonly byte* _observations;
    private readonly IDisposable? _pin;

    private readonly PlacedStacks? _frames;

    /// <param name="steps">T.</param>
    /// <param name="environments">N.</param>
    /// <param name="entryBytes">Of what the network is given of an environment.</param>
    /// <param name="registrar">Page-locks that where it travels to a GPU; null: it does not.</param>
    /// <param name="frames">What is given are places among these; null: it is observations.</param>
    public Rollout(int steps, int environments, int entryBytes, IPinnedMemoryRegistrar? registrar, PlacedStacks? frames = null)
    {
        (Steps, Environments, RowBytes, _frames) = (steps, environments, (nuint)environments * (nuint)entryBytes, frames);
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

    private Span<StackPlace> Places => new(_observations, Steps * Environments);

    public void Store(int step, nint observations) =>
        NativeMemory.Copy((void*)observations, _observations + ((nuint)step * RowBytes), RowBytes);

    public RolloutBatch ToBatch() => new()
    {
        Steps = Steps,
        Environments = Environments,
        Observations = _frames is null ? (nint)_observations : 0,
        Places = _frames is null ? 0 : (nint)_observations,
        Actions = Address(Actions),
        Rewards = Address(Rewards),
        Terminated = Address(Terminated),
        Truncated = Address(Truncated),
        Ignored = Address(Ignored),
        Values = Address(Values),
    };

    public void Save(StateWriter writer)
    {
        _frames?.SaveStacks(writer, Places);
        for (var t = 0; t < Steps && _frames is null; t++)
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
        _frames?.LoadStacks(reader, Places);
        for (var t = 0; t < Steps && _frames is null; t++)
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
