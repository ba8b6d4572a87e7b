using System.Diagnostics;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using FastDqn.Core;
using Perfolizer.Horology;

namespace FastDqn.Bench;

/// <summary>Two ways to measure: BenchmarkDotNet for figures and allocations, rounds in turn for ratios.</summary>
internal static class Measure
{
    /// <summary>Runs a BenchmarkDotNet class in this process, quietly; returns its report.</summary>
    public static Summary Benchmarks<T>()
    {
        var artifacts = Path.Combine(Path.GetTempPath(), $"fastdqn-bench-artifacts-{Environment.ProcessId}");
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default
                .WithToolchain(InProcessNoEmitToolchain.Instance)
                // Many short iterations: on a machine that does other things, too, most of them run undisturbed.
                .WithWarmupCount(5)
                .WithIterationCount(41)
                .WithIterationTime(TimeInterval.FromMilliseconds(5)))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableOptimizationsValidator)
            .WithArtifactsPath(artifacts);
        var summary = BenchmarkRunner.Run<T>(config);
        if (Directory.Exists(artifacts))
            Directory.Delete(artifacts, recursive: true);
        if (summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success))
            throw new FastDqnException(
                $"a benchmark of {typeof(T).Name} failed: {string.Join("; ", summary.ValidationErrors.Select(e => e.Message))}");
        return summary;
    }

    /// <summary>
    /// Nanoseconds of an operation in the fastest iteration: what else the machine does only ever adds to it.
    /// </summary>
    public static double Fastest(this BenchmarkReport report) => report.ResultStatistics!.Min;

    /// <summary>Managed bytes allocated an operation, by the memory diagnoser.</summary>
    public static double Allocated(this BenchmarkReport report) =>
        report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? double.NaN;

    /// <summary>
    /// Median seconds of each action, taken in turn, so that what else the machine does meets all alike.
    /// </summary>
    public static double[] InTurn(int rounds, params Action[] actions)
    {
        var times = actions.Select(_ => new double[rounds]).ToArray();
        foreach (var action in actions)
            action();
        for (var round = 0; round < rounds; round++)
            for (var i = 0; i < actions.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                actions[i]();
                times[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }

        foreach (var samples in times)
            Array.Sort(samples);
        return [.. times.Select(samples => samples[rounds / 2])];
    }

    /// <summary>Seconds of the fastest of some runs of an action.</summary>
    public static double Fastest(int rounds, Action action)
    {
        var fastest = double.PositiveInfinity;
        for (var round = 0; round <= rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return fastest;
    }
}
