using FastDqn.Core;

namespace FastDqn.Environments;

/// <summary>Which environments to make; the fields mean what the training options <c>env.*</c> mean.</summary>
public sealed record EnvironmentOptions
{
    /// <summary>A built-in environment's name.</summary>
    public string Name { get; init; } = BundledGame.Name;

    /// <summary>Environments stepped together.</summary>
    public int Count { get; init; } = 1;
}

/// <summary>Makes environments by name.</summary>
public static class EnvironmentFactory
{
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: no environment has this name.</exception>
    public static IVectorEnvironment Create(EnvironmentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Count < 1)
            throw new FastDqnException(ErrorKind.Usage, $"env.count is {options.Count}; at least 1 environment is needed");
        return BuiltInEnvironments.Find(options.Name)?.Create(options.Count)
            ?? throw new FastDqnException(
                ErrorKind.Usage,
                $"unknown environment '{options.Name}'; built in: {string.Join(", ", BuiltInEnvironments.All.Select(e => e.Name))}");
    }
}
