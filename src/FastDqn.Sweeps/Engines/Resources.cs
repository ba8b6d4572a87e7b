using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Engines;

/// <summary>
/// The share of this machine that one run gets: cores of its own, GPUs (or parts of them), and thread counts that fit,
/// so that runs side by side do not fight.
/// </summary>
public sealed record Slot(int Index, IReadOnlyList<int> Cores, IReadOnlyList<string> Gpus)
{
    private const string BlasThreads = "OPENBLAS_NUM_THREADS";

    /// <summary>
    /// Environment variables of a training in this slot: without OpenBLAS's threads, which trainings set themselves
    /// (their bits would depend on the number).
    /// </summary>
    public IReadOnlyDictionary<string, string> TrainingEnvironment =>
        Environment.Where(v => v.Key != BlasThreads).ToDictionary(v => v.Key, v => v.Value, StringComparer.Ordinal);

    /// <summary>Environment variables of a program of the user's in this slot.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var threads = Math.Max(Cores.Count, 1).ToString(CultureInfo.InvariantCulture);
            return new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["CUDA_VISIBLE_DEVICES"] = string.Join(",", Gpus),
                ["OMP_NUM_THREADS"] = threads,
                [BlasThreads] = threads,
                ["MKL_NUM_THREADS"] = threads,
            };
        }
    }

    /// <summary>Divides this machine into slots as the options say.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Unavailable"/>: more GPUs asked for than there
    /// are.</exception>
    public static IReadOnlyList<Slot> Divide(LocalOptions options, IReadOnlyList<int> cores, IReadOnlyList<string> gpus)
    {
        var byGpu = int.MaxValue;
        if (options.Gpus > 0)
        {
            byGpu = options.Gpus <= 1
                ? gpus.Count * (int)Math.Floor((1 / options.Gpus) + 1e-9)
                : gpus.Count / (int)Math.Ceiling(options.Gpus);
            if (byGpu == 0)
                throw new FastDqnException(
                    ErrorKind.Unavailable,
                    $"local.gpus asks for {options.Gpus.ToString(CultureInfo.InvariantCulture)} GPU(s) a run; "
                    + $"this machine has {gpus.Count} (CUDA_VISIBLE_DEVICES, nvidia-smi -L)");
        }

        var byCore = options.Cores > 0 ? Math.Max(cores.Count / options.Cores, 1) : cores.Count;
        var count = options.Parallel > 0 ? options.Parallel : Math.Min(byCore, byGpu);
        if (options.Gpus > 0 && count > byGpu)
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"local: {count} runs at once with {options.Gpus.ToString(CultureInfo.InvariantCulture)} GPU(s) each need more "
                + $"than the {gpus.Count} GPU(s) here");
        var each = options.Cores > 0 ? Math.Min(options.Cores, cores.Count) : Math.Max(cores.Count / count, 1);
        return [.. Enumerable.Range(0, count).Select(i => new Slot(
            i,
            [.. Enumerable.Range(0, each).Select(c => cores[((i * each) + c) % cores.Count])],
            GpusOf(i, options.Gpus, gpus)))];
    }

    /// <summary>The cores that this process may use (its affinity, as containers and taskset set it).</summary>
    public static IReadOnlyList<int> AvailableCores()
    {
        try
        {
            var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
            var cores = line.Split(':')[1].Trim().Split(',').SelectMany(part =>
            {
                var ends = part.Split('-').Select(e => int.Parse(e, CultureInfo.InvariantCulture)).ToArray();
                return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
            }).ToList();
            // A quota of CPU time (a container's) can be smaller than the set of cores.
            return [.. cores.Take(Math.Max(System.Environment.ProcessorCount, 1))];
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or FormatException)
        {
            return [.. Enumerable.Range(0, System.Environment.ProcessorCount)];
        }
    }

    /// <summary>The GPUs to hand out: those of CUDA_VISIBLE_DEVICES, else those that nvidia-smi lists.</summary>
    public static IReadOnlyList<string> AvailableGpus()
    {
        if (System.Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } visible)
            return visible
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(g => g != "-1")
                .ToList();
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("nvidia-smi", ["-L"]) { RedirectStandardOutput = true, RedirectStandardError = true });
            var count = process!.StandardOutput.ReadToEnd().Split('\n').Count(l => l.StartsWith("GPU ", StringComparison.Ordinal));
            process.WaitForExit();
            return [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return [];
        }
    }

    private static List<string> GpusOf(int slot, double each, IReadOnlyList<string> gpus)
    {
        if (each <= 0)
            return [];
        if (each <= 1)
            return [gpus[slot % gpus.Count]];
        var count = (int)Math.Ceiling(each);
        return [.. Enumerable.Range(slot * count, count).Select(g => gpus[g])];
    }
}
