using FastDqn.Learning;

namespace FastDqn.Training.Configuration;

/// <summary>How the learner works on a GPU.</summary>
public sealed record LearnerGpuOptions
{
    [Option(
        "Updates and acting on a GPU recorded once and replayed as graphs; auto: where libfastdqn_cuda.so can (docs/gpu.md). "
        + "Never changes results",
        Choices = ["auto", "on", "off"])]
    public string Graph { get; init; } = "auto";

    [Option("Arithmetic on a GPU; tf32 rounds the factors of matrix products and convolutions to 10 bits")]
    public LearnerPrecision Precision { get; init; }
}
