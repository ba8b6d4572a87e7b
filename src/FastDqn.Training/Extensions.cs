using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training;

/// <summary>
/// What code of the user's own adds to FastDqn, by name: environments, heads, target rules, losses. A configuration
/// carries it (<see cref="TrainConfig.Own"/>); it is never loaded because a run folder or a checkpoint says so.
/// </summary>
public sealed class Extensions
{
    private readonly HashSet<string> _named = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For <c>env.name</c>.</summary>
    public EnvironmentRegistry Environments { get; } = new();

    /// <summary>For <c>head.rule</c>.</summary>
    public RuleRegistry<IHeadRule> Heads { get; } = new("head.rule");

    /// <summary>For <c>target.rule</c>.</summary>
    public RuleRegistry<ITargetRule> TargetRules { get; } = new("target.rule");

    /// <summary>For <c>loss.rule</c>.</summary>
    public RuleRegistry<ILossRule> Losses { get; } = new("loss.rule");

    private IRuleRegistry[] Rules => [Heads, TargetRules, Losses];

    /// <summary>
    /// Adds what an assembly names with <see cref="FastDqnEnvironmentAttribute"/> and
    /// <see cref="FastDqnRuleAttribute"/>.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: it names nothing, or wrongly.</exception>
    public Extensions AddAssembly(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var found = 0;
        foreach (var type in TypesOf(assembly))
        {
            if (type.GetCustomAttribute<FastDqnEnvironmentAttribute>() is { } environment)
            {
                Environments.Add(environment.Name, type, environment.Description);
                found++;
            }

            if (type.GetCustomAttribute<FastDqnRuleAttribute>() is not { } rule)
                continue;
            // A class may be more than one of them.
            if (Rules.Where(registry => registry.TryAdd(rule.Name, type)).ToList().Count == 0)
            {
                throw new FastDqnException(
                    ErrorKind.Usage, $"{type} is no {nameof(IHeadRule)}, no {nameof(ITargetRule)} and no {nameof(ILossRule)}");
            }

            found++;
        }

        return found > 0
            ? this
            : throw new FastDqnException(
                ErrorKind.Usage, $"{assembly.Location}: no public class has [FastDqnEnvironment(\"name\")] or [FastDqnRule(\"name\")]");
    }

    /// <summary>Loads assemblies of the user's, whose own dependencies lie beside them.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: one is missing, or none.</exception>
    public static Extensions Load(params IEnumerable<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var own = new Extensions();
        foreach (var file in files)
        {
            var path = Path.GetFullPath(file);
            if (!File.Exists(path))
                throw new FastDqnException(ErrorKind.BadData, $"--assembly {file}: no such file");
            try
            {
                own.AddAssembly(new OwnContext(path).LoadFromAssemblyPath(path));
            }
            catch (BadImageFormatException e)
            {
                throw new FastDqnException(ErrorKind.BadData, $"--assembly {file}: is no assembly of .NET", e);
            }
            catch (Exception e) when (e is FileLoadException or FileNotFoundException)
            {
                throw new FastDqnException(ErrorKind.Usage, $"--assembly {file}: {e.Message.ReplaceLineEndings(" ")}", e);
            }
        }

        return own;
    }

    /// <summary>
    /// Refuses a run that was made with code of the user's own which <paramref name="own"/> lacks; warns where it is
    /// another build.
    /// </summary>
    internal static void Require(string run, RunInfo info, Extensions own, Action<string> warn)
    {
        foreach (var part in info.Own)
        {
            var (option, name, type) = (part.Option, part.Name, part.Type);
            if (own.Find(option, name) is not { } found)
            {
                var file = part.Assembly.Length > 0 ? Path.GetFileName(part.Assembly) : "FILE";
                throw new FastDqnException(
                    ErrorKind.Usage, $"{run}: {option} {name} is the user's own code ({type}), which no run keeps: give --assembly {file}");
            }

            if (found.Implementation is { } mine && part.Build.Length > 0 && part.Build != BuildOf(mine))
                warn($"{option} {name} ({mine}) was built anew since the run began: it goes on as it was only if the class did not change");
        }
    }

    /// <summary>What a run's configuration is read with where nobody gives the code: the names alone.</summary>
    internal static Extensions NamedBy(RunInfo info)
    {
        var own = new Extensions();
        own._named.UnionWith(info.Own.Where(part => part.Option == "env.name").Select(part => part.Name));
        return own;
    }

    /// <summary>Whether an environment is the user's own, and only its name is here.</summary>
    internal bool OnlyNames(string environment) => _named.Contains(environment);

    /// <summary>What of the user's own code a configuration uses, for <c>run.json</c>; null: nothing.</summary>
    internal static KeyValuePair<string, JsonNode?>? Note(TrainConfig config)
    {
        var parts = Used(config).Select(part => (JsonNode)new JsonObject
        {
            ["option"] = part.Option,
            ["name"] = part.Name,
            ["type"] = part.Implementation?.FullName,
            ["assembly"] = part.Implementation?.Assembly.Location,
            ["build"] = part.Implementation is { } type ? BuildOf(type) : null,
        }).ToArray();
        return parts.Length == 0 ? null : KeyValuePair.Create<string, JsonNode?>(RunInfo.OwnKey, new JsonArray(parts));
    }

