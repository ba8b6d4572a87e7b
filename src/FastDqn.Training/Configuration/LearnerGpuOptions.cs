using FastDqn.Core;
using FastDqn.Learning;

namespace FastDqn.Training.Configuration;

/// <summary>Whether a GPU replays recorded work.</summary>
public enum GraphChoice
{
    /// <summary>Where it can.</summary>
    Auto,
    On,
    Off,
}

/// <summary>Whether a run's threads stay near its card.</summary>
public enum NumaChoice
{
    /// <summary>Where the machine tells.</summary>
    Auto,
    Off,
}

/// <summary>How the learner works on a GPU: options <c>learner.*</c>.</summary>
public sealed record LearnerGpuOptions
{
    [Option(
        "Updates and acting on a GPU recorded once and replayed as graphs; auto: where libfastdqn_cuda.so can (docs/gpu.md). "
        + "Never changes results",
        MayChange = true)]
    public GraphChoice Graph { get; init; }

    [Option(
        "Arithmetic on a GPU; tf32 rounds the factors of matrix products and convolutions to 10 bits, bf16 makes those of numbers of "
        + "16 bits (on the CPU too, slowly)")]
    public LearnerPrecision Precision { get; init; }

    [Option("Images lie channels-last on a GPU; no card has shown yet where that is faster")]
    public bool ChannelsLast { get; init; }

    [Option("A GPU takes a step of Adam in one launch, which rounds otherwise than operation by operation")]
    public bool FusedAdam { get; init; }
}
