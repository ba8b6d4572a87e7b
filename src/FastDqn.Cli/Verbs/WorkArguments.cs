using System.CommandLine;
using System.Globalization;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary>The options of <c>sweep run</c> and <c>sweep resume</c>, and the work itself.</summary>
internal sealed class WorkArguments
{
    private readonly Option<string?> _storage = SweepVerb.StorageOption();
    private readonly Option<bool> _json = SweepVerb.JsonOption();
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress, only warnings and the result" };
    private readonly Option<string> _engine = new("--engine")
    {
        Description = "local (processes here), slurm (arrays), kubernetes (writes the manifests)",
        DefaultValueFactory = _ => "local",
    };
    private readonly Option<string?> _parallel = new("--parallel", "-p")
    {
        Description = "local: runs at once: a number, or auto (measured before the first trial; default: the file's, else as many as "
            + "cores and GPUs allow)",
    };
    private readonly Option<string?> _inProcess = new("--in-process")
    {
        Description = "local: trainings that share a process: a number, off (each in its own), auto (small ones share; default: "
            + "the file's, else auto)",
    };
    private readonly Option<bool> _join = new("--join")
    {
        Description = "Work along while the study is going on; a study that was stopped stays stopped "
            + "(for workers that are started by machines)",
    };
    private readonly Option<double> _heartbeat = new("--heartbeat")
    {
        Description = "Seconds between signs of life in the database",
        DefaultValueFactory = _ => 10,
    };
    private readonly Option<double> _silence = new("--silence")
    {
        Description = "Seconds of silence after which a worker counts as dead",
        DefaultValueFactory = _ => 60,
    };

    // What the largest of the study's trainings takes, once it is known.
    private TrainingFootprint? _largest;
    private bool _weighed;

    public WorkArguments(Command command)
    {
        _engine.AcceptOnlyFromAmong("local", "slurm", "kubernetes");
        foreach (var option in new Option[] { _engine, _parallel, _inProcess, _join, _storage, _heartbeat, _silence, _quiet, _json })
            command.Options.Add(option);
    }

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public string Engine(ParseResult parsed) => parsed.GetValue(_engine)!;

    public string? Storage(ParseResult parsed) => SweepVerb.Storage(parsed, _storage);

    /// <summary>What would fail later fails before anything is made.</summary>
    public void Check(ParseResult parsed, StudySpec spec)
    {
        CheckMetric(spec);
        if (Engine(parsed) == "slurm" && Slurm.Problem() is { } problem)
            throw new FastDqnException(ErrorKind.Unavailable, problem);
        if (Engine(parsed) != "local")
        {
            var engine = Engine(parsed);
            var why = $"it is for the local engine (the study file's '{engine}: parallel' is {engine}'s)";
            Given.Refuse(parsed, why, _parallel, _inProcess);
            return;
        }

        if (spec.Command.Count == 0)
            LibTorch.Check();
        else if (LocalEngine.Problem(spec.Command) is { } missing)
            throw new FastDqnException(ErrorKind.Unavailable, missing);
        var local = Local(parsed, spec);
        var gpus = Gpus(local);
        Fit(parsed, spec, Slot.Divide(local, Slot.AvailableCores(), gpus), gpus, local.Parallel > 0, _ => { });
    }

    /// <summary>
    /// Works on the study until it is finished or a signal comes; prints the result and returns the exit code.
    /// </summary>
    public int Work(ParseResult parsed, Study study)
    {
        Check(parsed, study.Spec);
        Warn(study.Spec);
        if (parsed.GetValue(_heartbeat) <= 0 || parsed.GetValue(_silence) < 2 * parsed.GetValue(_heartbeat))
            throw new FastDqnException(ErrorKind.Usage, "--silence must be at least twice --heartbeat, and both above 0");
        var options = new CoordinatorOptions
        {
            Heartbeat = TimeSpan.FromSeconds(parsed.GetValue(_heartbeat)),
            Silence = TimeSpan.FromSeconds(parsed.GetValue(_silence)),
        };
        if (!parsed.GetValue(_join))
        {
            if (study.Record.Stopping)
                study.Storage.SetStopping(study.Record.Id, false);
        }
        else if (study.Record.Stopping)
        {
            Console.Error.WriteLine($"study '{study.Record.Name}' was stopped; go on with: fastdqn sweep resume {study.Record.Name}");
            return 0;
        }

        using var stop = new CancellationTokenSource();
        using var kill = new CancellationTokenSource();
        var exitCode = 0;
        using var signals = EndingSignals.Catch(Signal);
        var end = SweepDisplay.Run(study, parsed.GetValue(_quiet), observer => Engine(parsed) == "slurm"
            ? new SlurmCoordinator(study, options with { Poll = TimeSpan.FromSeconds(2) }, observer).Run(stop.Token)
            : WorkHere(observer));
        var (trials, best) = (study.Trials(), study.Best());
        if (Json(parsed))
            Output.Json(SweepReport.Status(study, trials, best));
        else
            foreach (var line in SweepReport.StatusLines(study, trials, best))
                Console.Out.WriteLine(line);
        if (end == CoordinatorEnd.Stopped)
            return exitCode;
        return best is null ? (int)ErrorKind.Failure : 0;

        CoordinatorEnd WorkHere(ICoordinatorObserver observer)
        {
            if (Slots(parsed, study, observer.Said, stop.Token) is not { } slots)
                return CoordinatorEnd.Stopped;
            var local = options with { InProcess = TrainingsInProcess(parsed, study.Spec, slots) };
            return new LocalCoordinator(study, slots, local, observer).Run(stop.Token, kill.Token);
        }

        bool Signal(int code)
        {
            if (exitCode != 0)
                kill.Cancel();
            exitCode = code;
            Console.Error.WriteLine(
                kill.IsCancellationRequested ? "ending the runs" : "stopping: runs write their checkpoints (again to end them at once)");
            stop.Cancel();
            return true;
        }
    }

