using FastDqn.Environments.Atari;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Everything that decides what a training does. The properties are the options: <c>schedule.batch_size</c> is
/// <see cref="ScheduleOptions.BatchSize"/>. Steps are agent steps (one action of one environment) unless a unit says frames
/// (emulated frames: agent steps x action repeat).
/// </summary>
public sealed record TrainConfig
{
    public RunOptions Run { get; init; } = new();
    public EnvOptions Env { get; init; } = new();
    public TrainOptions Train { get; init; } = new();
    public AlgorithmOptions Algorithm { get; init; } = new();
    public BodyOptions Body { get; init; } = new();
    public HeadOptions Head { get; init; } = new();
    public TargetOptions Target { get; init; } = new();
    public LossOptions Loss { get; init; } = new();
    public OptimizerOptions Optimizer { get; init; } = new();
    public ExplorationOptions Exploration { get; init; } = new();
    public ReplayOptions Replay { get; init; } = new();
    public ScheduleOptions Schedule { get; init; } = new();
    public RolloutOptions Rollout { get; init; } = new();
    public LearnerGpuOptions Learner { get; init; } = new();
    public EvalOptions Eval { get; init; } = new();
    public CheckpointOptions Checkpoint { get; init; } = new();
    public LogOptions Log { get; init; } = new();
}

/// <summary>The run itself: where it writes, its seed, its machine.</summary>
public sealed record RunOptions
{
    [Option("Seed of every random generator of the run", Min = 0)]
    public long Seed { get; init; } = 1;

    [Option("Word in the run folder's name and in legends, to tell experiments apart; without one: the algorithm's name")]
    public string Name { get; init; } = "dqn-nature";

    [Option("Folder that run folders are made in")]
    public string Root { get; init; } = "runs";

    [Option("The run folder itself; empty: a new one under run.root named {env}__{name}__{seed}__{utc}")]
    public string Dir { get; init; } = "";

    [Option("Device of the learner", Choices = ["auto", "cpu", "cuda"])]
    public string Device { get; init; } = "auto";

    [Option("Threads of the learner's tensor operations; 0: decided from the cores. Never changes results", Unit = "threads", Min = 0, Max = 1024)]
    public int Threads { get; init; }
}

/// <summary>The environments that the agent acts in.</summary>
public sealed record EnvOptions
{
    [Option("Environment: a built-in one or an Atari game whose ROM is found (fastdqn envs lists them)")]
    public string Name { get; init; } = "bricks";

    [Option("Path of an Atari 2600 ROM image; replaces env.name's search")]
    public string Rom { get; init; } = "";

    [Option("Folder that ROM images are searched in, by MD5; empty: FASTDQN_ROMS and the usual places")]
    public string RomDir { get; init; } = "";

    [Option("MD5 that the ROM must have; empty: any. A run notes its own, and goes on with no other")]
    public string RomMd5 { get; init; } = "";

    [Option("Train on a ROM that is no known game all the same: it runs, without reward and without an end")]
    public bool UnknownRom { get; init; }

    [Option("Who emulates the Atari 2600: FastDqn's own core or an installed ALE", Choices = ["vcs", "ale"])]
    public string Backend { get; init; } = "vcs";

    [Option("Environments stepped together", Unit = "environments", Min = 1, Max = 4096)]
    public int Count { get; init; } = 1;

    [Option("Threads that step the environments; 0: decided from the cores. Never changes results", Unit = "threads", Min = 0, Max = 1024)]
    public int Threads { get; init; }

    [Option("Emulated frames per agent step", Unit = "frames", Min = 1, Max = 64)]
    public int FrameSkip { get; init; } = 4;

    [Option("Frames in an observation, oldest first", Unit = "frames", Min = 1, Max = 16)]
    public int Stack { get; init; } = 4;

    [Option("Pixel pipeline: gray, resize and layout (docs/preprocessing.md)", Choices = ["ale", "dopamine", "nature", "sb3", "cleanrl", "dqn-zoo", "crop160", "mspacman88"])]
    public string Pixels { get; init; } = "ale";

    [Option("Probability that an emulated frame repeats the previous action (sticky actions)", Min = 0, Max = 1)]
    public double Sticky { get; init; }

    [Option(
        "No-ops at the start of an episode, a frame each: a number drawn up to this (env.rules ale: 0 to one less, wrappers: 1 to this)",
        Unit = "frames", Min = 0, Max = 10000)]
    public int NoopMax { get; init; } = 30;

    [Option("Press FIRE at the start of an episode where the game has it")]
    public bool FireReset { get; init; } = true;

    [Option("All 18 joystick actions instead of the game's minimal set")]
    public bool FullActions { get; init; }

    [Option("By whose rules episodes start and steps end: ALE's vector environment, or the wrappers of Stable-Baselines3 and CleanRL")]
    public AtariRules Rules { get; init; } = AtariRules.Ale;

