using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Training.Acting;

/// <summary>
/// Agents that keep a chosen action for several steps, each of which is a transition of its own. An episode's end ends
/// that, too: the next one begins with a choice.
/// </summary>
/// <param name="actions">Of the environments; those that are held stay as they are.</param>
/// <param name="choices">Actions that an environment has.</param>
/// <param name="repeat">Steps for which an action is kept.</param>
public sealed class ActionHold(int[] actions, int choices, int repeat) : IStateful
{
    private readonly byte[] _left = new byte[actions.Length];

    /// <summary>Not 0 where an environment keeps its action for the next step.</summary>
    public ReadOnlySpan<byte> Held => _left;

    /// <summary>The environments took a step with the actions.</summary>
    public void Stepped(StepResult step)
    {
        ArgumentNullException.ThrowIfNull(step);
        for (var i = 0; i < _left.Length; i++)
        {
            var over = (step.EpisodeStart[i] | step.Terminated[i] | step.Truncated[i]) != 0;
            _left[i] = over ? (byte)0 : (byte)((_left[i] > 0 ? _left[i] : repeat) - 1);
        }
    }

    /// <summary>All begin with a choice.</summary>
    public void Release() => Array.Clear(_left);

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("action-hold", 1);
        writer.WriteSpan<int>(actions);
        writer.WriteSpan<byte>(_left);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("action-hold", 1);
        reader.ReadSpan(actions.AsSpan());
        reader.ReadSpan(_left.AsSpan());
        if (_left.Any(left => left >= repeat) || actions.Any(action => (uint)action >= (uint)choices))
        {
            throw new FastDqnException(
                ErrorKind.BadData, $"bad state: an action that is none of {choices}, or is kept for more than {repeat} steps");
        }
    }
}
