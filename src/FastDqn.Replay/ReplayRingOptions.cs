using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>How the frames before an episode's first one look in a stack.</summary>
public enum FramePadding
{
    /// <summary>Zeros (ALE's vector environment, DQN Zoo).</summary>
    Zero,

    /// <summary>The first frame again (Gymnasium's FrameStack, CleanRL, Stable-Baselines3).</summary>
    RepeatFirst,
}

/// <summary>Proportional prioritised replay (Schaul et al. 2016). Beta is given with each sample.</summary>
public sealed record PriorityOptions
{
    /// <summary>Exponent of a priority: 0 uniform, 1 fully proportional.</summary>
    public double Alpha { get; init; } = 0.6;

    /// <summary>Added to a TD error's size, so that no transition is out of reach.</summary>
    public double Epsilon { get; init; } = 1e-6;
}

/// <summary>
/// Sequences for recurrent networks (Kapturowski et al. 2019). One begins at every <see cref="Period"/>-th step of a
/// lane, where the state of the network that acts is stored. It goes on through the ends of episodes.
/// </summary>
public sealed record SequenceOptions
{
    /// <summary>Steps that bring the stored state up to date.</summary>
    public required int BurnIn { get; init; }

    /// <summary>Steps after them that are learned from.</summary>
    public required int Length { get; init; }

    /// <summary>Steps from the beginning of a sequence to the next one's.</summary>
    public required int Period { get; init; }

    /// <summary>Numbers of a state.</summary>
    public required int StateSize { get; init; }

    /// <summary>How they lie in a minibatch.</summary>
    internal SequenceShape Shape(int nStep) => new(BurnIn, Length, nStep, StateSize);
}

/// <summary>The shape and the rules of a replay ring. Checked by the ring's constructor.</summary>
public sealed record ReplayRingOptions
{
    /// <summary>Transitions held over all lanes; each lane holds its share, rounded up.</summary>
    public required long Capacity { get; init; }

    /// <summary>Environments that write, one lane each.</summary>
    public required int Lanes { get; init; }

    /// <summary>Bytes of one frame: 7,056 for 84x84 gray, 16 for CartPole's four floats.</summary>
    public required int FrameBytes { get; init; }

    /// <summary>Frames of an observation, oldest first; 1 for no stacking.</summary>
    public int StackDepth { get; init; } = 4;

    public FramePadding Padding { get; init; } = FramePadding.Zero;

    /// <summary>Steps of a return: 1 for DQN, 3 for Rainbow.</summary>
    public int NStep { get; init; } = 1;

    /// <summary>Discount a step, 0..1.</summary>
    public double Gamma { get; init; } = 0.99;

    /// <summary>Rewards are clipped to +- this when stored; null for none.</summary>
    public float? RewardClip { get; init; }

    /// <summary>Null for uniform sampling.</summary>
    public PriorityOptions? Priority { get; init; }

    /// <summary>Uniform sampling may draw a transition twice for a batch; false: not while there are others.</summary>
    public bool Replacement { get; init; } = true;

    /// <summary>
    /// After what only the learner sees as an end, the observation before it stands for one step in the place of the
    /// newest: it is acted on and stored once more.
    /// </summary>
    public bool HoldAfterTerminal { get; init; }

    /// <summary>Sequences are drawn in the place of transitions; null: transitions.</summary>
    public SequenceOptions? Sequence { get; init; }

    /// <summary>Steps after a transition's first one that a minibatch shows of it (self-prediction); not with
    /// sequences.</summary>
    public int Ahead { get; init; }

    /// <summary>
    /// Slots from the oldest that an observation needs to the one that it is stored for: those of its frames, and with
    /// sequences that of the action before it.
    /// </summary>
    internal int Reach => Math.Max(StackDepth + (HoldAfterTerminal ? 1 : 0), Sequence is null ? 1 : 2);

    /// <summary>
    /// Vector steps that may be appended while a drawn batch is still being copied; the ring keeps that many slots
    /// a lane beyond its capacity.
    /// </summary>
    public int PrefetchSlack { get; init; } = 16;

    /// <summary>A new file for the frames where they exceed RAM; null for memory.</summary>
    public string? MemoryFile { get; init; }

