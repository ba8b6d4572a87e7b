using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Training.Runs;

namespace FastDqn.Sweeps;

/// <summary>What changes a study while it is there.</summary>
public sealed partial class Study
{
    /// <summary>
    /// Changes the study's file while it goes on: wider ranges, another cap, more seeds. What was done is kept, and
    /// every trial says after how many edits it was made.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: what would make its trials incomparable.
    /// </exception>
    public void Edit(StudySpec edited)
    {
        Refresh();
        Refuse(edited.Metric != Spec.Metric || !edited.Objectives.SequenceEqual(Spec.Objectives), "another metric");
        Refuse(
            !edited.Command.SequenceEqual(Spec.Command) || WriteBase(WholePaths(edited.Base)) != Record.BaseText,
            "another base or command: trials before and after would be different trainings");
        Refuse(edited.Sampler.Kind != Spec.Sampler.Kind, "another method");
        Refuse(Spec.Sampler.Kind == SamplerKind.Pbt, "a population: its pieces belong together");
        Refuse(
            !edited.Space.Parameters.Select(p => p.Name).SequenceEqual(Spec.Space.Parameters.Select(p => p.Name)),
            "other parameters (ranges and choices may change)");
        Refuse(
            Spec.Sampler.Kind == SamplerKind.Grid && !Enumerable.SequenceEqual(Domains(edited.Space), Domains(Spec.Space)),
            "another grid: its points are numbered");
        Refuse(edited.EarlyTerminate != Spec.EarlyTerminate, "another early_terminate: its rungs would no longer fit");
        Refuse(Spec.Seeds.Except(edited.Seeds).Any(), "fewer seeds: those that ran stay");
        var cap = Spec.Sampler.Kind == SamplerKind.Grid ? Record.RunCap : edited.RunCap + Storage.CountGiven(Record.Id, waiting: true);
        if (!Storage.Edit(Record.Id, Record.Revision, edited.Text, cap, [.. edited.Seeds.Except(Spec.Seeds)]))
            throw new FastDqnException(ErrorKind.Failure, $"someone else edited study '{Record.Name}' just now: try again");
        Refresh();
        AtomicFile.Write(Path.Combine(Folder, "study.yaml"), Record.SpecText);

        void Refuse(bool wrong, string what)
        {
            if (wrong)
                throw new FastDqnException(
                    ErrorKind.Usage, $"study '{Record.Name}' cannot be edited to {what}; start a new study (warm_start)");
        }

        static IEnumerable<string> Domains(ParameterSpace space) =>
            space.Parameters.SelectMany(p => p.Domain.Count is null ? [] : p.Domain.Values.Select(v => $"{p.Name}={v}"));
    }

    /// <summary>
    /// Gives a point to be tried before what the sampler proposes, as one trial more; what it leaves open is drawn.
    /// </summary>
    /// <param name="settings">Values as <c>key=value</c>.</param>
    public Assignment Enqueue(IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        RequireCurrent();
        if (Spec.Sampler.Kind == SamplerKind.Pbt)
            throw new FastDqnException(ErrorKind.Usage, $"study '{Record.Name}' is a population: its members begin as they were drawn");
        var given = new Dictionary<string, ParameterValue>(StringComparer.Ordinal);
        foreach (var setting in settings)
        {
            var (name, text) = setting.Split('=', 2) is [var key, var value]
                ? (key.Trim(), value.Trim())
                : throw new FastDqnException(ErrorKind.Usage, $"'{setting}' is not key=value");
            var parameter = Spec.Space.Parameters.FirstOrDefault(p => p.Name == name)
                ?? throw new FastDqnException(
                    ErrorKind.Usage,
                    $"study '{Record.Name}' has no parameter '{name}'{NearestMatch.Hint(name, Spec.Space.Parameters.Select(p => p.Name))}");
            var parsed = ParameterValue.Parse(text);
            if (!parameter.Domain.Contains(parsed))
                throw new FastDqnException(
                    ErrorKind.Usage, $"{name} = {text} is not among the study's values; fastdqn sweep edit {Record.Name} FILE widens them");
            if (!given.TryAdd(name, parsed))
                throw new FastDqnException(ErrorKind.Usage, $"{name} is given twice");
        }

        foreach (var parameter in Spec.Space.Parameters.Where(p => given.ContainsKey(p.Name)))
            if (parameter.Conditions.FirstOrDefault(c => !given.TryGetValue(c.Parameter, out var v) || !c.Values.Contains(v)) is { } unmet)
                throw new FastDqnException(
                    ErrorKind.Usage,
                    $"{parameter.Name} is there only when {unmet.Parameter} is {string.Join(" or ", unmet.Values)}: give that as well");
        var named = Spec.Space.Parameters.Where(p => given.ContainsKey(p.Name));
        var assignment = new Assignment(named.Select(p => KeyValuePair.Create(p.Name, given[p.Name])));
        Storage.Enqueue(Record.Id, assignment);
        Refresh();
        return assignment;
    }

    /// <summary>Removes the study with its folder.</summary>
    /// <param name="silence">After which a worker counts as dead.</param>
    public void Remove(TimeSpan silence)
    {
        if (!Storage.Remove(Record.Id, silence))
            throw new FastDqnException(
                ErrorKind.Failure, $"study '{Record.Name}' is being worked on: fastdqn sweep stop {Record.Name} first");
        // In a folder of its own alone lies the database of one study.
        Storage.Dispose();
        if (File.Exists(Path.Combine(Folder, "study.yaml")) && File.Exists(RunPlan.BaseFile(Folder)))
            Directory.Delete(Folder, recursive: true);
    }
}
