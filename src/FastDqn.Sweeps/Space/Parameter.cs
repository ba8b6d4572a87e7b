namespace FastDqn.Sweeps.Space;

/// <summary>
/// A parameter of a study. It is active when every condition holds: the named parameter is itself active and has one
/// of the listed values. An inactive parameter is left out of the trial.
/// </summary>
public sealed record Parameter(string Name, Domain Domain, IReadOnlyList<Condition> Conditions)
{
    public Parameter(string name, Domain domain)
        : this(name, domain, []) { }
}

/// <summary>One requirement of a conditional parameter.</summary>
public sealed record Condition(string Parameter, IReadOnlyList<ParameterValue> Values);
