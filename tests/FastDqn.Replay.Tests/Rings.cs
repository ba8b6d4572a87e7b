using FastDqn.Core;

namespace FastDqn.Replay.Tests;

/// <summary>Rings filled by <see cref="FakeEnvironments"/>, and readers of their bytes.</summary>
internal static class Rings
{
    public static ReplayRingOptions Options(long capacity = 200, int lanes = 3, PriorityOptions? priority = null) => new()
    {
        Capacity = capacity,
        Lanes = lanes,
        FrameBytes = 24,
        StackDepth = 4,
        NStep = 3,
        Priority = priority,
        Seed = 5,
    };

    public static ReplayRing Started(ReplayRingOptions options, FakeEnvironments environments)
    {
        var ring = new ReplayRing(options);
        FakeEnvironments.Deliver(ring, environments.Reset());
        ring.CommitStart();
        return ring;
    }

    /// <param name="deliver">Takes the frames; null: they go to their slots at once.</param>
    public static void Run(ReplayRing ring, FakeEnvironments environments, int steps, Action<byte[][]>? deliver = null)
    {
        for (var i = 0; i < steps; i++)
            FakeEnvironments.Append(ring, environments.Next(), deliver);
    }

    /// <summary>Everything a learner would read, as one array.</summary>
    public static byte[] Bytes(ReplayBatch batch) => Saved(batch.Save);

    public static byte[] Saved(Action<StateWriter> save)
    {
        using var stream = new MemoryStream();
        save(new StateWriter(stream));
        return stream.ToArray();
    }

    public static void Load(IStateful part, byte[] state) => part.Load(new StateReader(new MemoryStream(state)));

    public static void LoadRecords(ReplayRing ring, byte[] state) => Load(ring.Records, state);
}
