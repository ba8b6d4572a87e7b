using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps;

/// <summary>
/// A study: its file, its place in the database and its sampler. This is the C# API: <see cref="Ask"/> and
/// <see cref="Trial.Complete"/> by hand, or <see cref="Optimize"/> with a function. Any number of processes may
/// work on the same study.
/// </summary>
public sealed partial class Study : IDisposable
{
    private readonly CurveCache _curves;
    private ISampler _sampler = null!;
    private IPruner? _pruner;
    private Promotion? _promotion;
    private IReadOnlyList<Observation>? _earlier;

    // The configuration under its trials held options that were removed since.
    private readonly bool _aged;

    private Study(StudySpec spec, StudyRecord record, IStudyStorage storage, bool aged = false)
    {
        (Spec, Record, Storage, _aged) = (spec, record, storage, aged);
        Follow(spec);
        _curves = new CurveCache(storage, record.Id, spec.Metric);
    }

    public StudySpec Spec { get; private set; }

    public StudyRecord Record { get; private set; }

    public IStudyStorage Storage { get; }

    /// <summary>The study folder: runs, logs, batch scripts.</summary>
    public string Folder => Record.Folder;

    /// <summary>
    /// Makes a study, or opens it when it is there already with the same file. Without a storage address it lives in
    /// <c>study.db</c> of its folder; without a folder in <c>studies/NAME</c>.
    /// </summary>
    public static Study Create(StudySpec spec, string? storage = null, string? folder = null)
    {
        folder = Path.GetFullPath(folder ?? Path.Combine("studies", spec.Name));
        OutputFile.MakeFolder(folder);
        var opened = StudyStorage.Open(storage ?? DatabaseFile(folder));
        try
        {
            var text = WriteBase(WholePaths(spec.Base));
            var record = opened.CreateOrOpen(spec.Name, spec.Text, folder, spec.RunCap, text) with { Folder = folder };
            WriteFiles(record);
            if (spec.WarmStart.Length > 0)
                opened.AddEarlier(record.Id, spec.WarmStart, EarlierTrials(spec, storage));
            return new Study(spec, record, opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a stored study by its name, or by its folder. <paramref name="folder"/> is where its runs go on this
    /// machine, when not where the study was made. Options that were removed since are left out of the configuration
    /// under its trials, which <paramref name="warn"/> reports; a study that searches one can be looked at only.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: there is none of that name (the nearest is
    /// named).</exception>
    public static Study Open(string nameOrFolder, string? storage = null, string? folder = null, Action<string>? warn = null)
    {
        var home = Directory.Exists(nameOrFolder) ? nameOrFolder : Path.Combine("studies", nameOrFolder);
        var database = DatabaseFile(home);
        if (storage is null && !File.Exists(database))
            throw new FastDqnException(
                ErrorKind.Usage,
                $"no study '{nameOrFolder}' ({database} is not there{NearestFolder(nameOrFolder)}); "
                + "give its folder, or --storage for one in a server's database");
        var opened = StudyStorage.Open(storage ?? database);
        try
        {
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(nameOrFolder));
            var known = opened.List();
            var record = known.FirstOrDefault(s => s.Name == name) ?? (storage is null && known.Count == 1 ? known[0] : null)
                ?? throw new FastDqnException(
                    ErrorKind.Usage, $"no study '{name}' in {opened.Description}{NearestMatch.Hint(name, known.Select(s => s.Name))}");
            // A study folder that was moved or is mounted elsewhere on this machine.
            if (folder is not null || storage is null)
                record = record with { Folder = Path.GetFullPath(folder ?? home) };
            var stored = YamlConfig.Read(record.BaseText, "base.yaml");
            var entries = RetiredOptions.LeaveOut(stored, $"study '{record.Name}'", warn ?? (_ => { }));
            var spec = StudyFileReader.Read(record.SpecText, record.Name + ".yaml", record.RunCap, entries);
            return new Study(
                spec with { Name = record.Name },
                record with { BaseText = WriteBase(entries) },
                opened,
                aged: !entries.SequenceEqual(stored));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public static string DatabaseFile(string folder) => Path.Combine(folder, "study.db");

    public void Dispose() => Storage.Dispose();

    /// <summary>Refuses to make trials of a study that searches an option which was removed since.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: names it.</exception>
    public void RequireCurrent()
    {
        if (Spec.Command.Count == 0 && Spec.Space.Parameters.FirstOrDefault(p => RetiredOptions.TryGet(p.Name, out _)) is { } retired)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"study '{Record.Name}' cannot go on: {ConfigSchema.Unknown(retired.Name)}; "
                + "its trials can be looked at, and a new study without it can go on from the best of them");
    }

    /// <summary>Reads the stopping flag and the trial limit again; false when someone removed the study.</summary>
    /// <remarks>And the study file, where someone edited it.</remarks>
    public bool Refresh()
    {
        if (Storage.Find(Record.Name) is not { } found)
            return false;
        var edited = found.Revision != Record.Revision;
        Record = found with { Folder = Record.Folder, BaseText = Record.BaseText };
        if (edited)
            Follow(StudyFileReader.Read(Record.SpecText, Record.Name + ".yaml", Record.RunCap, Spec.Base) with { Name = Record.Name });
        return true;
    }

    private void Follow(StudySpec spec)
    {
        Spec = spec;
        _sampler = spec.Sampler.Create(spec.Space);
        _pruner = spec.EarlyTerminate?.Create(spec.Name);
        _promotion = spec.Promotes ? new Promotion(spec.EarlyTerminate!, spec.Name) : null;
    }

    // A study in a folder, under studies/, or in the same database.
    private static IReadOnlyList<EarlierTrial> EarlierTrials(StudySpec spec, string? storage)
    {
        using var other = Open(spec.WarmStart, File.Exists(DatabaseFile(spec.WarmStart)) ? null : storage);
        if (other.Spec.Metric.Name != spec.Metric.Name || other.Spec.Metric.Goal != spec.Metric.Goal)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"warm_start: study '{other.Record.Name}' has {other.Spec.Metric.Name} to {Word(other.Spec.Metric.Goal)}, "
                + $"this one {spec.Metric.Name} to {Word(spec.Metric.Goal)}");
        return
        [
            .. other.Trials().Where(t => t.Value is not null && t.State is TrialState.Complete or TrialState.Pruned)
                .Select(t => new EarlierTrial(t.Parameters, t.State, t.Value, t.Runs.Select(r => r.LastStep).DefaultIfEmpty(0).Max())),
        ];

        static string Word(Goal goal) => goal == Goal.Minimize ? "minimize" : "maximize";
    }

    public IReadOnlyList<TrialRecord> Trials() => Storage.Trials(Record.Id);

    /// <summary>
    /// Whether coordinators have nothing left to do; runs that outside programs asked for are theirs to finish.
    /// </summary>
    public bool IsFinished() =>
        !Storage.HasOpenRuns(Record.Id) && NextPromotion() is null && NextSeed() is null && NextFresh() is null;

    /// <summary>No further trial will be made.</summary>
    public bool HasAllTrials => Storage.CountTrials(Record.Id) >= Record.RunCap || SpaceIsSpent();

    /// <summary>What a run's good end makes of it: paused where it may be promoted.</summary>
    /// <param name="claim">The run.</param>
    /// <param name="over">It has nothing to go on with, whatever its budget.</param>
    public TrialState EndOf(RunClaim claim, bool over = false)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return Spec.Promotes && claim.Budget < Spec.Horizon && !over ? TrialState.Paused : TrialState.Complete;
    }

    // Racing: once all trials are there, whoever may still be the best is run with one more seed, the fewest first.
    private (int Trial, long Seed)? NextSeed()
    {
        if (Spec.Race is not { } race || Trials() is var trials && (trials.Count < Record.RunCap && !SpaceIsSpent()))
            return null;
        if (trials.Any(t => t.State is TrialState.Waiting or TrialState.Running && !t.HasResult) || Contenders(trials) is not { } all)
            return null;
        var contenders = all.Where(c => c.Probability >= race.Keep).Select(c => c.Trial).ToList();
        if (contenders.Count < 2)
            return null;
        var next = contenders.Where(t => t.Runs.Count < race.Seeds).MinBy(t => t.Runs.Count);
        if (next is null)
            return null;
        var seed = 1L;
        while (next.AllRuns.Any(r => r.Seed == seed))
            seed++;
        return (next.Number, seed);
    }

    // The end: the best trials once more with seeds that had no part in choosing them.
    private (int Trial, long Seed)? NextFresh()
    {
        if (Spec.Confirm is not { } confirm || Trials() is var trials && (trials.Count < Record.RunCap && !SpaceIsSpent()))
            return null;
        if (trials.SelectMany(t => t.Runs).Any(r => r.State is TrialState.Waiting or TrialState.Running) || NextPromotion() is not null)
            return null;
        foreach (var trial in Ranked(trials).Take(confirm.Top))
            for (var i = 0; i < confirm.Seeds; i++)
                if (trial.Fresh.All(r => r.Seed != ConfirmSpec.FirstSeed + i))
                    return (trial.Number, ConfirmSpec.FirstSeed + i);
        return null;
    }

    private bool TryAddRun()
    {
        while (NextSeed() is { } more)
            if (Storage.AddRun(Record.Id, more.Trial, more.Seed, fresh: false))
                return true;
        while (NextFresh() is { } last)
            if (Storage.AddRun(Record.Id, last.Trial, last.Seed, fresh: true))
                return true;
        return false;
    }

    /// <summary>Trials as the sampler sees them.</summary>
    public IReadOnlyList<Observation> History()
    {
        var trials = Trials();
        var losses = SamplerLosses(trials);
        _earlier ??= [.. Storage.Earlier(Record.Id).Select((t, i) => new Observation(
            -1 - i, t.Parameters, t.State, t.Value is { } value ? Spec.Metric.ToLoss(value) : double.NaN, t.Step, i + 1))];
        return
        [
            .. _earlier,
            .. trials.Select((t, i) => new Observation(
                t.Number, t.Parameters, Seen(t), losses[i],
                t.Runs.Select(r => r.LastStep).DefaultIfEmpty(0).Max(), t.FinishOrder, t.Attributes)),
        ];
    }

    // A sampler wants one number: with several objectives the place among the fronts. Who breaks a constraint is last.
    private double[] SamplerLosses(IReadOnlyList<TrialRecord> trials)
    {
        var losses = trials.Select(t => t.Value is { } value ? Spec.Metric.ToLoss(value) : double.NaN).ToArray();
        if (Spec.Objectives.Count > 0)
        {
            var whole = Enumerable.Range(0, trials.Count).Where(i => LossesOf(trials[i]) is not null).ToList();
            var placed = whole.Count > 0 ? Pareto.Losses([.. whole.Select(i => LossesOf(trials[i])!)]) : [];
            Array.Fill(losses, double.NaN);
            foreach (var (i, loss) in whole.Zip(placed))
                losses[i] = loss;
        }

        for (var i = 0; i < losses.Length; i++)
            if (trials[i].State == TrialState.Complete && !IsFeasible(trials[i]))
                losses[i] = double.PositiveInfinity;
        return losses;
    }

    // What is paused, or goes on after that, has shown what it can as a trial that was stopped has.
    private static TrialState Seen(TrialRecord trial) => trial.State == TrialState.Paused
        || (trial.Rungs.Count > 0 && trial.State is TrialState.Waiting or TrialState.Running) ? TrialState.Pruned : trial.State;

    private Promotion.Step? NextPromotion() => _promotion?.Next(
        Storage.Standings(Record.Id), Spec.Metric.ToLoss, allMade: HasAllTrials);

    private bool SpaceIsSpent() =>
        Spec.Sampler.Kind == SamplerKind.Grid && Storage.CountTrials(Record.Id) - Storage.CountGiven(Record.Id) >= Spec.Space.Size;

    /// <summary>Gives the next trial that deserves it a longer budget; false when none does for now.</summary>
    private bool TryPromote()
    {
        while (NextPromotion() is { } step)
            if (Storage.Promote(Record.Id, step.Trial, step.From, step.To))
                return true;
        return false;
    }

    // Of a population's pieces that everyone went on from, none is needed any more but the best one's checkpoint.
    private void DropSpentCheckpoints()
    {
        if (Spec.Command.Count > 0)
            return;
        var trials = Trials();
        var byGeneration = trials.GroupBy(t => PopulationSampler.PlaceOf(t.Attributes).Generation).OrderBy(g => g.Key).ToList();
        var kept = Best()?.Number;
        foreach (var (before, after) in byGeneration.Zip(byGeneration.Skip(1)))
        {
            if (after.Count() < Spec.Sampler.Pbt.Population || after.Any(t => t.State is TrialState.Waiting or TrialState.Running))
                return;
            var spent = before.Where(t => t.Number != kept);
            foreach (var run in spent.SelectMany(t => t.Runs, (t, r) => RunPlan.RunFolder(Folder, t.Number, r.Seed)))
            {
                try
                {
                    Directory.Delete(RunDirectory.CheckpointsOf(run), recursive: true);
                }
                catch (IOException)
                {
                    // Another worker has, or does.
                }
            }
        }
    }

    /// <summary>Adds the next trial; false when the study has all its trials.</summary>
    /// <param name="late">Called each time that another was quicker.</param>
    public bool TryCreateNext(Action? late = null)
    {
        while (true)
        {
            var number = Storage.CountTrials(Record.Id);
            if (number >= Record.RunCap)
                return false;
            // What a proposal costs that looks at no history, the others can wait for; so all of them find a number.
            if (!_sampler.Learns)
                return Storage.CreateTrials(Record.Id, Suggest, Spec.Seeds);
            var next = new NextTrial(number, Storage.CountGiven(Record.Id), Storage.NextQueued(Record.Id));
            if (Suggest(next) is not { } suggestion)
                return false;
            if (Storage.TryCreateTrial(Record.Id, number, suggestion, Spec.Seeds))
            {
                if (Spec.Sampler.Kind == SamplerKind.Pbt && number % Spec.Sampler.Pbt.Population == 0)
                    DropSpentCheckpoints();
                return true;
            }

            // Another coordinator made that number first: with its trial in the history, ask again.
            late?.Invoke();
            if (!Refresh())
                return false;
        }
    }

    private Suggestion? Suggest(NextTrial next) =>
        Propose(next) is { } suggestion ? suggestion with { Budget = Spec.FirstBudget(next.Number, suggestion.Budget) } : null;

    private Suggestion? Propose(NextTrial next)
    {
        if (next.Queued is { } queued)
        {
            var random = new RandomStream(Spec.Sampler.Seed, "given", next.Number);
            var parameters = Spec.Space.Build((group, _) => group.Parameters
                .Select(p => queued.Parameters.TryGetValue(p.Name, out var value) ? value : p.Domain.Sample(random)));
            return new Suggestion(parameters)
            {
                Queued = queued.Id,
                Reason = $"given ({queued.Parameters}); what that leaves open was drawn",
            };
        }

        // A grid counts its points, the others their trials.
        var place = Spec.Sampler.Kind == SamplerKind.Grid ? next.Number - next.Given : next.Number;
        return _sampler.Suggest(place, _sampler.Learns ? History() : []);
    }

    /// <summary>
    /// Takes a waiting run, making the next trial when there is none; null when nothing is left to start.
    /// </summary>
    /// <param name="worker">Who takes it.</param>
    /// <param name="expires">It may be thought dead.</param>
    /// <param name="cores">What the run will have of its machine, for the costs.</param>
    /// <param name="gpus">The same; a part of a GPU is that part.</param>
    /// <param name="late">Called each time that another was quicker to make a trial.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: it searches an option that was
    /// removed.</exception>
    public RunClaim? Claim(string worker, bool expires = true, double cores = 0, double gpus = 0, Action? late = null)
    {
        RequireCurrent();
        while (true)
        {
            if (Storage.Claim(Record.Id, worker, expires, cores: cores, gpus: gpus) is { } claim)
                return claim;
            if (!TryPromote() && !TryCreateNext(late) && !TryAddRun())
                return Storage.Claim(Record.Id, worker, expires, cores: cores, gpus: gpus);
        }
    }

    /// <summary>
    /// Asks for a trial to work on; null when the study has all its trials. It is this program's until it is told:
    /// no heartbeat watches over it.
    /// </summary>
    public Trial? Ask() => Claim(WorkerName("ask"), expires: false) is { } claim ? new Trial(this, claim) : null;

    /// <summary>The trial of that number and seed that an earlier <see cref="Ask"/> gave out, to go on with.</summary>
    public Trial Asked(int number, long? seed = null)
    {
        var trial = Trials().FirstOrDefault(t => t.Number == number)
            ?? throw new FastDqnException(ErrorKind.Usage, $"study '{Record.Name}' has no trial {number}");
        var run = trial.Runs.FirstOrDefault(r => seed is null ? r is { State: TrialState.Running, Expires: false } : r.Seed == seed)
            ?? throw new FastDqnException(ErrorKind.Usage, $"trial {number} has no run to tell about: it is {Word(trial.State)}");
        if (run.State != TrialState.Running || run.Expires)
            throw new FastDqnException(
                ErrorKind.Usage, $"trial {number} was not given out by ask, or was told already: its run is {Word(run.State)}");
        return new Trial(this, Storage.Hold(run.Id));
    }

    /// <summary>Runs <paramref name="objective"/> until the study has its trials, or this many times.</summary>
    public void Optimize(Func<Trial, double> objective, int trials = int.MaxValue)
    {
        for (var i = 0; i < trials && Ask() is { } trial; i++)
        {
            try
            {
                trial.Complete(objective(trial));
            }
            catch (TrialPrunedException)
            {
                trial.Prune();
            }
            catch
            {
                trial.Fail("the objective threw");
                throw;
            }
        }
    }

    /// <summary>Whether early termination says to stop a run, given its own points so far.</summary>
    public bool ShouldStop(RunClaim claim, IReadOnlyList<(long Step, double Value)> points)
    {
        ArgumentNullException.ThrowIfNull(claim);
        // What only tells more of a result is not judged by it.
        if (_pruner is null || points.Count == 0 || claim.IsFurther)
            return false;
        var others = _curves.Others(claim.RunId);
        return _pruner.ShouldStop(
            new RunCurve(claim.TrialNumber, false, [.. points.Select(p => (p.Step, Spec.Metric.ToLoss(p.Value)))]), others);
    }

    /// <summary>A name for this process as a worker.</summary>
    public static string WorkerName(string role) =>
        string.Create(CultureInfo.InvariantCulture, $"{role}@{Environment.MachineName}:{Environment.ProcessId}");

    /// <summary>A state for people.</summary>
    public static string Word(TrialState state) => state.ToString().ToLowerInvariant();

    /// <summary>
    /// Writes the study's files where they are missing (a worker on another machine needs the base configuration) or
    /// hold removed options.
    /// </summary>
    public void PrepareFolder() => WriteFiles(Record, replace: _aged);

    private static void WriteFiles(StudyRecord record, bool replace = false)
    {
        try
        {
            Directory.CreateDirectory(record.Folder);
            if (File.Exists(RunPlan.BaseFile(record.Folder)) && !replace)
                return;
            AtomicFile.Write(Path.Combine(record.Folder, "study.yaml"), record.SpecText);
            AtomicFile.Write(RunPlan.BaseFile(record.Folder), record.BaseText);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FastDqnException(
                ErrorKind.Failure, $"cannot write into the study folder {record.Folder}: {e.Message} (--folder chooses another)", e);
        }
    }

    /// <summary>Trials start in folders and on machines of their own: a file is named by its whole path.</summary>
    private static IReadOnlyList<YamlEntry> WholePaths(IReadOnlyList<YamlEntry> entries) =>
    [
        .. entries.Select(e =>
            e.Key is "env.rom" or "env.rom_dir" or "train.init" ? e with { Value = EnvironmentFactory.Whole(e.Value) } : e),
    ];

    private static string WriteBase(IReadOnlyList<YamlEntry> entries)
    {
        var text = new StringBuilder("# The training configuration under every trial.\n");
        foreach (var entry in entries)
            text.Append(entry.Key).Append(": ").Append(System.Text.Json.JsonSerializer.Serialize(entry.Value)).Append('\n');
        return text.ToString();
    }

    private static string NearestFolder(string name)
    {
        if (!Directory.Exists("studies"))
            return "";
        var folders = Directory.EnumerateDirectories("studies").Where(d => File.Exists(DatabaseFile(d)));
        return NearestMatch.Hint(name, folders.Select(d => Path.GetFileName(d)!));
    }
}
