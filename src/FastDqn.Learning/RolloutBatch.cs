namespace FastDqn.Learning;

/// <summary>
/// A rollout of T steps of N environments as native pointers, time-major (element (t, i) at t * N + i).
/// </summary>
public struct RolloutBatch
{
    /// <summary>Steps T.</summary>
    public int Steps { get; set; }

    /// <summary>Environments N.</summary>
    public int Environments { get; set; }

    /// <summary>T x N observations s_t; 0 where they are made of the device's frames.</summary>
    public nint Observations { get; set; }

    /// <summary>
    /// T x N <see cref="Core.StackPlace"/>s among those; 0 where <see cref="Observations"/> has them.
    /// </summary>
    public nint Places { get; set; }

    /// <summary>T x N actions, 64-bit.</summary>
    public nint Actions { get; set; }

    /// <summary>T x N float rewards, already clipped where asked.</summary>
    public nint Rewards { get; set; }

    /// <summary>T x N bytes: 1 where the step ended the episode for good (no value after it).</summary>
    public nint Terminated { get; set; }

    /// <summary>T x N bytes: 1 where the step was the last before a limit cut the episode.</summary>
    public nint Truncated { get; set; }

    /// <summary>
    /// T x N bytes: 1 where the action was ignored because the step only reset the environment; such steps are not
    /// learned from.
    /// </summary>
    public nint Ignored { get; set; }

    /// <summary>
    /// (T + 1) x N floats: max over actions of Q(s_t) when acting, and of the observation after the last step.
    /// </summary>
    public nint Values { get; set; }
}
