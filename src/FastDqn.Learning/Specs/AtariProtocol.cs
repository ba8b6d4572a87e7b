namespace FastDqn.Learning.Specs;

/// <summary>
/// How an algorithm's source runs Atari: where the options of environments, rewards and evaluation start from.
/// </summary>
public sealed record AtariProtocol
{
    /// <summary>Frames for which an action is repeated.</summary>
    public int FrameSkip { get; init; } = 4;

    /// <summary>Frames in a stack.</summary>
    public int Stack { get; init; } = 4;

    /// <summary>Chance per frame that the previous action is repeated instead (0.25 in Machado et al. 2018).</summary>
    public double StickyActions { get; init; }

    /// <summary>A lost life ends the episode for learning.</summary>
    public bool TerminalOnLifeLoss { get; init; } = true;

    /// <summary>Most no-op actions at the start.</summary>
    public int NoOpMax { get; init; } = 30;

    /// <summary>Press FIRE at the start where the game has it (SB3, CleanRL).</summary>
    public bool FireReset { get; init; }

    /// <summary>Rewards clipped to -1..1 for learning.</summary>
    public bool ClipRewards { get; init; } = true;

    /// <summary>All 18 actions instead of the game's minimal set.</summary>
    public bool FullActionSet { get; init; }

    /// <summary>Frames after which an episode is cut; 108,000 are 30 minutes.</summary>
    public int MaxEpisodeFrames { get; init; } = 108_000;

    /// <summary>Name of the pixel preset (ale, dopamine, nature, sb3, cleanrl, ...).</summary>
    public string Pixels { get; init; } = "nature";

    /// <summary>Epsilon of the evaluated policy.</summary>
    public double EvaluationEpsilon { get; init; } = 0.05;
}
