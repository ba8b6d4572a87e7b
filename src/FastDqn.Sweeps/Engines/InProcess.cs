using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Configuration;

namespace FastDqn.Sweeps.Engines;

/// <summary>How many of a study's trainings go into one process.</summary>
public static class InProcess
{
    /// <summary>
    /// Up to this many agent steps the second or two that starting a program costs counts; longer trainings gain little
    /// and keep the safety of a process each (docs/sweeps.md has the figures).
    /// </summary>
    public const long MostSteps = 100_000;

    /// <summary>Reads <c>--in-process</c>: <c>auto</c> is 0, <c>off</c> 1.</summary>
    public static int Parse(string text) => text switch
    {
        "auto" => 0,
        "off" => 1,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 4096
            ? count
            : throw new FastDqnException(
                ErrorKind.Usage, $"--in-process is '{text}': use auto, off or how many trainings share a process (1 to 4096)"),
    };

    /// <summary>
    /// The number for a study on these slots; <paramref name="wanted"/> as <see cref="LocalOptions.InProcess"/> has it.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: the study's trials are programs of the
    /// user's.</exception>
    public static int Decide(StudySpec spec, IReadOnlyList<Slot> slots, int wanted)
    {
        if (wanted > 1 && spec.Command.Count > 0)
            throw new FastDqnException(
                ErrorKind.Usage, "in_process is for trainings of FastDqn's own; a study with 'command' starts a process a run: use off");
        if (wanted > 0)
            return wanted;
        if (spec.Command.Count > 0 || slots.Any(s => s.Cores.Count > 1 || s.Gpus.Count > 0))
            return 1;
        // `bench sweeps`: sharing pays where starting up is much of the work. A convolutional network's updates dwarf
        // it at once.
        var config = new ConfigLayers().AddEntries(spec.Base, "base").AddEnvironment(Environment.GetEnvironmentVariables()).Resolve();
        return Algorithms.ToSpec(config).Body.IsFlat && Steps(spec, config) <= MostSteps ? slots.Count : 1;
    }

    /// <summary>Agent steps of the study's longest training.</summary>
    private static long Steps(StudySpec spec, TrainConfig config) =>
        spec.Space.Parameters.FirstOrDefault(p => p.Name == "train.steps")?.Domain switch
        {
            NumberDomain number => (long)number.Max,
            ChoiceDomain choice => (long)choice.Choices.Max(c => c.Number),
            // How long episodes are is not known.
            _ => config.Train.ByEpisodes ? long.MaxValue : config.Train.Steps,
        };
}
