using FastDqn.Core;

namespace FastDqn.Learning;

/// <summary>
/// What a recurrent policy carries from step to step, for each environment that it acts in: the LSTM's state and what
/// the network sees besides the observation, the last action and its reward. An episode begins with zeros.
/// </summary>
public sealed class RecurrentState : IStateful
{
    /// <summary>In the place of an action where there was none.</summary>
    public const long NoAction = -1;

    private readonly float[] _values;
    private readonly long[] _actions;
    private readonly float[] _rewards;

    internal RecurrentState(int count, int size)
    {
        (Count, Size) = (count, size);
        _values = new float[count * size];
        _actions = new long[count];
        _rewards = new float[count];
        Clear();
    }

    /// <summary>Environments.</summary>
    public int Count { get; }

    /// <summary>Numbers of an environment's state: output and cell state of the LSTM.</summary>
    public int Size { get; }

    /// <summary>(environments, <see cref="Size"/>) before the newest observations until the network has seen
    /// them.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The last actions; <see cref="NoAction"/> at an episode's start.</summary>
    public ReadOnlySpan<long> Actions => _actions;

    /// <summary>The last rewards, as the learner sees rewards.</summary>
    public ReadOnlySpan<float> Rewards => _rewards;

    /// <summary>The values, for the network to move on.</summary>
    internal Span<float> Next => _values;

    /// <summary>All environments begin an episode.</summary>
    public void Clear()
    {
        Array.Clear(_values);
        Array.Fill(_actions, NoAction);
        Array.Clear(_rewards);
    }

    /// <summary>The environments took a step.</summary>
    /// <param name="actions">Taken.</param>
    /// <param name="rewards">As the learner sees them.</param>
    /// <param name="episodeStart">Not 0 where an episode begins.</param>
    public void Observe(ReadOnlySpan<int> actions, ReadOnlySpan<float> rewards, ReadOnlySpan<byte> episodeStart)
    {
        for (var i = 0; i < Count; i++)
        {
            var starts = episodeStart[i] != 0;
            (_actions[i], _rewards[i]) = starts ? (NoAction, 0f) : (actions[i], rewards[i]);
            if (starts)
                _values.AsSpan(i * Size, Size).Clear();
        }
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("recurrent-state", 1);
        writer.WriteSpan<float>(_values);
        writer.WriteSpan<long>(_actions);
        writer.WriteSpan<float>(_rewards);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("recurrent-state", 1);
        reader.ReadSpan(_values.AsSpan());
        reader.ReadSpan(_actions.AsSpan());
        reader.ReadSpan(_rewards.AsSpan());
        if (_actions.Any(action => action is < NoAction or > ushort.MaxValue) || !_values.All(float.IsFinite))
            throw new FastDqnException(ErrorKind.BadData, "bad state: a recurrent network's state that cannot be");
    }
}
