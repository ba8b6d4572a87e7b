namespace FastDqn.Core;

/// <summary>
/// The contract between replay and learner: a minibatch in page-aligned native memory that never moves, so that a
/// tensor can be made over it without a copy and a device can register it once. The replay fills it, the update reads
/// it and writes <see cref="Errors"/>, and the replay makes the new priorities of those. B is <see cref="Size"/>.
/// </summary>
public unsafe class Minibatch : IDisposable
{
    private const int Alignment = 4096;
    private readonly NativeRegion _memory;

    /// <param name="size">B, at least 1.</param>
    /// <param name="observationBytes">Bytes of one observation: stack x frame.</param>
    /// <param name="prioritized">The weights count, and errors are wanted.</param>
    public Minibatch(int size, long observationBytes, bool prioritized)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        (Size, ObservationBytes, Prioritized) = (size, observationBytes, prioritized);
        _memory = new NativeRegion(BytesFor(size, observationBytes));
        var next = _memory.Address;
        Observations = Take(ref next, size * observationBytes);
        NextObservations = Take(ref next, size * observationBytes);
        Actions = Take(ref next, size * sizeof(long));
        Returns = Take(ref next, size * sizeof(float));
        Discounts = Take(ref next, size * sizeof(float));
        Weights = Take(ref next, size * sizeof(float));
        Errors = Take(ref next, size * sizeof(float));
    }

    /// <summary>B.</summary>
    public int Size { get; }

    /// <summary>Bytes of one observation, stack x frame.</summary>
    public long ObservationBytes { get; }

    /// <summary>False where the draw was uniform: all weights are 1, and no update writes errors.</summary>
    public bool Prioritized { get; }

    /// <summary>(B, stack, frame) bytes or floats: s_t, the oldest frame first.</summary>
    public nint Observations { get; }

    /// <summary>(B, stack, frame): s_t+k, where k is n or less where the episode ended before.</summary>
    public nint NextObservations { get; }

    /// <summary>(B) 64-bit: a_t.</summary>
    public nint Actions { get; }

    /// <summary>(B) floats: discounted sum of the k rewards after s_t, already clipped where asked.</summary>
    public nint Returns { get; }

    /// <summary>(B) floats: gamma^k for the value of s_t+k; 0 where the episode terminated.</summary>
    public nint Discounts { get; }

    /// <summary>(B) floats: importance weights, the largest 1.</summary>
    public nint Weights { get; }

    /// <summary>
    /// (B) floats that the update writes where priorities are kept: |TD error|, or the loss of distributional heads.
    /// </summary>
    public nint Errors { get; }

    /// <summary>
    /// (B) where s_t lies among the device's frames; empty where the observations lie in <see cref="Observations"/>.
    /// </summary>
    public virtual ReadOnlySpan<StackPlace> Places => [];

    /// <summary>The same for s_t+k.</summary>
    public virtual ReadOnlySpan<StackPlace> NextPlaces => [];

    public Span<byte> ObservationSpan => new((void*)Observations, checked((int)(Size * ObservationBytes)));

    public Span<byte> NextObservationSpan => new((void*)NextObservations, checked((int)(Size * ObservationBytes)));

    public Span<long> ActionSpan => new((void*)Actions, Size);

    public Span<float> ReturnSpan => new((void*)Returns, Size);

    public Span<float> DiscountSpan => new((void*)Discounts, Size);

    public Span<float> WeightSpan => new((void*)Weights, Size);

    public Span<float> ErrorSpan => new((void*)Errors, Size);

    /// <summary>
    /// Page-locks the memory where a device is; null without a registrar. Dispose it before the batch.
    /// </summary>
    public IDisposable? Lock(IPinnedMemoryRegistrar? registrar) => registrar?.Register(_memory.Address, _memory.Length);

    public void Dispose()
    {
        Release();
        _memory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Bytes of a batch's memory.</summary>
    protected static long BytesFor(int size, long observationBytes) =>
        (2 * Padded(size * observationBytes)) + Padded(size * sizeof(long)) + (4 * Padded(size * sizeof(float)));

    /// <summary>Called before the memory is freed.</summary>
    protected virtual void Release()
    {
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static nint Take(ref nint next, long bytes)
    {
        var taken = next;
        next += (nint)Padded(bytes);
        return taken;
    }
}
