using System.Globalization;
using System.Text.Json;
using FastDqn.Core;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps.Engines;

/// <summary>What so many trainings at once came to.</summary>
/// <param name="AtOnce">How many.</param>
/// <param name="StepsPerSecond">Agent steps a second, of all together.</param>
public readonly record struct PackingLevel(int AtOnce, double StepsPerSecond);

/// <summary>
/// How many trainings a machine works on at once, as a short measurement found it. It is kept in the study folder, so
/// that a study that goes on does so as it began.
/// </summary>
/// <param name="Cores">The cores that could be used.</param>
/// <param name="Gpus">The GPUs that could.</param>
/// <param name="CoresEach">Cores of a run as the study has it; 0: not said.</param>
/// <param name="GpusEach">GPUs of a run as the study has it.</param>
/// <param name="Levels">What was measured.</param>
public sealed record Packing(
    int Cores, IReadOnlyList<string> Gpus, int CoresEach, double GpusEach, IReadOnlyList<PackingLevel> Levels)
{
    // Less gain than this is not worth another training's memory, and is hard to tell from nothing.
    private const double WorthIt = 1.05;

    // A card's share gets too small to be of use, and its memory too.
    private const int MostOnAGpu = 8;

    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>The fewest at once that come within a few percent of the best.</summary>
    public int Best => Levels.First(l => l.StepsPerSecond * WorthIt >= Levels.Max(m => m.StepsPerSecond)).AtOnce;

    /// <summary>What to measure, least first.</summary>
    /// <param name="options">The study's.</param>
    /// <param name="cores">How many there are.</param>
    /// <param name="gpus">Those to hand out.</param>
    public static IReadOnlyList<int> Steps(LocalOptions options, int cores, IReadOnlyList<Gpu> gpus)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(gpus);
        if (options.Gpus > 0)
        {
            // One on each GPU, then as many more on each as the study and the driver allow.
            var shared = options.Gpus.Equals(1) && !gpus.Any(g => g.IsExclusive);
            var most = Slot.MostByGpus(shared ? 1.0 / MostOnAGpu : options.Gpus, gpus);
            var each = options.Gpus > 1 ? most : gpus.Count;
            return [.. Doubling(each, most).Prepend(1).Distinct()];
        }

        // Trainings wait for themselves, so that a few more than cores may still be worth it.
        var whole = options.Cores > 0 ? Math.Max(cores / options.Cores, 1) : cores;
        return [.. Doubling(1, whole - 1), .. Doubling(whole, 2 * whole)];
    }

    /// <summary>Whether more is worth trying after these.</summary>
    public static bool GoesOn(IReadOnlyList<PackingLevel> levels) =>
        levels is not [.., var before, var last] || last.StepsPerSecond > before.StepsPerSecond * WorthIt;

    /// <summary>The study's options with a number in place of the question.</summary>
    /// <param name="options">The study's.</param>
    /// <param name="atOnce">How many runs.</param>
    /// <param name="gpus">How many GPUs there are.</param>
    public static LocalOptions With(LocalOptions options, int atOnce, int gpus)
    {
        ArgumentNullException.ThrowIfNull(options);
        var shared = options.Gpus is > 0 and <= 1 && atOnce > gpus;
        return options with
        {
            IsMeasured = false,
            Parallel = atOnce,
            Gpus = shared ? 1.0 / ((atOnce + gpus - 1) / gpus) : options.Gpus,
        };
    }

    /// <summary>For people: every figure, and what follows.</summary>
    public override string ToString() => string.Join("; ", Levels.Select(l => string.Create(
        CultureInfo.InvariantCulture,
        $"{l.AtOnce} at once {l.StepsPerSecond:0} agent steps/s (x {l.StepsPerSecond / Levels[0].StepsPerSecond:0.00})")))
        + string.Create(CultureInfo.InvariantCulture, $": {Best} at once");

    /// <summary>What was measured for this study on a machine like this one; null: nothing was.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: the file is damaged.</exception>
    public static Packing? Find(string studyFolder, LocalOptions options, int cores, IReadOnlyList<Gpu> gpus)
    {
        ArgumentNullException.ThrowIfNull(options);
        var file = FileOf(studyFolder);
        if (!File.Exists(file))
            return null;
        try
        {
            var found = JsonSerializer.Deserialize<Packing>(File.ReadAllText(file), Written);
            if (found is not { Levels.Count: > 0, Gpus: not null })
                throw new JsonException("no levels");
            var same = found.Cores == cores && found.Gpus.SequenceEqual(gpus.Select(g => g.Name))
                && found.CoresEach == options.Cores && found.GpusEach.Equals(options.Gpus);
            return same ? found : null;
        }
        catch (JsonException e)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{file} is damaged ({e.Message}): remove it, and it is measured again", e);
        }
    }

    public void Save(string studyFolder) => AtomicFile.Write(FileOf(studyFolder), JsonSerializer.Serialize(this, Written) + "\n");

    /// <summary>A machine's own: workers on several may share a study folder.</summary>
    public static string FileOf(string studyFolder) => Path.Combine(studyFolder, $"packing-{Environment.MachineName}.json");

    private static IEnumerable<int> Doubling(int from, int to)
    {
        for (var n = from; n <= to; n *= 2)
            yield return n;
    }
}
