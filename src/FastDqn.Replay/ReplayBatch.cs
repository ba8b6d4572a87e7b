using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>A minibatch that a <see cref="ReplayRing"/> fills, and what the ring remembers of it.</summary>
public sealed class ReplayBatch : Minibatch
{
    private readonly long[] _indices;
    private readonly IDisposable? _pin;
    private readonly bool _onDevice;

    /// <param name="size">B.</param>
    /// <param name="options">Give the observations' size and whether there are priorities.</param>
    /// <param name="registrar">Page-locks the memory where a device is; null for none.</param>
    /// <param name="onDevice">The learner makes the observations of frames that its device holds.</param>
    public ReplayBatch(int size, ReplayRingOptions options, IPinnedMemoryRegistrar? registrar = null, bool onDevice = false)
        : base(
            Checked(size, options), StackBytes(options), options.Priority is not null, options.Sequence?.Shape(options.NStep),
            options.Ahead)
    {
        using var made = new Unfinished();
        made.Add(this);
        _indices = new long[size];
        _onDevice = onDevice;
        Stacks = new StackPlace[Rows];
        NextStacks = new StackPlace[Sequence is null ? size : 0];
        FollowingStacks = new StackPlace[FollowingRows];
        // No device reads the observations there.
        _pin = onDevice ? null : Lock(registrar);
        made.Keep();
    }

    /// <summary>
    /// (B): names of the transitions, or sequences, for <see cref="ReplayRing.UpdatePriorities(ReplayBatch)"/>.
    /// </summary>
    public Span<long> IndexSpan => _indices;

    public override ReadOnlySpan<StackPlace> Places => _onDevice && Drawn ? Stacks : [];

    public override ReadOnlySpan<StackPlace> NextPlaces => _onDevice && Drawn ? NextStacks : [];

    public override ReadOnlySpan<StackPlace> FollowingPlaces => _onDevice && Drawn ? FollowingStacks : [];

    // Where the observations lie in the ring, set by the draw and used by the copy.
    internal StackPlace[] Stacks { get; }

    internal StackPlace[] NextStacks { get; }

    internal StackPlace[] FollowingStacks { get; }

    /// <summary>False after a load: its observations are what was saved, wherever they lay.</summary>
    internal bool Drawn { get; set; }

    /// <summary>The vector step whose ring this batch was drawn from.</summary>
    internal long Horizon { get; set; }

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
        if (Ahead > 0)
        {
            writer.WriteSpan<byte>(FollowingSpan);
            writer.WriteSpan<long>(FollowingActionSpan);
            writer.WriteSpan<float>(FollowingValidSpan);
        }

        if (Sequence is null)
            return;
        writer.WriteSpan<float>(ValidSpan);
        writer.WriteSpan<long>(BootstrapSpan);
        writer.WriteSpan<long>(LastActionSpan);
        writer.WriteSpan<float>(LastRewardSpan);
        writer.WriteSpan<float>(StartSpan);
        writer.WriteSpan<float>(StateSpan);
    }

    internal void Load(StateReader reader)
    {
        Drawn = false;
        Horizon = reader.ReadInt64();
        reader.ReadSpan(ObservationSpan);
        reader.ReadSpan(NextObservationSpan);
        reader.ReadSpan(ActionSpan);
        reader.ReadSpan(IndexSpan);
        reader.ReadSpan(ReturnSpan);
        reader.ReadSpan(DiscountSpan);
        reader.ReadSpan(WeightSpan);
        if (Ahead > 0)
        {
            reader.ReadSpan(FollowingSpan);
            reader.ReadSpan(FollowingActionSpan);
            reader.ReadSpan(FollowingValidSpan);
        }

        if (Sequence is null)
            return;
        reader.ReadSpan(ValidSpan);
        reader.ReadSpan(BootstrapSpan);
        reader.ReadSpan(LastActionSpan);
        reader.ReadSpan(LastRewardSpan);
        reader.ReadSpan(StartSpan);
        reader.ReadSpan(StateSpan);
        var after = Size * (Sequence.Length + Sequence.Beyond);
        foreach (var row in BootstrapSpan)
            if (row < 0 || row >= after)
                throw new FastDqnException(ErrorKind.BadData, $"bad state: a sequence whose value lies at {row} of {after} observations");
    }

    protected override void Release() => _pin?.Dispose();

    private static long StackBytes(ReplayRingOptions options) => (long)options.StackDepth * options.FrameBytes;

    private static int Checked(int size, ReplayRingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (size < 1)
            throw new FastDqnException(ErrorKind.Usage, $"replay: a batch of {size} transitions");
        var bytes = BytesFor(size, StackBytes(options), options.Sequence?.Shape(options.NStep), options.Ahead);
        SystemMemory.Ensure(bytes, $"a batch of {size} {(options.Sequence is null ? "transitions" : "sequences")}", "lower the batch size");
        return size;
    }
}
