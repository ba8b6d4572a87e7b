using FastDqn.Core;
using FastDqn.Learning.Specs;

namespace FastDqn.Learning.Exploration;

/// <summary>
/// Chooses actions while training. Two halves, so that the network need not run when every environment explores:
/// <see cref="Begin"/> draws the random actions, <see cref="Complete"/> fills in the greedy ones. Each environment has
/// its own generator: its draws do not depend on the others.
/// </summary>
public sealed class Explorer : IStateful
{
    /// <summary>Stands in the actions where the network must choose.</summary>
    public const int Undecided = -1;

    private readonly ExplorationSpec _spec;
    private readonly ExplorationSchedule _schedule;
    private readonly int _actions;
    private readonly RandomStream[] _random;

    /// <param name="spec">How to explore.</param>
    /// <param name="environments">Environments stepped together.</param>
    /// <param name="actions">Actions an environment has.</param>
    /// <param name="seed">Seed of every environment's generator.</param>
    /// <param name="totalSteps">Agent steps of the whole run.</param>
    /// <param name="totalEpisodes">Its episodes where they are its length; 0: steps are.</param>
    public Explorer(ExplorationSpec spec, int environments, int actions, ulong seed, long totalSteps, long totalEpisodes = 0)
    {
        (_spec, _actions) = (spec, actions);
        _schedule = new ExplorationSchedule(spec, environments, totalSteps, totalEpisodes);
        _random = [.. Enumerable.Range(0, environments).Select(i => new RandomStream(seed, "exploration", i))];
    }

    /// <summary>Takes the place of the schedule; null: the schedule holds.</summary>
    public double? Fixed { get; set; }

    /// <summary>Epsilon of an environment now.</summary>
    public double Epsilon(long step, int environment = 0, long episodes = 0) => Fixed ?? _schedule.Epsilon(step, environment, episodes);

    /// <summary>
    /// Draws the random actions of an agent step and marks the others <see cref="Undecided"/>. The result is how many
    /// are undecided; at 0 the network need not run.
    /// </summary>
    /// <param name="step">Agent steps taken.</param>
    /// <param name="actions">Takes them.</param>
    /// <param name="episodes">Episodes finished.</param>
    /// <param name="held">Environments, where not 0, that keep the action that stands there; empty: none.</param>
    public int Begin(long step, Span<int> actions, long episodes = 0, ReadOnlySpan<byte> held = default)
    {
        var undecided = 0;
        for (var i = 0; i < _random.Length; i++)
        {
            if (!held.IsEmpty && held[i] != 0)
                continue;
            actions[i] = Undecided;
            var epsilon = Epsilon(step, i, episodes);
            if (epsilon > 0 && _random[i].NextDouble() < epsilon)
                actions[i] = _random[i].NextInt32(_actions);
            else
                undecided++;
        }

        return undecided;
    }

    /// <summary>Draws an action uniformly (warm-up) for every environment that does not keep its own.</summary>
    public void Uniform(Span<int> actions, ReadOnlySpan<byte> held = default)
    {
        for (var i = 0; i < _random.Length; i++)
        {
            if (held.IsEmpty || held[i] == 0)
                actions[i] = _random[i].NextInt32(_actions);
        }
    }

    /// <summary>
    /// Decides what <see cref="Begin"/> left open, from Q-values (environments x actions): the best action, or a
    /// softmax draw.
    /// </summary>
    public void Complete(ReadOnlySpan<float> q, Span<int> actions)
    {
        for (var i = 0; i < _random.Length; i++)
        {
            if (actions[i] != Undecided)
                continue;
            var row = q.Slice(i * _actions, _actions);
            actions[i] = _spec.Kind == ExplorationKind.Softmax ? Draw(row, _random[i]) : Greedy(row);
        }
    }

    /// <summary>As <see cref="Complete"/>, from greedy actions that are known already.</summary>
    public void CompleteGreedy(ReadOnlySpan<int> greedy, Span<int> actions)
    {
        for (var i = 0; i < _random.Length; i++)
        {
            if (actions[i] == Undecided)
                actions[i] = greedy[i];
        }
    }

    /// <summary>Draws differently from here on, and differently for each <paramref name="branch"/>.</summary>
    public void Branch(int branch)
    {
        foreach (var random in _random)
            random.Branch(branch);
    }

    public void Save(StateWriter writer)
    {
        writer.Section("explorer", Fixed is null ? 1 : 2);
        writer.WriteInt32(_random.Length);
        foreach (var random in _random)
            random.Save(writer);
        if (Fixed is { } epsilon)
            writer.WriteDouble(epsilon);
    }

    public void Load(StateReader reader)
    {
        var version = reader.Section("explorer", 2);
        var count = reader.ReadInt32();
        if (count != _random.Length)
            throw new FastDqnException(ErrorKind.BadData, $"bad state: exploration of {count} environments where {_random.Length} run");
        foreach (var random in _random)
            random.Load(reader);
        Fixed = version < 2 ? null : reader.ReadDouble();
        if (Fixed is { } epsilon and not (>= 0 and <= 1))
            throw new FastDqnException(ErrorKind.BadData, FormattableString.Invariant($"bad state: an epsilon of {epsilon}"));
    }

    private static int Greedy(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var a = 1; a < row.Length; a++)
        {
            if (row[a] > row[best])
                best = a;
        }

        return best;
    }

    private int Draw(ReadOnlySpan<float> row, RandomStream random)
    {
        double highest = row[Greedy(row)];
        var total = 0.0;
        foreach (var value in row)
            total += Math.Exp((value - highest) / _spec.Temperature);
        var left = random.NextDouble() * total;
        for (var a = 0; a < row.Length; a++)
        {
            left -= Math.Exp((row[a] - highest) / _spec.Temperature);
            if (left < 0)
                return a;
        }

        return Greedy(row);
    }
}
