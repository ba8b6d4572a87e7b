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

    /// <summary>In place of the library; on the CPU it makes the learner work as on a GPU.</summary>
    internal ICudaCalls? Calls { get; init; }
}
