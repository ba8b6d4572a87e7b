using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Training.Configuration;

namespace FastDqn.Sweeps.StudyFile;

/// <summary>What a study file says, checked.</summary>
public sealed record StudySpec
{
    /// <summary>The study's name: its folder under <c>studies/</c> and its key in the database.</summary>
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public required SamplerOptions Sampler { get; init; }

    public required MetricSpec Metric { get; init; }

    public required ParameterSpace Space { get; init; }

    /// <summary>
    /// Further objectives: none of them decides what is stopped early, and nobody can be best in all.
    /// </summary>
    public IReadOnlyList<MetricSpec> Objectives { get; init; } = [];

    /// <summary>What a trial must keep to be called good.</summary>
    public IReadOnlyList<ConstraintSpec> Constraints { get; init; } = [];

    /// <summary>All objectives, the metric first.</summary>
    public IEnumerable<MetricSpec> AllObjectives => Objectives.Prepend(Metric);

    /// <summary>The metrics that are followed besides the study's own.</summary>
    public IEnumerable<MetricSpec> Figures => Objectives.Concat(Constraints.Select(c => c.Metric)).DistinctBy(m => m.Name);

    /// <summary>Contenders are run with further seeds; null: all trials have the same.</summary>
    public RaceSpec? Race { get; init; }

    /// <summary>The best trials are run again with fresh seeds; null: they are not.</summary>
    public ConfirmSpec? Confirm { get; init; }

    /// <summary>A study whose trials this one's sampler learns from; empty: none.</summary>
    public string WarmStart { get; init; } = "";

    /// <summary>Each trial is run once with each; its value is the mean.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [1];

    /// <summary>Null: every run goes on to its end.</summary>
    public PrunerOptions? EarlyTerminate { get; init; }

    /// <summary>
    /// Where trials pause on the way and go on later: the length of the longest run, in steps; else 0.
    /// </summary>
    public long Horizon { get; init; }

    /// <summary>Trials pause at their rungs and the good ones are continued.</summary>
    public bool Promotes => EarlyTerminate is { Promote: true };

    /// <summary>How far a trial's runs go at first, in steps; 0: to their end.</summary>
    public long FirstBudget(int trial, long suggested) => Promotes ? new Promotion(EarlyTerminate!, Name).BudgetsOf(trial)[0] : suggested;

    /// <summary>How many trials are made at most.</summary>
    public required int RunCap { get; init; }

    /// <summary>The training configuration under every trial, as entries of a configuration file.</summary>
    public IReadOnlyList<YamlEntry> Base { get; init; } = [];

    /// <summary>
    /// The program of a trial instead of <c>fastdqn train</c>, with <c>${args}</c> (each <c>key=value</c>),
    /// <c>${seed}</c>, <c>${run_dir}</c> and <c>${trial}</c> filled in; empty: train.
    /// </summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How to continue an interrupted run of <see cref="Command"/>; empty: the command itself again.</summary>
    public IReadOnlyList<string> ResumeCommand { get; init; } = [];

    /// <summary>How often a run that died is started again before it counts as failed.</summary>
    public int Retries { get; init; } = 2;

    public LocalOptions Local { get; init; } = new();

    public SlurmOptions Slurm { get; init; } = new();

    public KubernetesOptions Kubernetes { get; init; } = new();

    /// <summary>The file's text as read, kept with the study so that another machine can continue it.</summary>
    public string Text { get; init; } = "";
}

/// <summary>Whether small or large values are good.</summary>
public enum Goal
{
    Minimize,
    Maximize,
}

/// <summary>How a run's row of values becomes the one number that is compared.</summary>
public enum MetricSummary
{
    /// <summary>The last value.</summary>
    Last,

    /// <summary>The best value of the run.</summary>
    Best,

    /// <summary>The mean of all values.</summary>
    Mean,
}

