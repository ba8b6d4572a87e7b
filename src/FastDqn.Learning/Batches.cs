namespace FastDqn.Learning;

/// <summary>
/// A minibatch as native pointers into memory that the replay owns and that must stay put during the update. B is
/// <see cref="Size"/>; an observation is stack x frame, uint8 or float32 as the learner's <see cref="NetworkInput"/> says.
/// </summary>
public struct LearnerBatch
{
    /// <summary>Transitions B.</summary>
    public int Size { get; set; }

    /// <summary>B observations s_t.</summary>
    public nint Observations { get; set; }

    /// <summary>B observations s_{t+n}.</summary>
    public nint NextObservations { get; set; }

    /// <summary>B actions a_t, 64-bit.</summary>
    public nint Actions { get; set; }

    /// <summary>B floats: rewards summed and discounted over the n steps, already clipped where asked.</summary>
    public nint Returns { get; set; }

    /// <summary>B floats: gamma^k of the k steps summed, 0 where the episode terminated.</summary>
    public nint Discounts { get; set; }

    /// <summary>B float importance weights, or 0 for weights of 1.</summary>
    public nint Weights { get; set; }

    /// <summary>B floats that the update writes (|TD error|, or the loss of distributional heads), or 0.</summary>
    public nint Priorities { get; set; }
}

/// <summary>
/// A rollout of T steps of N environments as native pointers, time-major (element (t, i) at t * N + i).
/// </summary>
public struct RolloutBatch
{
    /// <summary>Steps T.</summary>
    public int Steps { get; set; }

    /// <summary>Environments N.</summary>
    public int Environments { get; set; }

    /// <summary>T x N observations s_t.</summary>
    public nint Observations { get; set; }

    /// <summary>T x N actions, 64-bit.</summary>
    public nint Actions { get; set; }

    /// <summary>T x N float rewards, already clipped where asked.</summary>
    public nint Rewards { get; set; }

    /// <summary>T x N bytes: 1 where the step ended the episode for good (no value after it).</summary>
    public nint Terminated { get; set; }

    /// <summary>T x N bytes: 1 where the step was the last before a limit cut the episode.</summary>
    public nint Truncated { get; set; }

    /// <summary>T x N bytes: 1 where the action was ignored because the step only reset the environment; such steps are not learned from.</summary>
    public nint Ignored { get; set; }

    /// <summary>(T + 1) x N floats: max over actions of Q(s_t) when acting, and of the observation after the last step.</summary>
    public nint Values { get; set; }
}

/// <summary>What an update tells.</summary>
/// <param name="Loss">Mean loss of the (last) minibatch.</param>
/// <param name="MeanQ">Mean Q of the actions taken.</param>
/// <param name="GradientNorm">L2 norm of the gradient before clipping; NaN when it was not computed.</param>
/// <param name="TargetMean">Mean of the targets.</param>
/// <param name="Finite">False when loss or gradient norm is not finite: the run has diverged.</param>
public readonly record struct UpdateStats(float Loss, float MeanQ, float GradientNorm, float TargetMean, bool Finite);
