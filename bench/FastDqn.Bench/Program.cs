using System.Globalization;
using FastDqn.Bench;
using FastDqn.Core;

// The learner suite starts this program again as its workers.
if (args is ["learner-worker", var threads])
    return LearnerWorker.Serve(int.Parse(threads, CultureInfo.InvariantCulture));
if (args is ["plain-learner", var plainThreads])
    return PlainLearner.Serve(int.Parse(plainThreads, CultureInfo.InvariantCulture));
if (args is ["gpu-training", .. var training])
    return GpuSuite.Serve(training);

// As the reports suite starts it as the server.
if (args is [ReportsSuite.Worker, var folder, var port])
    return ReportsSuite.Serve(folder, int.Parse(port, CultureInfo.InvariantCulture));

// The managed suites of ./build.sh bench; each is one class with a Run method.
var suites = new Dictionary<string, Func<IReadOnlyList<BenchRow>>>(StringComparer.Ordinal)
{
    ["environments"] = EnvironmentsSuite.Run,
    ["pixels"] = PixelsSuite.Run,
    ["replay"] = ReplaySuite.Run,
    ["train"] = TrainSuite.Run,
    ["learner"] = LearnerSuite.Run,
    ["checkpoint"] = CheckpointSuite.Run,
    ["streams"] = StreamsSuite.Run,
    ["gpu"] = () => GpuSuite.Run(rehearse: false),
    ["sweeps"] = SweepsSuite.Run,
    ["packing"] = SweepsSuite.RunPacking,
    ["reports"] = ReportsSuite.Run,
};

try
{
    if (args is ["learning", .. var what])
        return LearningResults.Run(what);
    if (args is ["gpu", "--rehearse", .. var rest])
    {
        suites["gpu"] = static () => GpuSuite.Run(rehearse: true);
        args = ["gpu", .. rest];
    }

    var (name, json) = args switch
    {
        [var only] => (only, null),
        [var suite, "--json", var file] => (suite, file),
        _ => throw new FastDqnException(
            ErrorKind.Usage,
            $"usage: bench SUITE [--json FILE], where SUITE is one of {string.Join(", ", suites.Keys)}; "
            + "or bench learning; or bench gpu --rehearse: the same on the CPU, in small numbers"),
    };
    if (!suites.TryGetValue(name, out var run))
        throw new FastDqnException(ErrorKind.Usage, $"unknown suite '{name}'; known: {string.Join(", ", suites.Keys)}");
    var rows = run();
    BenchReport.Print(rows, Console.Out);
    if (json is not null)
        BenchReport.WriteJson(name, rows, json);
    return 0;
}
catch (FastDqnException e)
{
    Console.Error.WriteLine(e.Message);
    return e.ExitCode;
}
