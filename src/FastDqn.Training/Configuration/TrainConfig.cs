using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Everything that decides what a training does. The properties are the options: <c>schedule.batch_size</c> is
/// <see cref="ScheduleSpec.BatchSize"/>. The sections that an algorithm consists of start from the chosen preset's
/// values (<see cref="Algorithms"/>). Steps are agent steps (one action of one environment) unless a unit says frames
/// (emulated frames: agent steps x action repeat).
/// </summary>
public sealed record TrainConfig
{
    public RunOptions Run { get; init; } = new();
    public EnvironmentOptions Env { get; init; } = new();
    public TrainOptions Train { get; init; } = new();
    public AlgorithmOptions Algorithm { get; init; } = new();
    public BodySpec Body { get; init; } = new();
    public HeadSpec Head { get; init; } = new();
    public TargetSpec Target { get; init; } = new();
    public LossSpec Loss { get; init; } = new();
    public OptimizerSpec Optimizer { get; init; } = new();
    public ExplorationSpec Exploration { get; init; } = new();
    public ReplaySpec Replay { get; init; } = new();
    public AugmentSpec Augment { get; init; } = new();
    public SelfPredictionSpec SelfPrediction { get; init; } = new();
    public ResetSpec Reset { get; init; } = new();
    public ScheduleSpec Schedule { get; init; } = new();
    public RolloutSpec Rollout { get; init; } = new();
    public LearnerGpuOptions Learner { get; init; } = new();
    public EvalOptions Eval { get; init; } = new();
    public CheckpointOptions Checkpoint { get; init; } = new();
    public LogOptions Log { get; init; } = new();

    /// <summary>
    /// What the user's own code adds: environments, heads, target rules, losses. Never read from a file.
    /// </summary>
    public Extensions? Own { get; init; }

    /// <summary>A preset's options, changed by <c>key=value</c> settings, as the program resolves them.</summary>
    /// <param name="preset">By name (<see cref="ConfigPresets.All"/>); empty: none, the defaults.</param>
    /// <param name="settings">As after <c>--set</c>; the last value of an option counts.</param>
    /// <param name="own">What the user's own code adds.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: no such preset or option, or not its
    /// value.</exception>
    public static TrainConfig From(string preset, IEnumerable<string>? settings = null, Extensions? own = null)
    {
        ArgumentNullException.ThrowIfNull(preset);
        var layers = new ConfigLayers(own);
        if (preset.Length > 0)
            layers.UsePreset(ConfigPresets.Get(preset));
        foreach (var setting in settings ?? [])
            layers.AddSetting(setting);
        return layers.Resolve();
    }

    /// <summary>The options of a YAML file, as <c>--config</c> takes it.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="settings">As after <c>--set</c>.</param>
    /// <param name="own">What the user's own code adds.</param>
    public static TrainConfig FromFile(string file, IEnumerable<string>? settings = null, Extensions? own = null) =>
        (settings ?? []).Aggregate(new ConfigLayers(own).AddFile(file), (layers, setting) => layers.AddSetting(setting)).Resolve();
}

/// <summary>Where the learner computes.</summary>
public enum DeviceChoice
{
    /// <summary>On a GPU where libtorch sees one, else on the CPU.</summary>
    Auto,
    Cpu,
    Cuda,
}

/// <summary>The rewards that the learner sees.</summary>
public enum RewardKind
{
    /// <summary>Clipped to -1..1.</summary>
    Clip,

    /// <summary>-1, 0 or 1.</summary>
    Sign,

    /// <summary>As the environment gives them.</summary>
    Raw,
}

/// <summary>What a run does about a loss that diverged.</summary>
public enum BadLossAction
{
    /// <summary>It ends with an error.</summary>
    Stop,

    /// <summary>It goes on from the newest checkpoint with other draws.</summary>
    Rollback,
}

/// <summary>The form of log lines.</summary>
public enum LogFormat
{
    Text,
    Json,
}

/// <summary>Which algorithm.</summary>
public sealed record AlgorithmOptions
{
    [Option("Algorithm preset that body, head, target, loss, optimizer, exploration, replay, augment, self_prediction, reset, schedule "
        + "and rollout start from (docs/algorithms.md)")]
    public string Name { get; init; } = "dqn-nature";
}

/// <summary>The run itself: where it writes, its seed, its machine.</summary>
public sealed record RunOptions
{
    [Option("Seed of every random generator of the run", Min = 0)]
    public long Seed { get; init; } = 1;

    [Option("Word in the run folder's name and in legends, to tell experiments apart; without one: the algorithm's name", MayChange = true)]
    public string Name { get; init; } = "dqn-nature";

    [Option("Folder that run folders are made in", TurnsOff = ["run.dir="])]
    public string Root { get; init; } = "runs";

    [Option("The run folder itself; empty: a new one under run.root named {env}__{name}__{seed}__{utc}")]
    public string Dir { get; init; } = "";

    [Option("Device of the learner", MayChange = true)]
    public DeviceChoice Device { get; init; }

    [Option(
        "Threads of the learner's tensor operations; 0: decided from the cores. Never changes results",
        Unit = "threads", Min = 0, Max = 1024, MayChange = true)]
    public int Threads { get; init; }

    [Option(
        "Threads and memory of a run on a GPU on the NUMA node that the card is attached to; auto: where the machine has several and "
        + "tells. Never changes results",
        MayChange = true)]
    public NumaChoice Numa { get; init; }
}

