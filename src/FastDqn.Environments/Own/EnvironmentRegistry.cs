using FastDqn.Core;
using FastDqn.Environments.Atari;

namespace FastDqn.Environments;

/// <summary>
/// Environments of one's own, by name. Nothing is shared: each training is given the ones it may use.
/// </summary>
public sealed class EnvironmentRegistry
{
    private readonly List<NamedEnvironment> _all = [];

    /// <summary>In the order in which they were added.</summary>
    public IReadOnlyList<NamedEnvironment> All => _all;

    /// <summary>The environment called <paramref name="name"/>, or null.</summary>
    public NamedEnvironment? Find(string name) => _all.Find(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds an environment that is written for one; FastDqn steps many of them.</summary>
    /// <param name="name">Lower-case letters, digits, '-', '_' and '.'.</param>
    /// <param name="create">Makes one, which shares nothing with the others.</param>
    /// <param name="description">A line on it.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: the name is none, or taken.</exception>
    public EnvironmentRegistry Add(string name, Func<IEnvironment> create, string description = "")
    {
        ArgumentNullException.ThrowIfNull(create);
        return Add(name, count => EnvironmentVector.Create(name, count, create), description);
    }

    /// <summary>Adds an environment that steps many by itself.</summary>
    /// <param name="name">Lower-case letters, digits, '-', '_' and '.'.</param>
    /// <param name="create">Makes so many, stepped together.</param>
    /// <param name="description">A line on it.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: the name is none, or taken.</exception>
    public EnvironmentRegistry AddVector(string name, Func<int, IVectorEnvironment> create, string description = "")
    {
        ArgumentNullException.ThrowIfNull(create);
        return Add(name, create, description);
    }

    /// <summary>
    /// Adds a class that is <see cref="IEnvironment"/>, with a constructor without parameters, or
    /// <see cref="IVectorEnvironment"/>, with one that takes a count.
    /// </summary>
    internal void Add(string name, Type type, string description)
    {
        var single = typeof(IEnvironment).IsAssignableFrom(type);
        if (!single && !typeof(IVectorEnvironment).IsAssignableFrom(type))
            throw Wrong($"{type} is no {nameof(IEnvironment)} and no {nameof(IVectorEnvironment)}");
        if (type.GetConstructor(single ? [] : [typeof(int)]) is not { } constructor)
            throw Wrong($"{type} has no public constructor {(single ? "without parameters" : "that takes the count alone (int)")}");
        Add(
            name,
            single
                ? count => EnvironmentVector.Create(name, count, () => (IEnvironment)Make([]))
                : count => (IVectorEnvironment)Make([count]),
            description, type);

        object Make(object[] arguments)
        {
            try
            {
                return constructor.Invoke(System.Reflection.BindingFlags.DoNotWrapExceptions, null, arguments, null);
            }
            catch (Exception e) when (e is not FastDqnException)
            {
                throw EnvironmentVector.Failed(name, e);
            }
        }
    }

    private EnvironmentRegistry Add(string name, Func<int, IVectorEnvironment> create, string description, Type? type = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.'))
            throw Wrong($"'{name}' is no name for an environment: use lower-case letters, digits, '-', '_' and '.'");
        if (BuiltInEnvironments.Find(name) is not null || AtariGames.Find(name) is not null)
            throw Wrong($"an environment of FastDqn's is called '{name}': choose another name");
        if (Find(name) is not null)
            throw Wrong($"two environments are called '{name}'");
        _all.Add(new NamedEnvironment(name, description, create) { Implementation = type });
        return this;
    }

    private static FastDqnException Wrong(string what) => new(ErrorKind.Usage, what);
}
