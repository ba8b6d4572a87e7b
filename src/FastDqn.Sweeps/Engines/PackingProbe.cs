using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// Measures how many agent steps a second 1, 2, 4, ... trainings of a study come to at once: the real trainings, begun
/// with the options of the first trial, timed by their own rows once all of them learn, and thrown away.
/// </summary>
public sealed class PackingProbe(StudySpec spec, string studyFolder, IReadOnlyList<int> cores, IReadOnlyList<Gpu> gpus)
{
    // Enough to learn from: the rest of a long warm-up would be measured in its place.
    private const long WarmUp = 1000;

    private const int RowSteps = 100;
    private const int TailBytes = 1 << 16;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <summary>Measures until more at once is of no more use.</summary>
    /// <param name="most">More do not fit into memory.</param>
    /// <param name="inProcess">Trainings in a process, for some slots.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>What was found; null: it was stopped.</returns>
    /// <exception cref="FastDqnException">The training does not run, or not within minutes.</exception>
    public Packing? Measure(int most, Func<IReadOnlyList<Slot>, int> inProcess, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(inProcess);
        var levels = new List<PackingLevel>();
        foreach (var count in Packing.Steps(spec.Local, cores.Count, gpus).Where(n => n == 1 || n <= most))
        {
            if (!Packing.GoesOn(levels))
                break;
            var slots = Slot.Divide(Packing.With(spec.Local, count, gpus.Count), cores, gpus);
            if (Measure(slots, inProcess(slots), stop) is not { } rate)
                return null;
            levels.Add(new PackingLevel(count, rate));
        }

        return new Packing(cores.Count, [.. gpus.Select(g => g.Name)], spec.Local.Cores, spec.Local.Gpus, levels);
    }

    private double? Measure(IReadOnlyList<Slot> slots, int inProcess, CancellationToken stop)
    {
        var folder = Path.Combine(studyFolder, string.Create(CultureInfo.InvariantCulture, $"probe-{Environment.ProcessId}"));
        var runs = new List<(ILocalRun Run, RunPlan Plan)>();
        try
        {
            using var engine = new LocalEngine(slots, inProcess, Path.Combine(folder, "logs"));
            try
            {
                var clock = Stopwatch.StartNew();
                foreach (var plan in Plans(folder, slots.Count))
                    runs.Add((engine.Start(plan), plan));
                var learning = Rows(runs, clock, (_, row) => row.Step >= WarmUp + RowSteps, stop);
                var since = clock.Elapsed;
                var later = learning is null ? null
                    : Rows(runs, clock, (i, row) => clock.Elapsed - since >= Window && row.Step > learning[i].Step, stop);
                // Who was through before has no pace but that of the whole.
                return later?.Select((row, i) => row.Step > learning![i].Step
                    ? (row.Step - learning[i].Step) / (row.Seconds - learning[i].Seconds)
                    : row.Step / clock.Elapsed.TotalSeconds).Sum();
            }
            finally
            {
                runs.ForEach(r => r.Run.Kill());
                SpinWait.SpinUntil(() => runs.TrueForAll(r => r.Run.ExitCode is not null), TimeSpan.FromSeconds(10));
                runs.ForEach(r => r.Run.Dispose());
            }
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private IEnumerable<RunPlan> Plans(string folder, int count)
    {
        // A promoting study's first budget would end at once, and the base lies in the study folder.
        var whole = spec with { EarlyTerminate = null };
        var first = spec.Sampler.Create(spec.Space).Suggest(0, [])!.Parameters;
        var settings = new List<string> { "--set", string.Create(CultureInfo.InvariantCulture, $"log.every={RowSteps}") };
        var layers = new ConfigLayers().AddEntries(spec.Base, "base").AddEnvironment(Environment.GetEnvironmentVariables());
        foreach (var (name, value) in first)
            layers.AddSetting($"{name}={value.Text}");
        var config = layers.Resolve(refuse: false);
        if (config.Schedule.WarmUp > WarmUp && Relevance.WithoutEffect(config, "schedule.warm_up") is null)
            settings.AddRange(["--set", string.Create(CultureInfo.InvariantCulture, $"schedule.warm_up={WarmUp}")]);
        for (var i = 0; i < count; i++)
        {
            var plan = RunPlan.Create(whole, folder, new RunClaim(0, 0, i, spec.Seeds[0] + i, first, "", 1, 0));
            var words = plan.Start.Select(w => w == RunPlan.BaseFile(folder) ? RunPlan.BaseFile(studyFolder) : w);
            yield return plan with { Start = [.. words, .. settings] };
        }
    }

    // The newest row of each once all of them are as far as wanted, or are through; null: stopped.
    private static List<Row>? Rows(
        List<(ILocalRun Run, RunPlan Plan)> runs, Stopwatch clock, Func<int, Row, bool> wanted, CancellationToken stop)
    {
        while (true)
        {
            var rows = runs.Select(r => (Ended: r.Run.ExitCode is not null, Row: Row.Last(r.Plan))).ToList();
            var failed = runs.FirstOrDefault(r => r.Run.ExitCode is { } code and not 0);
            if (failed.Run is not null)
                throw new FastDqnException(
                    ErrorKind.Failure, $"parallel: auto: the training that is measured failed: {failed.Run.LastLine()}");
            if (rows.Select((r, i) => r.Ended || wanted(i, r.Row)).All(done => done))
                return [.. rows.Select(r => r.Row)];
            if (clock.Elapsed > Patience)
                throw new FastDqnException(
                    ErrorKind.Failure,
                    $"parallel: auto: {runs.Count} training(s) at once did not learn within {Patience.Minutes} minutes: give a number");
            if (stop.WaitHandle.WaitOne(Glance))
                return null;
        }
    }

    private readonly record struct Row(long Step, double Seconds)
    {
        /// <summary>The newest row of a training; zeros where it has none.</summary>
        public static Row Last(RunPlan plan)
        {
            try
            {
                using var file = new FileStream(
                    RunDirectory.MetricsOf(plan.RunDirectory), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
                file.Position = Math.Max(0, file.Length - TailBytes);
                using var lines = new LineReader(file, plan.RunDirectory, lenient: true);
                var last = default(Row);
                while (lines.Read() && lines.Ended)
                    if (lines.Line.Span.StartsWith("{\"kind\":\"train\""u8))
                        last = Read(lines.Line);
                return last;
            }
            catch (IOException)
            {
                return default;
            }
        }

        private static Row Read(ReadOnlyMemory<byte> line)
        {
            using var row = JsonDocument.Parse(line);
            return new Row(
                row.RootElement.GetProperty("step").GetInt64(),
                row.RootElement.GetProperty("wall").GetProperty("perf/seconds").GetDouble());
        }
    }
}
