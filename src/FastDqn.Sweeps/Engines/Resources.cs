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
    public static IReadOnlyList<Slot> Divide(LocalOptions options, IReadOnlyList<int> cores, IReadOnlyList<Gpu> gpus)
    {
        var byGpu = MostByGpus(options.Gpus, gpus);
        var byCore = options.Cores > 0 ? Math.Max(cores.Count / options.Cores, 1) : cores.Count;
        var count = options.Parallel > 0 ? options.Parallel : Math.Min(byCore, byGpu);
        if (count > byGpu)
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"local: {count} runs at once with {Number(options.Gpus)} GPU(s) each need more than the {gpus.Count} GPU(s) here");
        var each = options.Cores > 0 ? Math.Min(options.Cores, cores.Count) : Math.Max(cores.Count / count, 1);
        return [.. Enumerable.Range(0, count).Select(i => new Slot(
            i,
            [.. Enumerable.Range(0, each).Select(c => cores[((i * each) + c) % cores.Count])],
            GpusOf(i, options.Gpus, gpus)))];
    }

    /// <summary>How many runs the GPUs can hold at once.</summary>
    /// <param name="each">GPUs of a run; a part of one: several share it.</param>
    /// <param name="gpus">Those to hand out.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Unavailable"/>: not even one.</exception>
    public static int MostByGpus(double each, IReadOnlyList<Gpu> gpus)
    {
        if (each <= 0)
            return int.MaxValue;
        if (each > 1 && gpus.Any(g => g.IsSlice))
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"local.gpus asks for {Number(each)} GPUs a run, and here are slices of cards (MIG), of which a process sees one: "
                + "use 1 or less");
        if (each < 1 && gpus.Any(g => g.IsExclusive))
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"local.gpus: {Number(each)} lets processes share a GPU, and here one takes one only (compute mode Exclusive_Process): "
                + "use 1, start the multi-process service (nvidia-cuda-mps-control -d), or nvidia-smi -c DEFAULT");
        var most = each <= 1 ? gpus.Count * (int)Math.Floor((1 / each) + 1e-9) : gpus.Count / (int)Math.Ceiling(each);
        return most > 0 ? most : throw new FastDqnException(
            ErrorKind.Unavailable,
            $"local.gpus asks for {Number(each)} GPU(s) a run; this machine has {gpus.Count} (CUDA_VISIBLE_DEVICES, nvidia-smi -L)");
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

    private static List<string> GpusOf(int slot, double each, IReadOnlyList<Gpu> gpus)
    {
        if (each <= 0)
            return [];
        if (each <= 1)
            return [gpus[slot % gpus.Count].Name];
        var count = (int)Math.Ceiling(each);
        return [.. Enumerable.Range(slot * count, count).Select(g => gpus[g].Name)];
    }

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
