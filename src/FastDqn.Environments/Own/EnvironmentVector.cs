using FastDqn.Core;

namespace FastDqn.Environments;

/// <summary>
/// Many environments that are written for one, stepped together. One that is not <see cref="IStateful"/> is saved as
/// its episode's seed and actions, and restored by playing them again.
/// </summary>
internal class EnvironmentVector : IVectorEnvironment
{
    private readonly IEnvironment[] _environments;
    private readonly RandomStream[] _seeds;
    private readonly ulong[] _episodes;
    private readonly byte[] _over;
    private readonly List<int>[] _actions;
    private readonly byte[][] _last;

    protected EnvironmentVector(string name, IEnvironment first, int count, Func<IEnvironment> create)
    {
        (Name, Count, Observation) = (name, count, first.Observation);
        ActionNames = [.. first.ActionNames];
        StepsPerSecond = first.StepsPerSecond;
        _environments = new IEnvironment[count];
        _environments[0] = first;
        for (var i = 1; i < count; i++)
            _environments[i] = create();
        _seeds = new RandomStream[count];
        _episodes = new ulong[count];
        _over = new byte[count];
        // What is needed to play an episode again; a stateful environment needs nothing of it.
        var repeated = first is not IStateful;
        _actions = [.. Enumerable.Range(0, repeated ? count : 0).Select(_ => new List<int>())];
        _last = [.. Enumerable.Range(0, repeated ? count : 0).Select(_ => new byte[Observation.FrameBytes])];
    }

    public string Name { get; }

    public int Count { get; }

    public ObservationSpec Observation { get; }

    public IReadOnlyList<string> ActionNames { get; }

    public double FramesPerStep => 1;

    public double StepsPerSecond { get; }

    /// <summary>Whether its state is kept as the episode's actions.</summary>
    public bool Repeats => _actions.Length > 0;

    protected IReadOnlyList<IEnvironment> Environments => _environments;

