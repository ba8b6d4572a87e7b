using FastDqn.Core;
using FastDqn.Learning.Cuda;

namespace FastDqn.Learning;

/// <summary>How a GPU computes.</summary>
public enum LearnerPrecision
{
    /// <summary>float32 throughout.</summary>
    Float32,

    /// <summary>
    /// Products of matrices and convolutions round their factors to 10 bits (TF32); sums and the rest are float32.
    /// </summary>
    Tf32,

    /// <summary>
    /// Convolutions and linear layers work on numbers of 16 bits (bfloat16, 8 of them significant), from parameters
    /// rounded to those; the parameters themselves, the optimizer, norms, outputs and losses are float32.
    /// </summary>
    Bf16,
}

/// <summary>How a learner works on a GPU; the CPU's ignores it.</summary>
public sealed record LearnerSettings
{
    /// <summary>
    /// Updates and acting are recorded as graphs; false, or without <c>libfastdqn_cuda.so</c>: operation by
    /// operation. Same bytes.
    /// </summary>
    public bool Graph { get; init; } = true;

    public LearnerPrecision Precision { get; init; }

    /// <summary>Images lie channels-last on the GPU; false: in PyTorch's order.</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>Takes Adam's steps in one launch; null: operation by operation, with other roundings.</summary>
    public IAdamKernel? Adam { get; init; }

    /// <summary>Takes the device's times and counts (<see cref="QLearner.DeviceTimes"/>).</summary>
    public bool Profile { get; init; }

    /// <summary>In place of the library; on the CPU it makes the learner work as on a GPU.</summary>
    internal ICudaCalls? Calls { get; init; }
}
