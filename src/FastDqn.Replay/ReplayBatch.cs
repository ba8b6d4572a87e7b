using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// A minibatch in page-aligned native memory that never moves: a tensor can be made over it without a copy, and a
/// device can register it once. B is the batch size, S the stack depth, F the bytes of a frame.
/// </summary>
public sealed unsafe class ReplayBatch : IDisposable
{
    private const int Alignment = 4096;

    private readonly NativeRegion _memory;
    private readonly IDisposable? _pin;

    /// <param name="size">B.</param>
    /// <param name="options">Gives S and F.</param>
    /// <param name="registrar">Page-locks the memory where a device is; null for none.</param>
    public ReplayBatch(int size, ReplayOptions options, IPinnedMemoryRegistrar? registrar = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (size < 1)
            throw new FastDqnException(ErrorKind.Usage, $"replay: a batch of {size} transitions");
        Size = size;
        StackBytes = (long)options.StackDepth * options.FrameBytes;
        var observations = Padded(size * StackBytes);
        var longs = Padded(size * sizeof(long));
        var floats = Padded(size * sizeof(float));
        var bytes = (2 * observations) + (2 * longs) + (3 * floats);
        SystemMemory.Ensure(bytes, $"a batch of {size} transitions", "lower the batch size");
        using var made = new Unfinished();
        _memory = made.Add(new NativeRegion(bytes));
        var next = _memory.Pointer;
        Observations = Take(ref next, observations);
        NextObservations = Take(ref next, observations);
        Actions = (long*)Take(ref next, longs);
        Indices = (long*)Take(ref next, longs);
        Returns = (float*)Take(ref next, floats);
        Discounts = (float*)Take(ref next, floats);
        Weights = (float*)Take(ref next, floats);
        Stacks = new ReplayLibrary.ReplayStack[size];
        NextStacks = new ReplayLibrary.ReplayStack[size];
        _pin = registrar?.Register(_memory.Address, bytes);
        made.Keep();
    }

    /// <summary>B.</summary>
    public int Size { get; }

    /// <summary>Bytes of one observation, S x F.</summary>
    public long StackBytes { get; }

    /// <summary>(B, S, frame) bytes or floats: s_t.</summary>
    public byte* Observations { get; }

    /// <summary>(B, S, frame): s_t+k, where k is n or less where the episode ended before.</summary>
    public byte* NextObservations { get; }

    /// <summary>(B): a_t.</summary>
    public long* Actions { get; }

    /// <summary>(B): discounted sum of the k rewards after s_t.</summary>
    public float* Returns { get; }

    /// <summary>(B): gamma^k for the value of s_t+k; 0 where the episode terminated.</summary>
    public float* Discounts { get; }

    /// <summary>(B): importance weights, the largest 1; all 1 without priorities.</summary>
    public float* Weights { get; }

    /// <summary>(B): names of the transitions for <see cref="ReplayRing.UpdatePriorities"/>.</summary>
    public long* Indices { get; }

    public Span<byte> ObservationSpan => new(Observations, checked((int)(Size * StackBytes)));

    public Span<byte> NextObservationSpan => new(NextObservations, checked((int)(Size * StackBytes)));

    public Span<long> ActionSpan => new(Actions, Size);

    public Span<float> ReturnSpan => new(Returns, Size);

    public Span<float> DiscountSpan => new(Discounts, Size);

    public Span<float> WeightSpan => new(Weights, Size);

    public Span<long> IndexSpan => new(Indices, Size);

    // Where the two observations lie in the ring, set by the draw and used by the copy.
    internal ReplayLibrary.ReplayStack[] Stacks { get; }

    internal ReplayLibrary.ReplayStack[] NextStacks { get; }

    /// <summary>The vector step whose ring this batch was drawn from.</summary>
    internal long Horizon { get; set; }

    public void Dispose()
    {
        _pin?.Dispose();
        _memory.Dispose();
    }

    /// <summary>Everything that the learner reads, for batches drawn but not yet used when a run is saved.</summary>
    internal void Save(StateWriter writer)
    {
        writer.WriteInt64(Horizon);
        writer.WriteSpan<byte>(ObservationSpan);
        writer.WriteSpan<byte>(NextObservationSpan);
        writer.WriteSpan<long>(ActionSpan);
        writer.WriteSpan<long>(IndexSpan);
        writer.WriteSpan<float>(ReturnSpan);
        writer.WriteSpan<float>(DiscountSpan);
        writer.WriteSpan<float>(WeightSpan);
    }

    internal void Load(StateReader reader)
    {
        Horizon = reader.ReadInt64();
        reader.ReadSpan(ObservationSpan);
        reader.ReadSpan(NextObservationSpan);
        reader.ReadSpan(ActionSpan);
        reader.ReadSpan(IndexSpan);
        reader.ReadSpan(ReturnSpan);
        reader.ReadSpan(DiscountSpan);
        reader.ReadSpan(WeightSpan);
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static byte* Take(ref byte* next, long bytes)
    {
        var taken = next;
        next += bytes;
        return taken;
    }
}