    /// <summary>Seed of the sampling generator.</summary>
    public ulong Seed { get; init; }

    internal void Validate()
    {
        Require(Lanes is >= 1 and <= 1 << 20, $"{Lanes} environments; at least 1 is needed");
        Require(FrameBytes >= 1, $"frames of {FrameBytes} bytes");
        Require(Capacity >= Lanes, $"a capacity of {Capacity} transitions for {Lanes} environments: at least one each is needed");
        Require(StackDepth is >= 1 and <= 64, $"a stack of {StackDepth} frames; 1 to 64 are possible");
        Require(NStep is >= 1 and <= 1024, $"{NStep}-step returns; 1 to 1024 steps are possible");
        Require(Gamma is >= 0 and <= 1, $"a discount of {Gamma}; it lies within 0..1");
        Require(RewardClip is null or > 0, $"rewards clipped to +-{RewardClip}; use a positive bound or none");
        Require(PrefetchSlack is >= 0 and <= 1 << 16, $"a prefetch slack of {PrefetchSlack} steps");
        Require(Ahead is >= 0 and <= 1024, $"{Ahead} steps that follow a transition; 0 to 1024 are possible");
        Require(Ahead == 0 || Sequence is null, "what follows is shown of transitions, not of sequences");
        if (Sequence is { } sequence)
        {
            Require(sequence.BurnIn is >= 0 and <= 1 << 16, $"a burn-in of {sequence.BurnIn} steps");
            Require(sequence.Length is >= 1 and <= 1 << 16, $"sequences of {sequence.Length} steps");
            Require(sequence.Period >= 1, $"a sequence every {sequence.Period} steps");
            Require(sequence.StateSize >= 1, $"states of {sequence.StateSize} numbers");
            var least = (long)sequence.BurnIn + sequence.Length + sequence.Period;
            Require(
                Capacity / Lanes >= least,
                $"a capacity of {Capacity} transitions for {Lanes} environments: sequences need {least} or more of each");
        }

        if (Priority is { } priority)
        {
            Require(priority.Alpha is >= 0 and <= 1, $"a priority exponent alpha of {priority.Alpha}; it lies within 0..1");
            Require(priority.Epsilon is > 0 and <= 1, $"a priority epsilon of {priority.Epsilon}; it lies above 0 and at most at 1");
        }
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
            throw new FastDqnException(ErrorKind.Usage, "replay: " + problem);
    }
}

/// <summary>What a ring will take, known before anything is allocated.</summary>
/// <param name="SlotsPerLane">Frames a lane holds: its share of the capacity and what stacks, n-step returns and
/// prefetching need beyond.</param>
/// <param name="FrameBytes">Bytes of all frames.</param>
/// <param name="RecordBytes">Bytes of actions, rewards, flags and priorities.</param>
public sealed record ReplayFootprint(long SlotsPerLane, long FrameBytes, long RecordBytes)
{
    /// <summary>Action 2, reward 4, flags 1.</summary>
    internal const int RecordBytesPerSlot = 7;

    public long TotalBytes => FrameBytes + RecordBytes;

    /// <summary>The footprint of <paramref name="options"/>; throws for options that make no sense.</summary>
    public static ReplayFootprint Of(ReplayRingOptions options)
    {
        options.Validate();
        // One slot more than the window needs: the frame that is being written.
        var slots = (Int128)((options.Capacity - 1) / options.Lanes) + 1 + options.Reach + options.NStep + options.PrefetchSlack;
        var total = slots * options.Lanes;
        var frames = total * options.FrameBytes;
        var tree = options.Priority is null || options.Sequence is not null ? 0 : SumTree.BytesFor(total);
        var records = (total * RecordBytesPerSlot) + tree + SequenceTable.BytesFor(options, slots);
        if (frames + records > long.MaxValue / 2)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"replay: {options.Capacity} transitions take more memory than any machine has: lower the capacity");
        return new((long)slots, (long)frames, (long)records);
    }

    public override string ToString() =>
        $"{SystemMemory.Format(TotalBytes)} ({SystemMemory.Format(FrameBytes)} frames, {SystemMemory.Format(RecordBytes)} records)";
}