/// <summary>The number that a study improves.</summary>
/// <param name="Name">Its name in the runs' metrics.jsonl.</param>
/// <param name="Goal">Minimize or maximize.</param>
/// <param name="Summary">How the values of a run are put together.</param>
/// <param name="Window">Each value is first replaced by the mean of the newest values, this many (1: as it is).</param>
public sealed record MetricSpec(string Name, Goal Goal, MetricSummary Summary = MetricSummary.Last, int Window = 1)
{
    /// <summary>The name of the time that a run took, in seconds, as an objective.</summary>
    public const string Seconds = "seconds";

    /// <summary>The value as a loss: smaller is better, NaN is worst.</summary>
    public double ToLoss(double value) => double.IsNaN(value) ? double.PositiveInfinity : Goal == Goal.Minimize ? value : -value;

    /// <summary>Whether the first value is better than the second.</summary>
    public bool Better(double a, double b) => ToLoss(a) < ToLoss(b);
}

/// <summary>A bound on a figure of a trial, the mean over its seeds.</summary>
public sealed record ConstraintSpec(MetricSpec Metric, double Min = double.NegativeInfinity, double Max = double.PositiveInfinity)
{
    public bool Holds(double? value) => value is { } v && v >= Min && v <= Max;
}

/// <summary>Racing over seeds (<c>race</c>).</summary>
/// <param name="Seeds">Seeds of a trial at most.</param>
/// <param name="Keep">The probability of being the best at which a trial is still a contender.</param>
public sealed record RaceSpec(int Seeds, double Keep);

/// <summary>The re-evaluation at the end (<c>confirm</c>).</summary>
/// <param name="Top">How many of the best trials.</param>
/// <param name="Seeds">Fresh seeds for each.</param>
public sealed record ConfirmSpec(int Top, int Seeds)
{
    /// <summary>Fresh seeds begin here, beyond those that anyone gives.</summary>
    public const long FirstSeed = 1_000_001;
}

/// <summary>The local engine: processes on this machine.</summary>
public sealed record LocalOptions
{
    /// <summary>Runs at once; 0: as many as the cores and GPUs allow.</summary>
    public int Parallel { get; init; }

    /// <summary>How many at once is measured before the first trial (<c>parallel: auto</c>).</summary>
    public bool IsMeasured { get; init; }

    /// <summary>Cores of one run; 0: all cores divided by <see cref="Parallel"/>, or 1.</summary>
    public int Cores { get; init; }

    /// <summary>GPUs of one run; a half puts two runs on one.</summary>
    public double Gpus { get; init; }

    /// <summary>Trainings in one process at most: 1 each in its own, 0 decided from the trainings' size.</summary>
    public int InProcess { get; init; }
}

/// <summary>The Slurm engine: what goes into the batch script's header.</summary>
public sealed record SlurmOptions
{
    /// <summary>Array tasks at once (the <c>%N</c> of <c>--array</c>).</summary>
    public int Parallel { get; init; } = 8;

    public string Partition { get; init; } = "";

    public string Account { get; init; } = "";

    /// <summary>Wall time of one task, as Slurm writes it (D-HH:MM:SS).</summary>
    public string Time { get; init; } = "";

    public int Cores { get; init; } = 1;

    public string Memory { get; init; } = "";

    /// <summary>The <c>--gres</c> of one task, for example <c>gpu:1</c>.</summary>
    public string Gres { get; init; } = "";

    /// <summary>Seconds before the time limit at which a run checkpoints and is queued again.</summary>
    public int GraceSeconds { get; init; } = 120;

    /// <summary>Further lines of the header, each an <c>sbatch</c> option.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Shell lines before the run starts (module loads and the like).</summary>
    public IReadOnlyList<string> Setup { get; init; } = [];
}

/// <summary>The Kubernetes manifests.</summary>
public sealed record KubernetesOptions
{
    public string Image { get; init; } = "";

    public string Namespace { get; init; } = "default";

    /// <summary>Pods at once.</summary>
    public int Parallel { get; init; } = 8;

    /// <summary>The persistent volume claim that holds the study folder.</summary>
    public string Claim { get; init; } = "";

    public string Cores { get; init; } = "1";

    public string Memory { get; init; } = "4Gi";

    public int Gpus { get; init; }

    public int GraceSeconds { get; init; } = 120;
}
