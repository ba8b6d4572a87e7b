using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>What the replay memory keeps and how it is drawn from: options <c>replay.*</c>.</summary>
public sealed record ReplaySpec
{
    [Option("How transitions are drawn; none: learning from rollouts")]
    public ReplayKind Kind { get; init; } = ReplayKind.Uniform;

    [Option("Transitions kept", Unit = "transitions", Min = 1)]
    public long Capacity { get; init; } = 1_000_000;

    [Option("A minibatch may hold a transition twice; false: not while there are others")]
    public bool Replacement { get; init; } = true;

    [Option(
        "Where minibatches are made: of the host's frames, or of a copy of them on the learner's device; auto: on a GPU where they "
        + "fit (docs/gpu.md). Never changes results",
        MayChange = true)]
    public FrameMemory Memory { get; init; }

    /// <summary>m of Kapturowski et al. 2019.</summary>
    [Option("Recurrent networks: steps of a sequence that are learned from", Unit = "agent steps", Min = 1, Max = 4096)]
    public int Sequence { get; init; } = 80;

    [Option("Recurrent networks: steps that a sequence shares with the next one", Unit = "agent steps", Min = 0, Max = 4095)]
    public int Overlap { get; init; } = 40;

    /// <summary>l of the paper. What is passed on is the state; no gradient goes through it.</summary>
    [Option(
        "Recurrent networks: steps before a sequence that bring the stored state up to date, without learning", Unit = "agent steps",
        Min = 0, Max = 4096)]
    public int BurnIn { get; init; } = 40;

    /// <summary>eta max |TD error| + (1 - eta) mean |TD error|, over the sequence's steps.</summary>
    [Option("Recurrent networks: share of the largest error in a sequence's priority, the mean has the rest", Min = 0, Max = 1)]
    public double Eta { get; init; } = 0.9;

    [Option("Exponent of the priorities", Min = 0, Max = 1)]
    public double Alpha { get; init; } = 0.5;

    [Option("First exponent of the importance weights", Min = 0, Max = 1, MidRun = true)]
    public double BetaStart { get; init; } = 0.4;

    /// <summary>Reached at the end of the run.</summary>
    [Option("Last exponent of the importance weights", Min = 0, Max = 1, MidRun = true, FollowsLengthAt = "not replay.beta_start")]
    public double BetaEnd { get; init; } = 1;

    [Option("Added to every priority", Min = 0, MinExcluded = true, Max = 1, MidRun = true)]
    public double Epsilon { get; init; } = 1e-6;
}
