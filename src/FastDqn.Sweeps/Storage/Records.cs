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
public sealed record StudyRecord(long Id, string Name, string SpecText, string BaseText, string Folder, int RunCap, bool Stopping);

/// <summary>A trial with its runs.</summary>
public sealed record TrialRecord(
    long Id,
    int Number,
    TrialState State,
    Assignment Parameters,
    string Attributes,
    double? Value,
    long FinishOrder,
    IReadOnlyList<RunRecord> Runs);

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
    bool Expires);

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
    string Engine = "");

/// <summary>A report: the value of a run at a step.</summary>
public readonly record struct Report(long RunId, long Step, double Value);

/// <summary>How a run stands, in short.</summary>
/// <param name="RunId">Its key in the database.</param>
/// <param name="TrialNumber">Its trial's number.</param>
/// <param name="State">How far it is.</param>
/// <param name="Expires">It is running and a worker watches over it.</param>
/// <param name="Attempts">How often it was started.</param>
public readonly record struct RunState(long RunId, int TrialNumber, TrialState State, bool Expires, int Attempts);
