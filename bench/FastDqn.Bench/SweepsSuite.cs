using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Bench;

/// <summary>
/// What a study's trainings cost, as the local engine runs them: one at a time, one on each core with a process each,
/// one on each core in one process. Wall time (throughput) and CPU time (what the machine spent, less sensitive to what
/// else it does), per training.
/// </summary>
internal static partial class SweepsSuite
{
    private const int Rounds = 3;

    private static readonly (string Name, string Base, int Trainings)[] Kinds =
    [
        ("start-up: CartPole, 50 steps", "preset: cartpole-exercises, train.steps: 50, train.stop_return: 1e9", 4),
        ("CartPole MLP, 3000 steps", "preset: cartpole-exercises, train.steps: 3000, train.stop_return: 1e9", 4),
        ("CartPole MLP, 12000 steps", "preset: cartpole-exercises, train.steps: 12000, train.stop_return: 1e9", 2),
        ("bricks, 2013 network, 400 steps",
            "preset: breakout-2013, env.name: bricks, schedule.warm_up: 100, replay.capacity: 1000, train.steps: 400", 2),
    ];

    // Long enough that the probe ends first.
    private static readonly (string Name, string Base)[] Packed =
    [
        ("CartPole MLP", "preset: cartpole-exercises, train.steps: 90000, train.stop_return: 1e9"),
        ("bricks, 2013 network", "preset: bricks, schedule.warm_up: 200, replay.capacity: 10000"),
    ];

    /// <summary>What <c>parallel: auto</c> measures of two trainings, and how many at once it takes.</summary>
    public static IReadOnlyList<BenchRow> RunPacking()
    {
        FindProgram();
        var rows = new List<BenchRow>();
        foreach (var (name, options) in Packed)
        {
            var spec = Spec(options, 1);
            var packing = InFolder(folder =>
            {
                using var study = Study.Create(spec, folder: Path.Combine(folder, "bench"));
                return new PackingProbe(spec, study.Folder, Slot.AvailableCores(), [])
                    .Measure(int.MaxValue, slots => InProcess.Decide(spec, slots, wanted: 0), CancellationToken.None)!;
            });
            var alone = packing.Levels[0].StepsPerSecond;
            rows.AddRange(packing.Levels.Select(l => new BenchRow(
                string.Create(CultureInfo.InvariantCulture, $"{name}: {l.AtOnce} at once"),
                l.StepsPerSecond, "agent steps/s", "1 at once", alone, l.StepsPerSecond / alone)));
            rows.Add(new BenchRow($"{name}: taken", packing.Best, "at once"));
        }

        return rows;
    }

    public static IReadOnlyList<BenchRow> Run()
    {
        FindProgram();
        var cores = Slot.AvailableCores().Count;
        var rows = new List<BenchRow>();
        foreach (var (name, options, trainings) in Kinds)
        {
            // In turns, so that what else the machine does falls on all alike.
            var measured = new List<Cost>[3];
            for (var i = 0; i < measured.Length; i++)
                measured[i] = [];
            for (var round = 0; round < Rounds; round++)
            {
                measured[0].Add(Work(options, trainings, parallel: 1, inProcess: 1));
                measured[1].Add(Work(options, trainings, cores, inProcess: 1));
                measured[2].Add(Work(options, trainings, cores, inProcess: cores));
            }

            var wall = measured.Select(m => Median(m.Select(c => c.Seconds))).ToArray();
            var cpu = measured.Select(m => Median(m.Select(c => c.Cpu))).ToArray();
            rows.Add(new BenchRow($"{name}: one at a time", wall[0], "s a training"));
            rows.Add(BenchRow.LessIsBetter($"{name}: {cores} at once, a process each", wall[1], "s a training", "one at a time", wall[0]));
            rows.Add(BenchRow.LessIsBetter($"{name}: {cores} at once, one process", wall[2], "s a training", "a process each", wall[1]));
            rows.Add(BenchRow.LessIsBetter($"{name}: CPU, one process", cpu[2], "CPU s a training", "a process each", cpu[1]));
        }

        return rows;
    }

    private static void FindProgram()
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "FastDqn.Cli", "release", "fastdqn"));
        if (!File.Exists(program))
            throw new FastDqnException(ErrorKind.Unavailable, $"{program} is not built: run ./build.sh build");
        Environment.SetEnvironmentVariable("FASTDQN_EXE", program);
    }

    private static StudySpec Spec(string options, int trainings)
    {
        const string quiet = "eval.episodes: 0, eval.random: false, log.every: 50, log.tensorboard: false, log.episodes: false";
        return StudyFileReader.Read(
            $$"""
            name: bench
            method: grid
            metric: { name: charts/epsilon, goal: minimize }
            base: { {{options}}, {{quiet}}, checkpoint.every: 0 }
            parameters: { optimizer.epsilon: { values: [1.0e-8] } }
            seeds: {{trainings.ToString(CultureInfo.InvariantCulture)}}
            """, "bench.yaml");
    }

    private static T InFolder<T>(Func<string, T> work)
    {
        var folder = Directory.CreateTempSubdirectory("fastdqn-bench-sweeps-").FullName;
        try
        {
            return work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private readonly record struct Cost(double Seconds, double Cpu);

    private static Cost Work(string options, int trainings, int parallel, int inProcess) => InFolder(folder =>
    {
        using var study = Study.Create(Spec(options, trainings), folder: Path.Combine(folder, "bench"));
        var slots = Slot.Divide(new LocalOptions { Parallel = parallel }, Slot.AvailableCores(), []);
        var (start, before) = (Stopwatch.GetTimestamp(), ChildrenSeconds());
        var end = new LocalCoordinator(study, slots, new CoordinatorOptions { InProcess = inProcess }).Run(CancellationToken.None);
        var cost = new Cost(Stopwatch.GetElapsedTime(start).TotalSeconds / trainings, (ChildrenSeconds() - before) / trainings);
        if (end != CoordinatorEnd.Finished || study.Trials().Any(t => t.State != TrialState.Complete))
        {
            var reason = study.Trials().SelectMany(t => t.Runs).Select(r => r.Message).FirstOrDefault(m => m.Length > 0);
            throw new FastDqnException($"a training of the bench failed: {reason}");
        }

        return cost;
    });

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>CPU seconds of the processes that this one started and that have ended.</summary>
    private static unsafe double ChildrenSeconds()
    {
        const int rusageChildren = -1;
        // struct rusage begins with user and system time, each seconds and microseconds; it is 18 words long.
        var usage = stackalloc long[18];
        return getrusage(rusageChildren, usage) == 0 ? usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6) : double.NaN;
    }

    [LibraryImport("libc")]
    private static unsafe partial int getrusage(int who, long* usage);
}
