namespace FastDqn.Environments;

/// <summary>An environment that needs no ROM: its name for <c>--env</c>, a line on it, and how it is made.</summary>
public sealed record BuiltInEnvironment(string Name, string Description, Func<int, IVectorEnvironment> Create);

/// <summary>The environments of the tutorials that are not Atari games.</summary>
public static class BuiltInEnvironments
{
    public static IReadOnlyList<BuiltInEnvironment> All { get; } =
    [
        new("cartpole", "CartPole-v1: balance a pole, 500 steps at most, solved at 475; 4 floats", CartPoleEnvironment.V1),
        new("cartpole-v0", "CartPole-v0: the same, 200 steps at most, solved at 195", CartPoleEnvironment.V0),
    ];

    /// <summary>The environment called <paramref name="name"/>, or null.</summary>
    public static BuiltInEnvironment? Find(string name) =>
        All.FirstOrDefault(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));
}
