namespace FastDqn.Core;

/// <summary>
/// How the sequences of a minibatch lie: (steps, B), the first step of all sequences first. The steps that bring the
/// stored state up to date come first, then those that are learned from, then those that only returns reach.
/// </summary>
/// <param name="BurnIn">Steps before those that are learned from.</param>
/// <param name="Length">Steps that are learned from.</param>
/// <param name="Beyond">Steps after them: those of a return.</param>
/// <param name="StateSize">Numbers of a stored state.</param>
public sealed record SequenceShape(int BurnIn, int Length, int Beyond, int StateSize)
{
    /// <summary>All steps.</summary>
    public int Steps => BurnIn + Length + Beyond;
}

/// <summary>
/// The contract between replay and learner: a minibatch in page-aligned native memory that never moves, so that a
/// tensor can be made over it without a copy and a device can register it once. The replay fills it, the update reads
/// it and writes <see cref="Errors"/>, and the replay makes the new priorities of those. B is <see cref="Size"/>. For a
/// recurrent network it holds B sequences (<see cref="Sequence"/>) in the place of B transitions: O observations, their
/// steps x B, of which L x B are learned from; else O and L x B are B.
/// </summary>
public unsafe class Minibatch : IDisposable
{
    private const int Alignment = 4096;
    private readonly NativeRegion _memory;

    /// <param name="size">B, at least 1.</param>
    /// <param name="observationBytes">Bytes of one observation: stack x frame.</param>
    /// <param name="prioritized">The weights count, and errors are wanted.</param>
    /// <param name="sequence">Null for transitions.</param>
    /// <param name="ahead">Steps after a transition's first one that it shows.</param>
    public Minibatch(int size, long observationBytes, bool prioritized, SequenceShape? sequence = null, int ahead = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        (Size, ObservationBytes, Prioritized, Sequence, Ahead) = (size, observationBytes, prioritized, sequence, ahead);
        _memory = new NativeRegion(BytesFor(size, observationBytes, sequence, ahead));
        var next = _memory.Address;
        // In one piece, so that one copy takes all of them to a device.
        Observations = Take(ref next, (Rows + NextRows + FollowingRows) * observationBytes);
        NextObservations = Observations + (nint)(Rows * observationBytes);
        Actions = Take(ref next, Learned * sizeof(long));
        Returns = Take(ref next, Learned * sizeof(float));
        Discounts = Take(ref next, Learned * sizeof(float));
        Weights = Take(ref next, size * sizeof(float));
        Errors = Take(ref next, size * sizeof(float));
        if (ahead > 0)
        {
            Following = NextObservations + (nint)(NextRows * observationBytes);
            FollowingActions = Take(ref next, FollowingRows * sizeof(long));
            FollowingValid = Take(ref next, FollowingRows * sizeof(float));
        }

        if (sequence is null)
            return;
        Valid = Take(ref next, Learned * sizeof(float));
        Bootstraps = Take(ref next, Learned * sizeof(long));
        LastActions = Take(ref next, Rows * sizeof(long));
        LastRewards = Take(ref next, Rows * sizeof(float));
        Starts = Take(ref next, Rows * sizeof(float));
        States = Take(ref next, size * sequence.StateSize * sizeof(float));
    }

    /// <summary>B.</summary>
    public int Size { get; }

    /// <summary>How sequences lie; null: these are transitions.</summary>
    public SequenceShape? Sequence { get; }

    /// <summary>Steps after s_t that are shown of each transition, for networks that predict them: K.</summary>
    public int Ahead { get; }

    /// <summary>Observations that are shown: K x B.</summary>
    public int FollowingRows => Size * Ahead;

    /// <summary>Observations: O.</summary>
    public int Rows => Size * (Sequence?.Steps ?? 1);

    /// <summary>Actions that are learned from.</summary>
    public int Learned => Size * (Sequence?.Length ?? 1);

    /// <summary>Bytes of one observation, stack x frame.</summary>
    public long ObservationBytes { get; }

    /// <summary>False where the draw was uniform: all weights are 1, and no update writes errors.</summary>
    public bool Prioritized { get; }

    /// <summary>(O, stack, frame) bytes or floats: s_t, the oldest frame first.</summary>
    public nint Observations { get; }

    /// <summary>
    /// (B, stack, frame) right after those: s_t+k, where k is n or less where the episode ended before; empty for
    /// sequences, which hold it.
    /// </summary>
    public nint NextObservations { get; }

    /// <summary>(L x B) 64-bit: a_t.</summary>
    public nint Actions { get; }

    /// <summary>(L x B) floats: discounted sum of the k rewards after s_t, already clipped where asked.</summary>
    public nint Returns { get; }

    /// <summary>(L x B) floats: gamma^k for the value of s_t+k; 0 where the episode terminated.</summary>
    public nint Discounts { get; }