    /// <summary>Refuses a metric that no row of the study's trainings can have.</summary>
    internal static void CheckMetric(StudySpec spec)
    {
        foreach (var name in spec.Figures.Select(f => f.Name).Where(f => f != MetricSpec.Seconds).Prepend(spec.Metric.Name))
            if (spec.Command.Count == 0 && TrainMetrics.WhyNever(Trained(spec), name, option => Searches(spec, option)) is { } why)
                throw new FastDqnException(ErrorKind.Usage, $"metric '{name}': {why}");
    }

    /// <summary>Warns of trainings that learn nothing.</summary>
    internal static void Warn(StudySpec spec)
    {
        var searched = TrainForecast.Options.Any(name => Searches(spec, name));
        if (spec.Command.Count == 0 && !searched && TrainForecast.WhyNoUpdate(Trained(spec)) is { } warning)
            Output.Warn(warning);
    }

    private static TrainConfig Trained(StudySpec spec) =>
        new ConfigLayers().AddEntries(spec.Base, "base").AddEnvironment(Environment.GetEnvironmentVariables()).Resolve();

    private static bool Searches(StudySpec spec, string option) => spec.Space.Parameters.Any(p => p.Name == option);

    private int TrainingsInProcess(ParseResult parsed, StudySpec spec, IReadOnlyList<Slot> slots) =>
        InProcess.Decide(spec, slots, parsed.GetValue(_inProcess) is { } given ? InProcess.Parse(given) : spec.Local.InProcess);

    // Runs that are given none need not wait for nvidia-smi.
    private static IReadOnlyList<Gpu> Gpus(LocalOptions local) => local.Gpus > 0 ? Gpu.Available() : [];

    private LocalOptions Local(ParseResult parsed, StudySpec spec)
    {
        switch (parsed.GetValue(_parallel))
        {
            case null:
                return spec.Local;
            case "auto" when spec.Command.Count == 0:
                return spec.Local with { IsMeasured = true, Parallel = 0 };
            case "auto":
                throw new FastDqnException(
                    ErrorKind.Usage, "--parallel auto measures trainings of FastDqn's own; a study with 'command' needs a number");
            case var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parallel) && parallel > 0:
                return spec.Local with { IsMeasured = false, Parallel = parallel };
            case var text:
                throw new FastDqnException(ErrorKind.Usage, $"--parallel is '{text}': use a number of at least 1, or auto");
        }
    }

    // The shares of this machine that the study's runs get; null: stopped while they were measured.
    private IReadOnlyList<Slot>? Slots(ParseResult parsed, Study study, Action<string> say, CancellationToken stop)
    {
        var (cores, spec) = (Slot.AvailableCores(), study.Spec);
        var options = Local(parsed, spec);
        var gpus = Gpus(options);
        var named = options.Parallel > 0;
        study.Refresh();
        if (options.IsMeasured && !(study.HasAllTrials && study.IsFinished()))
        {
            var found = Packing.Find(study.Folder, options, cores.Count, gpus);
            say(found is null ? "measuring how many trainings at once are of use" : $"as it was measured for this study: {found}");
            if (found is null)
            {
                var most = Largest(spec) is { } largest ? MemoryFit.OnHost(largest, 1, SystemMemory.AvailableBytes) : int.MaxValue;
                var probe = new PackingProbe(spec with { Local = options }, study.Folder, cores, gpus);
                if ((found = probe.Measure(most, slots => TrainingsInProcess(parsed, spec, slots), stop)) is null)
                    return null;
                found.Save(study.Folder);
                say($"measured: {found}");
            }

            options = Packing.With(options, found.Best, gpus.Count);
        }

        return Fit(parsed, spec, Slot.Divide(options, cores, gpus), gpus, named, say);
    }

    private IReadOnlyList<Slot> Fit(
        ParseResult parsed, StudySpec spec, IReadOnlyList<Slot> slots, IReadOnlyList<Gpu> gpus, bool named, Action<string> say)
    {
        var inProcess = TrainingsInProcess(parsed, spec, slots);
        return Largest(spec) is { } largest
            ? MemoryFit.Fit(slots, largest, inProcess, SystemMemory.AvailableBytes, gpus, named, say)
            : slots;
    }

    private TrainingFootprint? Largest(StudySpec spec)
    {
        if (!_weighed)
            (_largest, _weighed) = (MemoryFit.Largest(spec), true);
        return _largest;
    }
}