/// <summary>The loop: how long, how often it learns.</summary>
public sealed record TrainOptions
{
    [Option("Length of the training", Unit = "agent steps", Min = 1, MayChange = true, TurnsOff = ["train.episodes=0"])]
    public long Steps { get; init; } = 10_000_000;

    [Option(
        "Length of the training in finished episodes, of all environments together, instead of train.steps; 0: counted in steps",
        Unit = "episodes", Min = 0, MayChange = true, InsteadOf = ["train.steps"])]
    public long Episodes { get; init; }

    [Option(
        "Pause once so many steps are done, with a checkpoint, as on a signal; the run's length, and all that follows from it, stays. "
        + "0: never", Unit = "agent steps", Min = 0, MayChange = true)]
    public long PauseAt { get; init; }

    [Option("Weights to start from instead of random ones: a safetensors file with names of CleanRL or Stable-Baselines3, a checkpoint, "
        + "or a run; a head that differs starts anew; empty: random ones")]
    public string Init { get; init; } = "";

    [Option("Rewards the learner sees: clipped to -1..1, their sign, or as they are")]
    public RewardKind Reward { get; init; }

    [Option("A lost life is stored as the end of the episode (the game goes on)")]
    public bool LifeLossTerminal { get; init; } = true;

    [Option("After a lost life the state before it is held for one step: the next action is chosen, and stored, there")]
    public bool HoldAfterLife { get; init; }

    [Option("Reward stored for a step that ends the episode replaced by 0")]
    public bool TerminalRewardZero { get; init; }

    [Option("A limit that cuts an episode is stored as its end; else the target bootstraps through it")]
    public bool TimeLimitTerminal { get; init; }

    /// <summary>Episodes begin with a choice. env.frame_skip repeats an action within one transition.</summary>
    [Option("Steps for which a chosen action is kept, each a transition of its own", Unit = "agent steps", Min = 1, Max = 64)]
    public int ActionRepeat { get; init; } = 1;

    [Option("Emulators, batches and updates run at the same time on a fixed schedule; off: the textbook order")]
    public bool Overlap { get; init; } = true;

    [Option(
        "Stop when the mean return of the last train.stop_episodes episodes reaches this; inf: never",
        Unit = "return", MayChange = true)]
    public double StopReturn { get; init; } = double.PositiveInfinity;

    [Option("Episodes that train.stop_return looks back on", Unit = "episodes", Min = 1, Max = 100000)]
    public int StopEpisodes { get; init; } = 100;

    [Option("A loss that is not finite or beyond train.max_loss: stop the run, or roll back to the newest checkpoint", MayChange = true)]
    public BadLossAction OnBadLoss { get; init; }

    [Option("Loss that counts as exploded", Min = 0, MayChange = true)]
    public double MaxLoss { get; init; } = 1e6;

    /// <summary>The length is counted in episodes.</summary>
    public bool ByEpisodes => Episodes > 0;

    /// <summary>The length in its unit.</summary>
    public long Length => ByEpisodes ? Episodes : Steps;

    /// <summary>The option that is the length.</summary>
    public string LengthOption => ByEpisodes ? "train.episodes" : "train.steps";
}

/// <summary>Evaluation: environments of its own, raw returns of whole games.</summary>
public sealed record EvalOptions
{
    [Option(
        "Evaluation protocol: nature, machado, dopamine, cleanrl; custom: the options below",
        Choices = ["custom", "nature", "machado", "dopamine", "cleanrl"])]
    public string Protocol { get; init; } = "custom";

    [Option(
        "Agent steps between evaluations; -1: a tenth of the training, in its unit; 0: only at the end", Unit = "agent steps", Min = -1,
        FollowsLengthAt = "-1")]
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
    /// From one evaluation to the next in a training of this <paramref name="length"/>, in agent steps, or in the
    /// length's unit where <see cref="Every"/> is a tenth of it; 0: only at the end.
    /// </summary>
    public long Interval(long length) => Every >= 0 ? Every : Math.Max(1, length / 10);
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

/// <summary>What a training reports.</summary>
public sealed record LogOptions
{
    [Option("Agent steps between metrics rows", Unit = "agent steps", Min = 1)]
    public long Every { get; init; } = 5_000;

    [Option("A line for each training episode: phase, score, memory fill, epsilon, global step")]
    public bool Episodes { get; init; }

    [Option("Films of the first environment's training episodes 1, 8, 27, 64, ... (cubes) and every 1000th, as GIF")]
    public bool Films { get; init; } = true;

    [Option("Updates from one update whose own loss is a row (update/loss) to the next; 0: none is", Unit = "updates", Min = 0)]
    public long LossEvery { get; init; }

    [Option("TensorBoard event files")]
    public bool Tensorboard { get; init; } = true;

    [Option("A page on the run at its end: report.html in its folder")]
    public bool Report { get; init; } = true;

    [Option("Serve the run's metrics for Prometheus at ADDRESS:PORT/metrics while it works; empty: do not (docs/monitoring.md)")]
    public string MetricsEndpoint { get; init; } = "";

    [Option("Tracker that is told of the run: mlflow:http://HOST:PORT[?experiment=NAME]; empty: none (docs/monitoring.md)")]
    public string Track { get; init; } = "";

    [Option("Form of log lines on stderr")]
    public LogFormat Format { get; init; }
}
