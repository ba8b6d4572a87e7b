using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Storage;

/// <summary>A study as stored.</summary>
/// <param name="Id">Its key in the database.</param>
/// <param name="Name">Its name.</param>
/// <param name="SpecText">The study file's text.</param>
/// <param name="BaseText">The training configuration under every trial, as YAML.</param>
/// <param name="Folder">The study folder: run folders, logs and batch scripts.</param>
/// <param name="RunCap">How many trials are made at most.</param>
/// <param name="Stopping">Someone asked every coordinator to stop.</param>
public sealed record StudyRecord(long Id, string Name, string SpecText, string BaseText, string Folder, int RunCap, bool Stopping)
{
    /// <summary>How often it was edited.</summary>
    public int Revision { get; init; }
}

/// <summary>A trial with its runs.</summary>
public sealed record TrialRecord(
    long Id,
    int Number,
    TrialState State,
    Assignment Parameters,
    string Attributes,
    double? Value,
    long FinishOrder,
    IReadOnlyList<RunRecord> Runs)
{
    /// <summary>How far its runs go for now, in steps; 0: to their end.</summary>
    public long Budget { get; init; }

    /// <summary>The trial whose runs its runs went on from; -1: none.</summary>
    public int Parent { get; init; } = -1;

    /// <summary>What led to it, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>How often the study had been edited when it was made.</summary>
    public int Revision { get; init; }

    /// <summary>Its values at the budgets that it has come to, shortest first.</summary>
    public IReadOnlyList<Rung> Rungs { get; init; } = [];

    /// <summary>
    /// Runs with seeds that had no part in choosing it (<c>confirm</c>): its value does not contain them.
    /// </summary>
    public IReadOnlyList<RunRecord> Fresh { get; init; } = [];

    /// <summary>Every run.</summary>
    public IEnumerable<RunRecord> AllRuns => Runs.Concat(Fresh);

    /// <summary>The values of its seeds.</summary>
    public IReadOnlyList<double> Values => [.. Runs.Select(r => r.Value).OfType<double>()];

    /// <summary>
    /// It has come to its end at least once. It may be running again with further seeds: then the value is that of the
    /// seeds before.
    /// </summary>
    public bool HasResult => Value is not null && (State == TrialState.Complete
        || (State is TrialState.Waiting or TrialState.Running && FinishOrder > 0 && (Budget == 0 || Rungs.Any(r => r.Budget == Budget))));

    /// <summary>The mean over its runs of another figure than its value; null where one has none.</summary>
    public double? Figure(string name)
    {
        var values = Runs.Where(r => r.Value is not null).Select(r => r.Figures.TryGetValue(name, out var v) ? v : double.NaN).ToList();
        return values.Count > 0 && values.TrueForAll(double.IsFinite) ? values.Average() : null;
    }
}

/// <summary>A trial's value at a budget.</summary>
public readonly record struct Rung(long Budget, double? Value);

/// <summary>How a trial stands, as promotions look at it.</summary>
public sealed record Standing(int Number, TrialState State, long Budget, IReadOnlyList<Rung> Rungs);

/// <summary>One run of a trial: one seed.</summary>
/// <param name="Id">Its key in the database.</param>
/// <param name="Seed">The training's seed.</param>
/// <param name="State">How far it is.</param>
/// <param name="Attempts">How often it was started afresh after a failure or a dead worker, the first start
/// included.</param>
/// <param name="Worker">Who has it.</param>
/// <param name="Engine">Where it runs beyond its worker's life (a Slurm task), or empty.</param>
/// <param name="Value">Its value, once it has one.</param>
/// <param name="Message">Why it ended, where that needs saying.</param>
/// <param name="LastStep">The last step reported.</param>
/// <param name="LastValue">The last value reported.</param>
/// <param name="Expires">A worker watches over it; false for runs that an outside program asked for.</param>
public sealed record RunRecord(
    long Id,
    long Seed,
    TrialState State,
    int Attempts,
    string Worker,
    string Engine,
    double? Value,
    string Message,
    long LastStep,
    double? LastValue,
    bool Expires)
{
    /// <summary>Its seed had no part in choosing the trial.</summary>
    public bool IsFresh { get; init; }

    /// <summary>What it came to besides its value: further objectives and constraints, by their names.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();
}

/// <summary>A finished trial of another study, for this one's sampler.</summary>
public sealed record EarlierTrial(Assignment Parameters, TrialState State, double? Value, long Step);

/// <summary>How long a run was held, and that times the cores and GPUs that it had.</summary>
public readonly record struct RunCost(long RunId, double Seconds, double CoreSeconds, double GpuSeconds);

/// <summary>
/// A worker's hold on a run. Every write names it, and a hold that was given to someone else in the meantime is
/// refused: a worker that was thought dead cannot count a second time.
/// </summary>
public sealed record RunClaim(
    long RunId,
    long TrialId,
    int TrialNumber,
    long Seed,
    Assignment Parameters,
    string Worker,
    int Attempt,
    long Token,
    string Engine = "")
{
    /// <summary>How far it goes for now, in steps; 0: to its end.</summary>
    public long Budget { get; init; }

    /// <summary>The trial whose run of this seed it goes on from; -1: none.</summary>
    public int Parent { get; init; } = -1;

    /// <summary>Its seed was added to a trial that has a result: it is run to its end.</summary>
    public bool IsFurther { get; init; }
}

/// <summary>A report: the value of a run at a step.</summary>
public readonly record struct Report(long RunId, long Step, double Value);

/// <summary>How a run stands, in short.</summary>
/// <param name="RunId">Its key in the database.</param>
/// <param name="TrialNumber">Its trial's number.</param>
/// <param name="State">How far it is.</param>
/// <param name="Expires">It is running and a worker watches over it.</param>
/// <param name="Attempts">How often it was started.</param>
public readonly record struct RunState(long RunId, int TrialNumber, TrialState State, bool Expires, int Attempts);
