using System.Reflection;
using FastDqn.Core;
using FastDqn.Learning;

namespace FastDqn.Training.Configuration;

/// <summary>
/// Goes between the options and <see cref="AlgorithmSpec"/>. Sections and fields have the same names on both sides, so the
/// copy is by name; a test checks that no field of the specification lacks its option.
/// </summary>
public static class Algorithms
{
    /// <summary>The specification that a configuration describes.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: parts that do not go together.</exception>
    public static AlgorithmSpec ToSpec(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var spec = new AlgorithmSpec
        {
            Name = config.Algorithm.Name,
            Body = Copy<BodySpec>(config.Body),
            Head = Copy<HeadSpec>(config.Head),
            Target = Copy<TargetSpec>(config.Target),
            Loss = Copy<LossSpec>(config.Loss),
            Optimizer = Copy<OptimizerSpec>(config.Optimizer),
            Exploration = Copy<ExplorationSpec>(config.Exploration) with { Evaluation = config.Eval.Epsilon },
            Replay = Copy<ReplaySpec>(config.Replay),
            Schedule = Copy<ScheduleSpec>(config.Schedule) with
            {
                Environments = config.Env.Count,
                Frames = config.Train.Steps * config.Env.FrameSkip,
            },
            Rollout = config.Replay.Kind == ReplayKind.None ? Copy<RolloutSpec>(config.Rollout) : null,
        };
        spec.Validate();
        return spec;
    }

    /// <summary>The option values that a specification stands for.</summary>
    public static IReadOnlyDictionary<string, object> ToValues(AlgorithmSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var section in typeof(AlgorithmSpec).GetProperties())
        {
            if (section.Name is nameof(AlgorithmSpec.Name) or nameof(AlgorithmSpec.Protocol) || section.GetValue(spec) is not { } part)
                continue;
            foreach (var field in section.PropertyType.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                var name = $"{ConfigSchema.SnakeCase(section.Name)}.{ConfigSchema.SnakeCase(field.Name)}";
                if (ConfigSchema.TryGet(name, out var key))
                    values[name] = Convert(field.GetValue(part), key.ValueType)!;
            }
        }

        var protocol = spec.Protocol;
        values["env.count"] = spec.Schedule.Environments;
        values["env.frame_skip"] = protocol.FrameSkip;
        values["env.stack"] = protocol.Stack;
        values["env.sticky"] = protocol.StickyActions;
        values["env.noop_max"] = protocol.NoOpMax;
        values["env.fire_reset"] = protocol.FireReset;
        values["env.full_actions"] = protocol.FullActionSet;
        values["env.max_frames"] = (long)protocol.MaxEpisodeFrames;
        values["env.pixels"] = protocol.Pixels;
        values["train.life_loss_terminal"] = protocol.TerminalOnLifeLoss;
        values["train.reward"] = protocol.ClipRewards ? "clip" : "raw";
        values["eval.epsilon"] = spec.Exploration.Evaluation;
        return values;
    }

    /// <summary>
    /// The values of the algorithm preset that <paramref name="set"/> chooses, and its name for the run.
    /// </summary>
    internal static Dictionary<string, object> PresetValues(IReadOnlyDictionary<string, object> set)
    {
        var name = set.TryGetValue("algorithm.name", out var chosen) ? (string)chosen : new AlgorithmOptions().Name;
        return new Dictionary<string, object>(ToValues(Learning.Presets.Get(name)), StringComparer.Ordinal) { ["run.name"] = name };
    }

    private static T Copy<T>(object options) where T : new()
    {
        var spec = new T();
        foreach (var target in typeof(T).GetProperties().Where(p => p.CanWrite))
        {
            var source = options.GetType().GetProperty(target.Name);
            if (source is not null)
                target.SetValue(spec, Convert(source.GetValue(options), target.PropertyType));
        }

        return spec;
    }

    private static object? Convert(object? value, Type type) => value switch
    {
        int[] list when type == typeof(IReadOnlyList<int>) => list,
        IReadOnlyList<int> list when type == typeof(int[]) => list.ToArray(),
        double[] flat when type == typeof(IReadOnlyList<(long, double)>) => Pairs(flat),
        IReadOnlyList<(long Step, double Epsilon)> points when type == typeof(double[]) =>
            points.SelectMany(p => new[] { (double)p.Step, p.Epsilon }).ToArray(),
        _ => value,
    };

    private static List<(long, double)> Pairs(double[] flat)
    {
        if (flat.Length % 2 != 0)
            throw new FastDqnException(ErrorKind.Usage, "exploration.points: needs pairs of agent step and epsilon");
        return [.. flat.Chunk(2).Select(pair => ((long)pair[0], pair[1]))];
    }
}
