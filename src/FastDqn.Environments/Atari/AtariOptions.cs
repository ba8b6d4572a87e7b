using System.Text.Json.Serialization;
using FastDqn.Core;

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

    /// <summary>
    /// Gym's environment without wrappers: 1 to noop_max no-ops, then FIRE for a whole agent step; a stack repeats the
    /// first frame.
    /// </summary>
    Gym = 2,
}

/// <summary>What losing a life does (reported in <see cref="StepResult.LifeLost"/> in any case).</summary>
public enum AtariLifeLoss
{
    /// <summary>Nothing.</summary>
    Ignore = 0,

    /// <summary>
    /// It is reported as a termination; the game goes on without a new episode (ALE's <c>life_loss_info</c>), which no
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

    /// <summary>
    /// The two newest frames as palette indices, 2 x height x 160, the older first: for pixels made elsewhere.
    /// </summary>
    Pairs = 1,
}

/// <summary>
/// How Atari games are played: options <c>env.*</c>. The defaults are ALE's vector environment as the DQN papers set
/// it.
/// </summary>
public sealed record AtariOptions
{
    [Option("Who emulates the Atari 2600: FastDqn's own core or an installed ALE")]
    public AtariBackend Backend { get; init; }

    [Option(
        "Threads that step the environments; 0: decided from the cores. Never changes results",
        Unit = "threads", Min = 0, Max = 1024, MayChange = true)]
    public int Threads { get; init; }

    /// <summary>The last two are pooled.</summary>
    [Option(
        "Emulated frames per agent step; 2..4: drawn anew for each step, as Gym's SpaceInvaders-v4 does",
        Unit = "frames", Min = 1, Max = 64)]
    public IntRange FrameSkip { get; init; } = 4;

    /// <summary>The replay and the actor stack them.</summary>
    [Option("Frames in an observation, oldest first", Unit = "frames", Min = 1, Max = 16)]
    public int Stack { get; init; } = 4;

    [Option(
        "Pixel pipeline: gray, resize and layout (docs/preprocessing.md)",
        Choices =
        [
            "ale", "dopamine", "nature", "sb3", "cleanrl", "dqn-zoo", "crop160", "mspacman88", "pillow-nearest", "pillow-bicubic",
            "tf2-crop160",
        ])]
    public string Pixels { get; init; } = "ale";

    /// <summary>Machado et al. 2018: 0.25.</summary>
    [Option("Probability that an emulated frame repeats the previous action (sticky actions)", Min = 0, Max = 1)]
    [JsonPropertyName("RepeatActionProbability")]
    public double Sticky { get; init; }

    [Option(
        "No-ops at the start of an episode, a frame each: a number drawn up to this (env.rules ale: 0 to one less, else: 1 to this)",
        Unit = "frames", Min = 0, Max = 10000)]
    public int NoopMax { get; init; } = 30;

    [Option("Press FIRE at the start of an episode where the game has it")]
    public bool FireReset { get; init; } = true;

    [Option("All 18 joystick actions instead of the game's minimal set")]
    [JsonPropertyName("FullActionSet")]
    public bool FullActions { get; init; }

    [Option("By whose rules episodes start and steps end: ALE's vector environment, the wrappers of Stable-Baselines3 and CleanRL, or "
        + "Gym's environment without wrappers")]
    public AtariRules Rules { get; init; } = AtariRules.Ale;

    [Option("What losing a life does: nothing by itself (train.life_loss_terminal is the usual way), an end for the learner alone, a new "
        + "game, or an episode that goes on in the same game; charts count whole games")]
    public AtariLifeLoss LifeLoss { get; init; } = AtariLifeLoss.Ignore;

    [Option("Longest episode; 0: no limit", Unit = "frames", Min = 0)]
    public long MaxFrames { get; init; } = 108_000;

    [Option("Game mode of the cartridge; -1: its default", Min = -1, Max = 255)]
    public int Mode { get; init; } = -1;

    /// <summary>Bit 0 is the left player's switch A, bit 1 the right one's.</summary>
    [Option("Difficulty switches of the console; -1: the game's default", Min = -1, Max = 3)]
    public int Difficulty { get; init; } = -1;

    /// <summary>What a step writes for each environment; trainings take the observation.</summary>
    public AtariFrames Frames { get; init; }
}
