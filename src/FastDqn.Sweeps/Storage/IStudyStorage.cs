using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Storage;

/// <summary>
/// Where studies live. Every method is one transaction, safe beside any number of other processes: a trial number is
/// given once, a run is held by one worker at a time, and whoever lost a run cannot write to it any more.
/// Clocks are the database's own.
/// </summary>
public interface IStudyStorage : IDisposable
{
    /// <summary>What it is, without secrets: for messages.</summary>
    string Description { get; }

    /// <summary>
    /// Makes the study, or opens the one of that name; a different study file under the same name is refused.
    /// </summary>
    StudyRecord CreateOrOpen(string name, string specText, string folder, int runCap, string baseText = "");

    StudyRecord? Find(string name);

    IReadOnlyList<StudyRecord> List();

    /// <summary>Asks the study's coordinators to stop (or takes that back).</summary>
    void SetStopping(long studyId, bool stopping);

    /// <summary>Changes how many trials are made at most.</summary>
    void SetRunCap(long studyId, int runCap);

    /// <summary>
    /// Adds the next trial with a waiting run per seed, and a few more where many workers ask for one at once. False
    /// when the study has its trials or nothing is suggested.
    /// </summary>
    /// <param name="studyId">The study.</param>
    /// <param name="suggest">Asked while others wait, so it must not take long.</param>
    /// <param name="seeds">A run for each.</param>
    bool CreateTrials(long studyId, Func<NextTrial, Suggestion?> suggest, IReadOnlyList<long> seeds);

    /// <summary>
    /// Adds trial <paramref name="number"/> with a waiting run per seed. False when another worker made that number
    /// first or the study has its trials.
    /// </summary>
    bool TryCreateTrial(long studyId, int number, Suggestion suggestion, IReadOnlyList<long> seeds);

    /// <summary>Adds a point to be tried before what the sampler proposes, as one trial more.</summary>
    void Enqueue(long studyId, Assignment parameters);

    /// <summary>The point that waits longest, or null.</summary>
    (long Id, Assignment Parameters)? NextQueued(long studyId);

    /// <summary>
    /// How many trials were made of points that were given; with those that still wait, how many were given.
    /// </summary>
    int CountGiven(long studyId, bool waiting = false);

    /// <summary>
    /// Changes a study's file; trials that are over or paused are run with the seeds added, too. False when someone
    /// else edited it since <paramref name="revision"/>.
    /// </summary>
    bool Edit(long studyId, int revision, string specText, int runCap, IReadOnlyList<long> newSeeds);

    /// <summary>Gives a trial another run; false when it has one of that seed.</summary>
    bool AddRun(long studyId, int trial, long seed, bool fresh);

    /// <summary>Keeps another study's trials for this one's sampler, once.</summary>
    void AddEarlier(long studyId, string source, IReadOnlyList<EarlierTrial> trials);

    IReadOnlyList<EarlierTrial> Earlier(long studyId);

    /// <summary>Forgets a study with all its trials; false while a worker holds one of its runs.</summary>
    bool Remove(long studyId, TimeSpan silence);

    /// <summary>Notes what a hold on a run takes of its machine.</summary>
    void Use(RunClaim claim, double cores, double gpus);

    /// <summary>What each run has taken so far.</summary>
    IReadOnlyList<RunCost> Spent(long studyId);

    /// <summary>How every trial of a study stands, in the order of their numbers.</summary>
    IReadOnlyList<Standing> Standings(long studyId);

    /// <summary>
    /// Gives the paused runs of a trial a longer budget; false when it is no longer paused at the end of the shorter.
    /// </summary>
    bool Promote(long studyId, int trial, long from, long to);

    /// <summary>Whether a run waits, or is held by a worker that may be thought dead.</summary>
    bool HasOpenRuns(long studyId);

    /// <summary>How many trials there are: the next one's number.</summary>
    int CountTrials(long studyId);

    /// <summary>
    /// Takes the first waiting run, or returns null. <paramref name="expires"/> false: it is never thought dead.
    /// <paramref name="cores"/> and <paramref name="gpus"/> are what it will have of its machine.
    /// </summary>
    RunClaim? Claim(long studyId, string worker, bool expires = true, int? trial = null, double cores = 0, double gpus = 0);

    /// <summary>The present hold on a running run, for programs that keep only its number between calls.</summary>
    RunClaim Hold(long runId);

    /// <summary>Says that the worker lives; false when the run is no longer its own.</summary>
    bool Heartbeat(RunClaim claim);

    /// <summary>
    /// Notes where the run goes on beyond the worker's life; false when it is no longer the worker's own.
    /// </summary>
    bool SetEngine(RunClaim claim, string engine);

    /// <summary>
    /// Takes over a run that an engine keeps running while its coordinator is silent; null when none is.
    /// </summary>
    RunClaim? TakeOver(long studyId, string worker, string enginePrefix, TimeSpan silence);

    /// <summary>
    /// Adds reports (a step reported before is replaced); false when the run is no longer the worker's own.
    /// </summary>
    bool AddReports(RunClaim claim, IReadOnlyList<(long Step, double Value)> reports);

    /// <summary>Forgets the reports of a run that starts over.</summary>
    void DropReports(RunClaim claim);

    /// <summary>
    /// Ends the run, or pauses it; the last run to end also ends its trial, with the mean of its runs. A pruned run
    /// takes the trial's waiting runs with it. A value that is not finite is none: the run has failed. True again when
    /// the same claim ends it twice.
    /// </summary>
    /// <param name="claim">The hold on the run.</param>
    /// <param name="state">What becomes of it.</param>
    /// <param name="value">Its value.</param>
    /// <param name="message">Why, where that needs saying.</param>
    /// <param name="figures">What it came to besides.</param>
    bool Finish(
        RunClaim claim, TrialState state, double? value, string message = "", IReadOnlyDictionary<string, double>? figures = null);

    /// <summary>
    /// Gives the run back to be continued by anyone, after <paramref name="delay"/>. <paramref name="failed"/>: it
    /// counts as an attempt.
    /// </summary>
    bool Release(RunClaim claim, bool failed, int maxAttempts, string message = "", TimeSpan delay = default);

    /// <summary>
    /// Finds local runs whose workers have been silent for so long and frees them, or fails them when their attempts
    /// are spent. Returns how many.
    /// </summary>
    int ReapDead(long studyId, TimeSpan silence, int maxAttempts);

    IReadOnlyList<TrialRecord> Trials(long studyId);

    /// <summary>How each run of a study stands.</summary>
    IReadOnlyList<RunState> RunStates(long studyId);

    /// <summary>The reports of some runs after a step each, in the order of their steps.</summary>
    IReadOnlyList<Report> Reports(IReadOnlyList<(long RunId, long After)> runs);

    /// <summary>
    /// The study's log: every claim and how it ended (for audits: a run is never held twice at once).
    /// </summary>
    IReadOnlyList<ClaimRecord> Claims(long studyId);
}

/// <summary>What the next trial is made from.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Given">How many before it were given points.</param>
/// <param name="Queued">The given point that waits longest.</param>
public sealed record NextTrial(int Number, int Given, (long Id, Assignment Parameters)? Queued);

/// <summary>One hold on a run; times in seconds since 1970 by the database's clock.</summary>
public sealed record ClaimRecord(long RunId, int Attempt, string Worker, double Began, double? Ended, string Outcome);
