namespace FastDqn.Environments;

/// <summary>An environment that needs no ROM: its name for <c>--env</c>, a line on it, and how it is made.</summary>
/// <param name="Name">As given to <c>--env</c>.</param>
/// <param name="Description">A line on it.</param>
/// <param name="Create">Makes so many of them, stepped together.</param>
public sealed record NamedEnvironment(string Name, string Description, Func<int, IVectorEnvironment> Create)
{
    private readonly Lazy<ObservationSpec> _observation = new(() =>
    {
        using var environment = Create(1);
        return environment.Observation;
    });

    /// <summary>What is seen of it.</summary>
    public ObservationSpec Observation => _observation.Value;

    /// <summary>The user's class that it is made of; null where it is FastDqn's own or made by a function.</summary>
    public Type? Implementation { get; init; }
}
