using System.Globalization;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training;
using FastDqn.Training.Configuration;

namespace FastDqn.Sweeps.Engines;

/// <summary>How many of a study's trainings fit into memory at once, the host's and the cards'.</summary>
public static class MemoryFit
{
    private const int MostChoices = 32;

    // Whatever else is searched takes no memory worth counting.
    private static readonly string[] Sections =
        ["algorithm.", "body.", "env.", "head.", "optimizer.kind", "replay.", "rollout.", "target."];

    /// <summary>
    /// The most that one of a study's trainings takes; null: its trials are other programs, or it cannot be told (a
    /// training with such options says what is wrong itself).
    /// </summary>
    /// <param name="spec">The study.</param>
    /// <param name="open">Opens a training's environments.</param>
    public static TrainingFootprint? Largest(StudySpec spec, Func<TrainConfig, IVectorEnvironment>? open = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Command.Count > 0)
            return null;
        open ??= config => EnvironmentBinding.ForTraining(config, cores: 1);
        var environments = new Dictionary<EnvironmentOptions, IVectorEnvironment>();
        try
        {
            return Largest(spec, environments, open);
        }
        finally
        {
            foreach (var one in environments.Values)
                one.Dispose();
        }
    }

    private static TrainingFootprint? Largest(
        StudySpec spec, Dictionary<EnvironmentOptions, IVectorEnvironment> environments, Func<TrainConfig, IVectorEnvironment> open)
    {
        // One parameter after the other at the value that takes the most, the others as they are.
        var chosen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in spec.Space.Parameters)
            chosen[parameter.Name] = Candidates(parameter.Domain)[0].Text;
        var largest = Of(chosen);
        foreach (var parameter in spec.Space.Parameters.Where(p => Sections.Any(s => p.Name.StartsWith(s, StringComparison.Ordinal))))
        {
            foreach (var value in Candidates(parameter.Domain).Skip(1))
            {
                var before = chosen[parameter.Name];
                chosen[parameter.Name] = value.Text;
                if (Of(chosen) is { } other && (largest is null || other.Own + other.Card > largest.Own + largest.Card))
                    largest = other;
                else
                    chosen[parameter.Name] = before;
            }
        }

        return largest;

        TrainingFootprint? Of(Dictionary<string, string> values)
        {
            try
            {
                var layers = new ConfigLayers().AddEntries(spec.Base, "base").AddEnvironment(Environment.GetEnvironmentVariables());
                foreach (var (name, value) in values)
                    layers.AddSetting($"{name}={value}");
                // Runs that are given no GPU see none.
                if (spec.Local.Gpus <= 0)
                    layers.AddSetting("run.device=cpu");
                var config = layers.Resolve(refuse: false);
                if (!environments.TryGetValue(config.Env, out var opened))
                    environments.Add(config.Env, opened = open(config));
                return TrainingFootprint.Of(config, opened);
            }
            catch (FastDqnException)
            {
                return null;
            }
        }
    }

    /// <summary>How many fit into the host's memory.</summary>
    /// <param name="each">What one takes.</param>
    /// <param name="inProcess">Trainings in one process.</param>
    /// <param name="free">Bytes that are free.</param>
    public static int OnHost(TrainingFootprint each, int inProcess, long free)
    {
        ArgumentNullException.ThrowIfNull(each);
        var group = (each.Own * inProcess) + each.Process;
        var whole = free / group;
        var rest = Math.Max(0, (free % group) - each.Process) / Math.Max(each.Own, 1);
        return (int)Math.Min(int.MaxValue, (whole * inProcess) + Math.Min(rest, inProcess - 1));
    }

    /// <summary>Checks that so many trainings fit, or takes as many as do.</summary>
    /// <param name="slots">The machine's shares.</param>
    /// <param name="each">What one training takes.</param>
    /// <param name="inProcess">Trainings in one process.</param>
    /// <param name="free">Bytes of the host's memory that are free.</param>
    /// <param name="gpus">The GPUs that were handed out.</param>
    /// <param name="wanted">The user named the number: nothing else will do.</param>
    /// <param name="say">Told when there are fewer.</param>
    /// <returns>The slots to use.</returns>
    /// <exception cref="FastDqnException">Usage: too little memory, with both figures.</exception>
    public static IReadOnlyList<Slot> Fit(
        IReadOnlyList<Slot> slots, TrainingFootprint each, int inProcess, long free, IReadOnlyList<Gpu> gpus, bool wanted,
        Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(each);
        ArgumentNullException.ThrowIfNull(say);
        var count = slots.Count;
        if (OnHost(each, inProcess, free) is var fits && fits < count)
        {
            Refuse(fits, each.Own + (each.Process / inProcess), free, "memory", "free");
            slots = [.. slots.Take(fits)];
        }

        if (each.Card == 0)
            return slots;
        foreach (var gpu in gpus.Where(g => g.FreeBytes is not null))
        {
            var sharing = slots.Where(s => s.Gpus.Contains(gpu.Name)).ToList();
            var most = (int)Math.Min(int.MaxValue, gpu.FreeBytes!.Value / each.Card);
            if (sharing.Count <= most)
                continue;
            count = sharing.Count;
            Refuse(most, each.Card, gpu.FreeBytes.Value, "the card's memory", $"free on {gpu.Name}");
            slots = [.. slots.Except(sharing.Skip(most))];
        }

        return slots.Count > 0 ? slots : throw new FastDqnException(ErrorKind.Usage, "no GPU here has memory for one training");

        void Refuse(int most, long one, long left, string where, string leftWhere)
        {
            var figures = string.Create(
                CultureInfo.InvariantCulture,
                $"{count} training(s) at once take {SystemMemory.Format(one * count)} of {where} ({SystemMemory.Format(one)} each) "
                + $"and {SystemMemory.Format(left)} is {leftWhere}");
            if (wanted || (most == 0 && where == "memory"))
                throw new FastDqnException(
                    ErrorKind.Usage,
                    most > 0 ? $"{figures}: use --parallel {most}, or lower replay.capacity" : $"{figures}: lower replay.capacity");
            say($"{figures}: {most} at once");
        }
    }

    private static IReadOnlyList<ParameterValue> Candidates(Domain domain) => domain switch
    {
        _ when domain.Count is <= MostChoices => [.. domain.Values],
        NumberDomain number => [number.ToValue(number.Max), number.ToValue(number.Min)],
        _ => [.. domain.Values.Take(MostChoices)],
    };
}
