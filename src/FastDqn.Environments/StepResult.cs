namespace FastDqn.Environments;

/// <summary>What one vector step tells besides the frames; pinned arrays of one element an environment.</summary>
public sealed class StepResult(int count)
{
    /// <summary>Raw reward of the step: unclipped, summed over the action repeat.</summary>
    public float[] Rewards { get; } = GC.AllocateArray<float>(count, pinned: true);

    /// <summary>1 where the episode ended by the game's own rules: the value after it is zero.</summary>
    public byte[] Terminated { get; } = GC.AllocateArray<byte>(count, pinned: true);

    /// <summary>1 where the episode was cut by a limit: the value of the last observation still counts.</summary>
    public byte[] Truncated { get; } = GC.AllocateArray<byte>(count, pinned: true);

    /// <summary>1 where a life was lost in this step (the episode may go on).</summary>
    public byte[] LifeLost { get; } = GC.AllocateArray<byte>(count, pinned: true);

    /// <summary>
    /// 1 where this frame is the first of an episode: the action of this step was ignored. 2 where that goes on in
    /// the game of the episode before, which a lost life ended (<see cref="Atari.AtariLifeLoss.Continue"/>).
    /// </summary>
    public byte[] EpisodeStart { get; } = GC.AllocateArray<byte>(count, pinned: true);

    /// <summary>Lives left; 0 where the game knows none.</summary>
    public int[] Lives { get; } = GC.AllocateArray<int>(count, pinned: true);

    /// <summary>Emulated frames that this step took (fewer than the action repeat where an episode ended).</summary>
    public int[] Frames { get; } = GC.AllocateArray<int>(count, pinned: true);

    public int Count { get; } = count;

    /// <summary>Whether an episode ended with a lost life: the next start says whether its game goes on.</summary>
    public bool LifeEnded(int index) => (Terminated[index] & LifeLost[index]) != 0;
}