    [Option("What losing a life does: nothing by itself (train.life_loss_terminal is the usual way), an end for the learner alone, a new "
        + "game, or an episode that goes on in the same game; charts count whole games")]
    public AtariLifeLoss LifeLoss { get; init; } = AtariLifeLoss.Ignore;

    [Option("Longest episode; 0: no limit", Unit = "frames", Min = 0)]
    public long MaxFrames { get; init; } = 108_000;

    [Option("Game mode of the cartridge; -1: its default", Min = -1, Max = 255)]
    public int Mode { get; init; } = -1;

    [Option("Difficulty switches of the console; -1: the game's default", Min = -1, Max = 3)]
    public int Difficulty { get; init; } = -1;
}

/// <summary>The loop: how long, how often it learns.</summary>
public sealed record TrainOptions
{
    [Option("Length of the training", Unit = "agent steps", Min = 1)]
    public long Steps { get; init; } = 10_000_000;

    [Option("Rewards the learner sees: clipped to -1..1, their sign, or as they are", Choices = ["clip", "sign", "raw"])]
    public string Reward { get; init; } = "clip";

    [Option("A lost life is stored as the end of the episode (the game goes on)")]
    public bool LifeLossTerminal { get; init; } = true;

    [Option("Reward stored for a step that ends the episode replaced by 0")]
    public bool TerminalRewardZero { get; init; }

    [Option("Emulators, batches and updates run at the same time on a fixed schedule; off: the textbook order")]
    public bool Overlap { get; init; } = true;

    [Option("Stop when the mean return of the last train.stop_episodes episodes reaches this; inf: never", Unit = "return")]
    public double StopReturn { get; init; } = double.PositiveInfinity;

    [Option("Episodes that train.stop_return looks back on", Unit = "episodes", Min = 1, Max = 100000)]
    public int StopEpisodes { get; init; } = 100;

    [Option("A loss that is not finite or beyond train.max_loss: stop the run, or roll back to the newest checkpoint", Choices = ["stop", "rollback"])]
    public string OnBadLoss { get; init; } = "stop";

    [Option("Loss that counts as exploded", Min = 0)]
    public double MaxLoss { get; init; } = 1e6;
}

/// <summary>Evaluation: environments of its own, raw returns of whole games.</summary>
public sealed record EvalOptions
{
    [Option("Evaluation protocol: nature, machado, dopamine, cleanrl; custom: the options below", Choices = ["custom", "nature", "machado", "dopamine", "cleanrl"])]
    public string Protocol { get; init; } = "custom";

    [Option("Agent steps between evaluations; -1: a tenth of train.steps; 0: only at the end", Unit = "agent steps", Min = -1)]
    public long Every { get; init; } = -1;

    [Option("Episodes of an evaluation; 0: none", Unit = "episodes", Min = 0, Max = 100000)]
    public int Episodes { get; init; } = 10;

    [Option("Epsilon of the evaluated policy", Min = 0, Max = 1)]
    public double Epsilon { get; init; } = 0.05;

    [Option("Longest evaluation episode; 0: env.max_frames", Unit = "frames", Min = 0)]
    public long MaxFrames { get; init; }

    [Option("Compare with random play over as many episodes")]
    public bool Random { get; init; } = true;

    [Option("Pictures of an evaluation episode: a PNG and a GIF (and an MP4 where ffmpeg is installed)")]
    public bool Video { get; init; } = true;

    /// <summary>
    /// Agent steps from one evaluation to the next in a training of <paramref name="steps"/>; 0: only at the end.
    /// </summary>
    public long Interval(long steps) => Every >= 0 ? Every : Math.Max(1, steps / 10);
}

/// <summary>Checkpoints.</summary>
public sealed record CheckpointOptions
{
    [Option("Agent steps between checkpoints; 0: only at the end and on a signal", Unit = "agent steps", Min = 0)]
    public long Every { get; init; } = 250_000;

    [Option("Newest checkpoints kept, besides the best", Unit = "checkpoints", Min = 1, Max = 1000)]
    public int Keep { get; init; } = 2;

    [Option("Store the replay memory too: needed to resume bit-exactly")]
    public bool Replay { get; init; } = true;
}

/// <summary>What is told while training.</summary>
public sealed record LogOptions
{
    [Option("Agent steps between metrics rows", Unit = "agent steps", Min = 1)]
    public long Every { get; init; } = 5_000;

    [Option("A line for each training episode: phase, score, memory fill, epsilon, global step")]
    public bool Episodes { get; init; }

    [Option("Films of the first environment's training episodes 1, 8, 27, 64, ... (cubes) and every 1000th, as GIF")]
    public bool Films { get; init; } = true;

    [Option("TensorBoard event files")]
    public bool Tensorboard { get; init; } = true;

    [Option("Form of log lines on stderr", Choices = ["text", "json"])]
    public string Format { get; init; } = "text";
}