    /// <summary>The same in lines.</summary>
    internal static IEnumerable<string> Sentences(TrainConfig config) => Used(config).Select(part =>
        $"{part.Option} {part.Name} is your own code"
        + (part.Implementation is { } type ? $": {type.FullName} of {type.Assembly.Location}" : ""));

    /// <summary>What of the user's own code a configuration uses.</summary>
    internal static IEnumerable<(string Option, string Name, Type? Implementation)> Used(TrainConfig config)
    {
        (string, string)[] named =
        [
            ("env.name", config.Env.Name), ("head.rule", config.Head.Rule), ("target.rule", config.Target.Rule),
            ("loss.rule", config.Loss.Rule),
        ];
        foreach (var (option, name) in named)
        {
            if (config.Own?.Find(option, name) is { } part)
                yield return (option, name, part.Implementation);
        }
    }

    private (string Name, Type? Implementation)? Find(string option, string name) => option == "env.name"
        ? Environments.Find(name) is { } environment ? (environment.Name, environment.Implementation) : null
        : Rules.FirstOrDefault(registry => registry.Option == option)?.Find(name) is { } rule ? (name, rule) : null;

    private static string BuildOf(Type type) => type.Assembly.ManifestModule.ModuleVersionId.ToString();

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetExportedTypes();
        }
        catch (Exception e) when (e is TypeLoadException or FileNotFoundException or FileLoadException)
        {
            throw new FastDqnException(
                ErrorKind.Usage, $"{assembly.Location} does not fit this FastDqn: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>FastDqn and what it uses are the program's own; all else is looked for beside the assembly.</summary>
    private sealed class OwnContext(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (FileNotFoundException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : 0;
    }
}

/// <summary>Classes of one kind, by name.</summary>
internal interface IRuleRegistry
{
    /// <summary>What names them.</summary>
    string Option { get; }

    Type? Find(string name);

    /// <summary>Adds a class; false: it is of another kind.</summary>
    bool TryAdd(string name, Type type);
}

/// <summary>Rules of one's own, by name.</summary>
/// <typeparam name="T">What they are.</typeparam>
public sealed class RuleRegistry<T> : IRuleRegistry where T : class
{
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);
    private readonly string _option;

    internal RuleRegistry(string option) => _option = option;

    /// <summary>Adds a class.</summary>
    /// <param name="name">As the option names it.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: the name is taken.</exception>
    public RuleRegistry<T> Add<TRule>(string name) where TRule : T, new()
    {
        Add(name, typeof(TRule));
        return this;
    }

    string IRuleRegistry.Option => _option;

    Type? IRuleRegistry.Find(string name) => _types.GetValueOrDefault(name);

    bool IRuleRegistry.TryAdd(string name, Type type)
    {
        if (!typeof(T).IsAssignableFrom(type))
            return false;
        if (type.GetConstructor([]) is null)
            throw new FastDqnException(ErrorKind.Usage, $"{type} has no public constructor without parameters");
        Add(name, type);
        return true;
    }

    /// <summary>The rule that an option names; null: none.</summary>
    /// <param name="name">The option's value.</param>
    /// <param name="options">The rule's options: <c>name=value</c>, separated by commas.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: no such rule, or an option that it has
    /// not.</exception>
    internal T? Create(string name, string options)
    {
        if (name.Length == 0)
            return null;
        if (!_types.TryGetValue(name, out var type))
        {
            var known = _types.Count == 0 ? "none was given" : $"there are {string.Join(", ", _types.Keys)}";
            throw new FastDqnException(
                ErrorKind.Usage,
                $"{_option} '{name}' is unknown{NearestMatch.Hint(name, _types.Keys)}: it is a class of your own ({known}; "
                + "--assembly FILE gives it)");
        }

        var rule = (T)Activator.CreateInstance(type)!;
        var keys = OptionRecord.Properties(type)
            .Select(p => (Property: p, Option: p.GetCustomAttribute<OptionAttribute>(), Name: OptionRecord.NameOf(p.Name)))
            .Where(p => p.Option is not null)
            .ToDictionary(
                p => p.Name, p => new ConfigKey($"{_option}_options.{p.Name}", [p.Property], p.Option!, p.Property.GetValue(rule)),
                StringComparer.Ordinal);
        foreach (var setting in options.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var pair = setting.Split('=', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2)
                throw new FastDqnException(ErrorKind.Usage, $"{_option}_options: '{setting}' is no name=value");
            if (!keys.TryGetValue(pair[0], out var key))
            {
                var has = keys.Count == 0 ? "no options" : string.Join(", ", keys.Keys);
                throw new FastDqnException(
                    ErrorKind.Usage,
                    $"{_option}_options: {name} has no option '{pair[0]}'{NearestMatch.Hint(pair[0], keys.Keys)}; it has {has}");
            }

            key.Path[0].SetValue(rule, key.Parse(pair[1]));
        }

        return rule;
    }

    private void Add(string name, Type type)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains(',', StringComparison.Ordinal))
            throw new FastDqnException(ErrorKind.Usage, $"'{name}' is no name for a {_option}");
        if (!_types.TryAdd(name, type))
            throw new FastDqnException(ErrorKind.Usage, $"two classes are called {_option} '{name}'");
    }
}
