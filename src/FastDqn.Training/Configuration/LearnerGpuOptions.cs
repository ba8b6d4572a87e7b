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

/// <summary>How the learner works on a GPU: options <c>learner.*</c>.</summary>
public sealed record LearnerGpuOptions
{
    [Option(
        "Updates and acting on a GPU recorded once and replayed as graphs; auto: where libfastdqn_cuda.so can (docs/gpu.md). "
        + "Never changes results",
        MayChange = true)]
    public GraphChoice Graph { get; init; }

    [Option("Arithmetic on a GPU; tf32 rounds the factors of matrix products and convolutions to 10 bits")]
    public LearnerPrecision Precision { get; init; }
}