    /// <summary>Vectors <paramref name="count"/> environments that <paramref name="create"/> makes.</summary>
    public static EnvironmentVector Create(string name, int count, Func<IEnvironment> create)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        try
        {
            var first = create();
            if (first.ActionNames.Count == 0)
                throw new FastDqnException(ErrorKind.Failure, $"environment {name}: ActionNames is empty");
            if (first.Observation.Shape.Count == 0 || first.Observation.Shape.Any(side => side < 1))
                throw new FastDqnException(
                    ErrorKind.Failure, $"environment {name}: observations of shape [{string.Join(", ", first.Observation.Shape)}]");
            return first is IRenderable ? new Drawn(name, first, count, create) : new EnvironmentVector(name, first, count, create);
        }
        catch (Exception e) when (e is not FastDqnException)
        {
            throw Failed(name, e);
        }
    }

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        for (var i = 0; i < Count; i++)
        {
            _seeds[i] = new RandomStream(seed, "own environment", i);
            Begin(i, frames[i], result);
        }
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        for (var i = 0; i < Count; i++)
        {
            if (_over[i] != 0)
                Begin(i, frames[i], result);
            else
                Move(i, actions[i], frames[i], result);
        }
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section("own environments", 1);
        writer.WriteString(Name);
        writer.WriteInt32(Count);
        writer.WriteBool(Repeats);
        for (var i = 0; i < Count; i++)
        {
            _seeds[i].Save(writer);
            writer.WriteUInt64(_episodes[i]);
            writer.WriteBool(_over[i] != 0);
            if (Repeats)
            {
                writer.WriteSpan<int>(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_actions[i]));
                writer.WriteSpan<byte>(_last[i]);
            }
            else
            {
                ((IStateful)_environments[i]).Save(writer);
            }
        }
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section("own environments", 1);
        var (name, count, repeats) = (reader.ReadString(), reader.ReadInt32(), reader.ReadBool());
        if (name != Name || count != Count)
            throw new FastDqnException(ErrorKind.BadData, $"bad state: {count} x {name} stored where {Count} x {Name} belong");
        if (repeats != Repeats)
        {
            throw new FastDqnException(
                ErrorKind.BadData, $"environment {Name}: it was {(repeats ? "not " : "")}IStateful when its state was saved, and now it is"
                + $"{(repeats ? "" : " not")}: the run goes on with the class that it began with");
        }

        for (var i = 0; i < Count; i++)
        {
            _seeds[i] = new RandomStream(0);
            _seeds[i].Load(reader);
            _episodes[i] = reader.ReadUInt64();
            _over[i] = reader.ReadBool() ? (byte)1 : (byte)0;
            if (Repeats)
                Repeat(i, reader);
            else
                ((IStateful)_environments[i]).Load(reader);
        }
    }

    public void Dispose()
    {
        foreach (var environment in _environments)
            (environment as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the user's code threw, in one line.</summary>
    internal static FastDqnException Failed(string name, Exception e) =>
        new(ErrorKind.Failure, $"environment {name} failed: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}", e);

    private void Begin(int index, nint frame, StepResult result)
    {
        _episodes[index] = _seeds[index].NextUInt64();
        _over[index] = 0;
        Start(index, new ObservationSpan(frame, Observation));
        Remember(index, frame);
        Report(index, result, default, start: true);
    }

    private void Move(int index, int action, nint frame, StepResult result)
    {
        if ((uint)action >= (uint)ActionNames.Count)
            throw new FastDqnException(ErrorKind.Usage, $"action {action} of {Name} is none of 0..{ActionNames.Count - 1}");
        var outcome = Take(index, action, new ObservationSpan(frame, Observation));
        if (!float.IsFinite(outcome.Reward))
            throw new FastDqnException(ErrorKind.Failure, $"environment {Name} gave the reward {outcome.Reward}");
        // An end by the rules is one, whatever limit was reached at the same time.
        outcome = outcome with { Truncated = outcome.Truncated && !outcome.Terminated };
        _over[index] = outcome.Terminated || outcome.Truncated ? (byte)1 : (byte)0;
        if (Repeats)
            _actions[index].Add(action);
        Remember(index, frame);
        Report(index, result, outcome, start: false);
    }

    private void Start(int index, ObservationSpan observation)
    {
        if (Repeats)
            _actions[index].Clear();
        try
        {
            _environments[index].Reset(_episodes[index], observation);
        }
        catch (Exception e) when (e is not FastDqnException)
        {
            throw Failed(Name, e);
        }
    }

    private StepOutcome Take(int index, int action, ObservationSpan observation)
    {
        try
        {
            return _environments[index].Step(action, observation);
        }
        catch (Exception e) when (e is not FastDqnException)
        {
            throw Failed(Name, e);
        }
    }

    private unsafe void Remember(int index, nint frame)
    {
        if (Repeats)
            new ReadOnlySpan<byte>((void*)frame, Observation.FrameBytes).CopyTo(_last[index]);
    }

    private void Repeat(int index, StateReader reader)
    {
        var actions = reader.ReadArray<int>(int.MaxValue);
        reader.ReadSpan(_last[index].AsSpan());
        if (actions.Any(action => (uint)action >= (uint)ActionNames.Count))
            throw new FastDqnException(ErrorKind.BadData, $"bad state: {Name} has {ActionNames.Count} actions, another one is stored");
        var again = new byte[Observation.FrameBytes];
        var observation = new ObservationSpan(again, Observation.Type);
        Start(index, observation);
        foreach (var action in actions)
            _ = Take(index, action, observation);
        _actions[index].AddRange(actions);
        if (!again.AsSpan().SequenceEqual(_last[index]))
        {
            throw new FastDqnException(
                ErrorKind.BadData, $"environment {Name}: its episode, played again with the same seed and {actions.Length} actions, ended "
                + "elsewhere: an environment that is not IStateful must repeat itself (EnvironmentContract.Check says where it does not)");
        }
    }

    private static void Report(int index, StepResult result, StepOutcome outcome, bool start)
    {
        result.Rewards[index] = outcome.Reward;
        result.Terminated[index] = outcome.Terminated ? (byte)1 : (byte)0;
        result.Truncated[index] = outcome.Truncated ? (byte)1 : (byte)0;
        result.LifeLost[index] = 0;
        result.EpisodeStart[index] = start ? (byte)1 : (byte)0;
        result.Lives[index] = 0;
        result.Frames[index] = start ? 0 : 1;
    }

    /// <summary>Of environments that draw themselves.</summary>
    private sealed class Drawn(string name, IEnvironment first, int count, Func<IEnvironment> create)
        : EnvironmentVector(name, first, count, create), IRenderable
    {
        public (int Width, int Height) RenderSize(int index) => Picture(index).RenderSize(0);

        public void RenderRgb(int index, Span<byte> rgb) => Picture(index).RenderRgb(0, rgb);

        private IRenderable Picture(int index) => (IRenderable)Environments[index];
    }
}
