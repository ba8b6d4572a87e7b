using FastDqn.Core;

namespace FastDqn.Environments.Tests.Own;

/// <summary>A corridor of five cells: the goal is at its right end; ten steps at most.</summary>
internal class Corridor : IEnvironment
{
    protected int Place { get; set; }

    protected int Steps { get; set; }

    public virtual ObservationSpec Observation { get; } = new(ObservationType.Float32, [2]);

    public virtual IReadOnlyList<string> ActionNames { get; } = ["left", "right"];

    public virtual void Reset(ulong seed, ObservationSpan observation)
    {
        (Place, Steps) = (new RandomStream(seed).NextInt32(4), 0);
        Show(observation);
    }

    public virtual StepOutcome Step(int action, ObservationSpan observation)
    {
        Place = Math.Max(0, Place + (action == 0 ? -1 : 1));
        Steps++;
        Show(observation);
        return Place >= 4 ? new StepOutcome(1, Terminated: true) : new StepOutcome(0, Truncated: Steps >= 10);
    }

    protected virtual void Show(ObservationSpan observation) =>
        (observation.Floats[0], observation.Floats[1]) = (Place, Steps);
}

/// <summary>The same, which saves itself.</summary>
internal sealed class StatefulCorridor : Corridor, IStateful
{
    public void Save(StateWriter writer)
    {
        writer.WriteInt32(Place);
        writer.WriteInt32(Steps);
    }

    public void Load(StateReader reader) => (Place, Steps) = (reader.ReadInt32(), reader.ReadInt32());
}