    /// <summary>(B) floats: importance weights, the largest 1.</summary>
    public nint Weights { get; }

    /// <summary>
    /// (B) floats that the update writes where priorities are kept: |TD error|, or the loss of distributional heads; of
    /// a sequence a mixture of its largest and its mean.
    /// </summary>
    public nint Errors { get; }

    /// <summary>
    /// (K, B, stack, frame) right after those: s_t+1 of all transitions, then s_t+2, ...; any observation where it is
    /// not valid.
    /// </summary>
    public nint Following { get; }

    /// <summary>(K, B) 64-bit: the actions that lead there: a_t, then a_t+1, ...</summary>
    public nint FollowingActions { get; }

    /// <summary>(K, B) floats: 1, or 0 from where the episode ended for the learner or is not known yet.</summary>
    public nint FollowingValid { get; }

    /// <summary>(L x B) floats of sequences: 1, or 0 at an episode's last observation: no action follows.</summary>
    public nint Valid { get; }

    /// <summary>(L x B) 64-bit of sequences: which of the observations after the burn-in s_t+k is.</summary>
    public nint Bootstraps { get; }

    /// <summary>(O) 64-bit of sequences: the action before s_t; -1 where an episode starts.</summary>
    public nint LastActions { get; }

    /// <summary>(O) floats of sequences: its reward.</summary>
    public nint LastRewards { get; }

    /// <summary>(O) floats of sequences: 1 where an episode starts, with a state of zeros.</summary>
    public nint Starts { get; }

    /// <summary>(B, state) floats of sequences: what the network that acted had before the first step.</summary>
    public nint States { get; }

    /// <summary>
    /// (B) where s_t lies among the device's frames; empty where the observations lie in <see cref="Observations"/>.
    /// </summary>
    public virtual ReadOnlySpan<StackPlace> Places => [];

    /// <summary>The same for s_t+k.</summary>
    public virtual ReadOnlySpan<StackPlace> NextPlaces => [];

    /// <summary>The same for what follows, (K, B).</summary>
    public virtual ReadOnlySpan<StackPlace> FollowingPlaces => [];

    public Span<byte> FollowingSpan => new((void*)Following, checked((int)(FollowingRows * ObservationBytes)));

    public Span<long> FollowingActionSpan => new((void*)FollowingActions, FollowingRows);

    public Span<float> FollowingValidSpan => new((void*)FollowingValid, FollowingRows);

    public Span<byte> ObservationSpan => new((void*)Observations, checked((int)(Rows * ObservationBytes)));

    public Span<byte> NextObservationSpan => new((void*)NextObservations, checked((int)(NextRows * ObservationBytes)));

    public Span<long> ActionSpan => new((void*)Actions, Learned);

    public Span<float> ReturnSpan => new((void*)Returns, Learned);

    public Span<float> DiscountSpan => new((void*)Discounts, Learned);

    public Span<float> WeightSpan => new((void*)Weights, Size);

    public Span<float> ErrorSpan => new((void*)Errors, Size);

    public Span<float> ValidSpan => Extra<float>(Valid, Learned);

    public Span<long> BootstrapSpan => Extra<long>(Bootstraps, Learned);

    public Span<long> LastActionSpan => Extra<long>(LastActions, Rows);

    public Span<float> LastRewardSpan => Extra<float>(LastRewards, Rows);

    public Span<float> StartSpan => Extra<float>(Starts, Rows);

    public Span<float> StateSpan => Extra<float>(States, Size * (Sequence?.StateSize ?? 0));

    private int NextRows => Sequence is null ? Size : 0;

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
    protected static long BytesFor(int size, long observationBytes, SequenceShape? sequence = null, int ahead = 0)
    {
        var following = (long)size * ahead;
        var (rows, learned) = ((long)size * (sequence?.Steps ?? 1), (long)size * (sequence?.Length ?? 1));
        var bytes = Padded((rows + (sequence is null ? size : 0) + following) * observationBytes) + Padded(learned * sizeof(long))
            + (2 * Padded(learned * sizeof(float))) + (2 * Padded(size * sizeof(float)))
            + Padded(following * sizeof(long)) + Padded(following * sizeof(float));
        if (sequence is null)
            return bytes;
        return bytes + Padded(learned * sizeof(float)) + Padded(learned * sizeof(long)) + Padded(rows * sizeof(long))
            + (2 * Padded(rows * sizeof(float))) + Padded((long)size * sequence.StateSize * sizeof(float));
    }

    /// <summary>Called before the memory is freed.</summary>
    protected virtual void Release()
    {
    }

    // What only sequences have; empty for transitions.
    private Span<T> Extra<T>(nint data, int count) where T : unmanaged => new((void*)data, Sequence is null ? 0 : count);

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static nint Take(ref nint next, long bytes)
    {
        var taken = next;
        next += (nint)Padded(bytes);
        return taken;
    }
}
