using FastDqn.Core;
using FastDqn.Training.Configuration;

namespace FastDqn.Sweeps.Space;

/// <summary>
/// The parameters of a study with their conditions. Parameters that share the same conditions form a group: within
/// an active group all are active, so samplers can treat a group as one joint space (a tree-structured space,
/// Bergstra et al. 2011).
/// </summary>
public sealed class ParameterSpace
{
    public ParameterSpace(IReadOnlyList<Parameter> parameters)
    {
        if (parameters.Count == 0)
            throw new FastDqnException(ErrorKind.Usage, "the parameter space is empty: give at least one parameter");
        var byName = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var parameter in parameters)
            if (!byName.TryAdd(parameter.Name, parameter))
                throw new FastDqnException(ErrorKind.Usage, $"parameter '{parameter.Name}' is given twice");
        Parameters = parameters;
        Groups = BuildGroups(parameters, byName);
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The groups, parents before children.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>How many distinct assignments there are; null when a parameter is continuous.</summary>
    public long? Size
    {
        get
        {
            if (Parameters.Any(p => p.Domain.Count is null))
                return null;
            return CountFrom(0, new Dictionary<string, ParameterValue>(StringComparer.Ordinal));
        }
    }

    /// <summary>Whether a group's conditions hold under the values chosen so far.</summary>
    public static bool IsActive(ParameterGroup group, IReadOnlyDictionary<string, ParameterValue> chosen) =>
        group.Conditions.All(c => chosen.TryGetValue(c.Parameter, out var value) && c.Values.Contains(value));

    /// <summary>Draws every active parameter from its own distribution.</summary>
    public Assignment Sample(RandomStream random) =>
        Build((group, _) => group.Parameters.Select(p => p.Domain.Sample(random)));

    /// <summary>
    /// Walks the groups, parents first, and asks <paramref name="choose"/> for the values of each active one (in the
    /// order of its parameters).
    /// </summary>
    public Assignment Build(Func<ParameterGroup, IReadOnlyDictionary<string, ParameterValue>, IEnumerable<ParameterValue>> choose)
    {
        var chosen = new Dictionary<string, ParameterValue>(StringComparer.Ordinal);
        foreach (var group in Groups)
        {
            if (!IsActive(group, chosen))
                continue;
            foreach (var (parameter, value) in group.Parameters.Zip(choose(group, chosen).ToList()))
                chosen[parameter.Name] = value;
        }

        return InOrder(chosen);
    }

    /// <summary>
    /// The assignment at <paramref name="index"/> of the full enumeration; the last parameter varies fastest.
    /// </summary>
    public Assignment At(long index)
    {
        var chosen = new Dictionary<string, ParameterValue>(StringComparer.Ordinal);
        var flat = Groups.SelectMany(g => g.Parameters.Select(p => (Group: g, Parameter: p))).ToList();
        for (var i = 0; i < flat.Count; i++)
        {
            if (!IsActive(flat[i].Group, chosen))
                continue;
            foreach (var value in flat[i].Parameter.Domain.Values)
            {
                chosen[flat[i].Parameter.Name] = value;
                var below = CountFrom(i + 1, chosen);
                if (index < below)
                    break;
                index -= below;
            }
        }

        return InOrder(chosen);
    }

    private static List<ParameterGroup> BuildGroups(IReadOnlyList<Parameter> parameters, Dictionary<string, Parameter> byName)
    {
        foreach (var parameter in parameters)
            foreach (var condition in parameter.Conditions)
            {
                if (!byName.TryGetValue(condition.Parameter, out var parent))
                    throw new FastDqnException(
                        ErrorKind.Usage,
                        $"parameter '{parameter.Name}' depends on '{condition.Parameter}', which is not a parameter"
                        + NearestMatch.Hint(condition.Parameter, byName.Keys));
                foreach (var value in condition.Values)
                    if (!parent.Domain.Contains(value))
                        throw new FastDqnException(
                            ErrorKind.Usage,
                            $"parameter '{parameter.Name}' depends on {condition.Parameter} = {value}, "
                            + $"which '{condition.Parameter}' never takes");
            }

        var groups = new List<ParameterGroup>();
        var placed = new HashSet<string>(StringComparer.Ordinal);
        var rest = parameters.ToList();
        while (rest.Count > 0)
        {
            var ready = rest.Where(p => p.Conditions.All(c => placed.Contains(c.Parameter))).ToList();
            if (ready.Count == 0)
                throw new FastDqnException(
                    ErrorKind.Usage, $"parameters depend on each other in a circle: {string.Join(", ", rest.Select(p => p.Name))}");
            foreach (var sameConditions in ready.GroupBy(ConditionKey, StringComparer.Ordinal))
                groups.Add(new ParameterGroup([.. sameConditions], sameConditions.First().Conditions));
            placed.UnionWith(ready.Select(p => p.Name));
            rest.RemoveAll(p => placed.Contains(p.Name));
        }

        return groups;
    }

    private static string ConditionKey(Parameter parameter) => string.Join(";", parameter.Conditions
        .OrderBy(c => c.Parameter, StringComparer.Ordinal)
        .Select(c => $"{c.Parameter}={string.Join("|", c.Values.Select(v => v.Json).Order(StringComparer.Ordinal))}"));

    // Assignments that extend `chosen` over the flattened parameters from `from` on. Conditions only look back,
    // so plain recursion is right; parameters that no condition names are multiplied instead of walked.
    private long CountFrom(int from, Dictionary<string, ParameterValue> chosen)
    {
        var flat = Groups.SelectMany(g => g.Parameters.Select(p => (Group: g, Parameter: p))).ToList();
        var parents = Parameters.SelectMany(p => p.Conditions).Select(c => c.Parameter).ToHashSet(StringComparer.Ordinal);
        return Count(from, new Dictionary<string, ParameterValue>(chosen, StringComparer.Ordinal));

        long Count(int i, Dictionary<string, ParameterValue> values)
        {
            if (i == flat.Count)
                return 1;
            var (group, parameter) = flat[i];
            if (!IsActive(group, values))
                return Count(i + 1, values);
            if (!parents.Contains(parameter.Name))
                return checked(parameter.Domain.Count!.Value * Count(i + 1, values));
            long total = 0;
            foreach (var value in parameter.Domain.Values)
            {
                values[parameter.Name] = value;
                total = checked(total + Count(i + 1, values));
            }

            values.Remove(parameter.Name);
            return total;
        }
    }

    private Assignment InOrder(Dictionary<string, ParameterValue> chosen) =>
        new(Parameters.Where(p => chosen.ContainsKey(p.Name)).Select(p => KeyValuePair.Create(p.Name, chosen[p.Name])));
}

/// <summary>Parameters that are active under the same conditions.</summary>
public sealed record ParameterGroup(IReadOnlyList<Parameter> Parameters, IReadOnlyList<Condition> Conditions);
