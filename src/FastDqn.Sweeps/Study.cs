using System.Globalization;
using System.Text;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
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
public sealed class Study : IDisposable
{
    private readonly ISampler _sampler;
    private readonly IPruner? _pruner;
    private readonly CurveCache _curves;

    // The configuration under its trials held options that were removed since.
    private readonly bool _aged;

    private Study(StudySpec spec, StudyRecord record, IStudyStorage storage, bool aged = false)
    {
        (Spec, Record, Storage, _aged) = (spec, record, storage, aged);
        _sampler = spec.Sampler.Create(spec.Space);
        _pruner = spec.EarlyTerminate?.Create(spec.Name);
        _curves = new CurveCache(storage, record.Id, spec.Metric);
    }

    public StudySpec Spec { get; }

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

    /// <summary>Reads the stopping flag and the trial limit again.</summary>
    public void Refresh() => Record = (Storage.Find(Record.Name) ?? Record) with { Folder = Record.Folder, BaseText = Record.BaseText };

    public IReadOnlyList<TrialRecord> Trials() => Storage.Trials(Record.Id);

    /// <summary>
    /// Whether coordinators have nothing left to do; runs that outside programs asked for are theirs to finish.
    /// </summary>
    public bool IsFinished() =>
        !Trials().SelectMany(t => t.Runs).Any(r => r.State == TrialState.Waiting || r is { State: TrialState.Running, Expires: true });

    /// <summary>The complete trial with the best value, or null.</summary>
    public TrialRecord? Best() => Trials().Where(t => t is { State: TrialState.Complete, Value: not null })
        .OrderBy(t => Spec.Metric.ToLoss(t.Value!.Value)).ThenBy(t => t.Number).FirstOrDefault();

    /// <summary>Trials as the sampler sees them.</summary>
    public IReadOnlyList<Observation> History() => [.. Trials().Select(t => new Observation(
        t.Number, t.Parameters, t.State, t.Value is { } value ? Spec.Metric.ToLoss(value) : double.NaN,
        t.Runs.Select(r => r.LastStep).DefaultIfEmpty(0).Max(), t.FinishOrder, t.Attributes))];

    /// <summary>Adds the next trial; false when the study has all its trials.</summary>
    public bool TryCreateNext()
    {
        while (true)
        {
            var number = Storage.CountTrials(Record.Id);
            if (number >= Record.RunCap || _sampler.Suggest(number, History()) is not { } suggestion)
                return false;
            if (Storage.TryCreateTrial(Record.Id, number, suggestion, Spec.Seeds))
                return true;
            // Another coordinator made that number first: with its trial in the history, ask again.
            Refresh();
        }
    }

    /// <summary>
    /// Takes a waiting run, making the next trial when there is none; null when nothing is left to start.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: it searches an option that was
    /// removed.</exception>
    public RunClaim? Claim(string worker, bool expires = true)
    {
        RequireCurrent();
        while (true)
        {
            if (Storage.Claim(Record.Id, worker, expires) is { } claim)
                return claim;
            if (!TryCreateNext())
                return Storage.Claim(Record.Id, worker, expires);
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
        if (_pruner is null || points.Count == 0)
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
        return NearestMatch.Hint(name, Directory.EnumerateDirectories("studies").Select(d => Path.GetFileName(d)!));
    }
}
