namespace FastDqn.Environments.Atari;

/// <summary>Who emulates the console.</summary>
public enum AtariBackend
{
    /// <summary>FastDqn's own core.</summary>
    Vcs = 0,

    /// <summary>An installed Arcade Learning Environment (needs <c>libfastdqn_ale.so</c>).</summary>
    Ale = 1,
}

/// <summary>By whose rules episodes start and steps end.</summary>
public enum AtariRules
{
    /// <summary>ALE's own vector environment: FIRE once, then 0 to noop_max - 1 no-ops, single frames each.</summary>
    Ale = 0,

    /// <summary>
    /// The wrappers of Stable-Baselines3 and CleanRL: 1 to noop_max no-ops, then FIRE and the action after it for a
    /// whole agent step each.
    /// </summary>
    Wrappers = 1,
}

/// <summary>What losing a life does (it is told in <see cref="StepResult.LifeLost"/> in any case).</summary>
public enum AtariLifeLoss
{
    /// <summary>Nothing.</summary>
    Ignore = 0,

    /// <summary>
    /// It is told as a termination; the game goes on without a new episode (ALE's <c>life_loss_info</c>), which no
    /// other environment does: trainings see such a game as one episode and tell the learner of the lost life.
    /// </summary>
    Terminal = 1,

    /// <summary>The episode ends and the game starts anew (ALE's <c>episodic_life</c>).</summary>
    ResetGame = 2,

    /// <summary>The episode ends and the next one goes on in the same game (<c>EpisodicLifeEnv</c>).</summary>
    Continue = 3,
}

/// <summary>What a step writes for each environment.</summary>
public enum AtariFrames
{
    /// <summary>The pixel preset's observation.</summary>
    Observation = 0,

    /// <summary>The two newest frames as palette indices, 2 x height x 160, the older first: for pixels made elsewhere.</summary>
    Pairs = 1,
}

/// <summary>How Atari games are played. The defaults are ALE's vector environment as the DQN papers set it.</summary>
public sealed record AtariOptions
{
    /// <summary>Who emulates the console.</summary>
    public AtariBackend Backend { get; init; }

    /// <summary>Threads that step the environments; 0: one for each processor. Never changes results.</summary>
    public int Threads { get; init; }

    /// <summary>Emulated frames per agent step, 1 to 1000; the last two are pooled.</summary>
    public int FrameSkip { get; init; } = 4;

    /// <summary>Frames an observation is stacked from by the replay and the actor.</summary>
    public int Stack { get; init; } = 4;

    /// <summary>Probability that an emulated frame repeats the previous action (Machado et al., 2018: 0.25).</summary>
    public float RepeatActionProbability { get; init; }

    /// <summary>Bound of the no-ops at an episode's start, in frames; 0: none.</summary>
    public int NoopMax { get; init; } = 30;

    /// <summary>Press FIRE at an episode's start in the games that have it.</summary>
    public bool FireReset { get; init; } = true;

    /// <summary>By whose rules episodes start and steps end.</summary>
    public AtariRules Rules { get; init; }

    /// <summary>What losing a life does.</summary>
    public AtariLifeLoss LifeLoss { get; init; }

    /// <summary>All legal joystick actions instead of the game's minimal set.</summary>
    public bool FullActionSet { get; init; }

    /// <summary>Longest episode in emulated frames; 0: no limit.</summary>
    public int MaxFrames { get; init; } = 108_000;

    /// <summary>Mode of the game; null: its default.</summary>
    public int? Mode { get; init; }

    /// <summary>Difficulty switches (bit 0 left A, bit 1 right A); null: 0.</summary>
    public int? Difficulty { get; init; }

    /// <summary>The pixel preset: ale, dopamine, nature, sb3, cleanrl, dqn-zoo, crop160, mspacman88.</summary>
    public string Pixels { get; init; } = "ale";

    /// <summary>What a step writes for each environment.</summary>
    public AtariFrames Frames { get; init; }
}
