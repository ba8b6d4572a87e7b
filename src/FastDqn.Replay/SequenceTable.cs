using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// The sequences that a <see cref="ReplayRing"/> holds: the states that were stored at their beginnings, and their
/// priorities. Sequence k of each lane begins at step k times the period; all lanes gain and lose theirs together.
/// </summary>
internal sealed unsafe class SequenceTable : IDisposable
{
    private readonly NativeRegion _memory;
    private readonly float* _states; // (lanes, places, state)
    private readonly int _lanes;
    private readonly int _size;
    private readonly int _period;
    private readonly int _steps;
    private readonly long _places;
    private readonly float[] _full;
    private readonly long[] _leaves;
    private long _newest = -1; // the newest time

    /// <param name="options">The ring's.</param>
    /// <param name="slots">Times that a lane holds.</param>
    public SequenceTable(ReplayRingOptions options, long slots)
    {
        var sequence = options.Sequence!;
        (_lanes, _size, _period) = (options.Lanes, sequence.StateSize, sequence.Period);
        _steps = sequence.Shape(options.NStep).Steps;
        _places = Places(sequence, slots);
        using var made = new Unfinished();
        _memory = made.Add(new NativeRegion(_lanes * _places * _size * sizeof(float)));
        _states = (float*)_memory.Pointer;
        Tree = options.Priority is null ? null : made.Add(new SumTree(_lanes * _places));
        (_full, _leaves) = (new float[_lanes], new long[_lanes]);
        made.Keep();
    }

    /// <summary>Priorities, a leaf a lane and place; null for uniform draws.</summary>
    public SumTree? Tree { get; }

    /// <summary>The oldest sequence that can be drawn.</summary>
    public long First { get; private set; }

    /// <summary>Sequences of a lane that can be drawn.</summary>
    public long Count => Math.Max(0, Complete - First);

    // The first sequence that is not complete yet.
    private long Complete => _newest + 1 < _steps ? 0 : ((_newest + 1 - _steps) / _period) + 1;

    /// <summary>Bytes of states and priorities.</summary>
    public static Int128 BytesFor(ReplayRingOptions options, Int128 slots)
    {
        if (options.Sequence is not { } sequence)
            return 0;
        var places = (Int128)options.Lanes * Places(sequence, slots);
        return (places * sequence.StateSize * sizeof(float)) + (options.Priority is null ? 0 : SumTree.BytesFor(places));
    }

    public long Leaf(int lane, long sequence) => (lane * _places) + (sequence % _places);

    /// <summary>The lane and sequence of a leaf that is held.</summary>
    public (int Lane, long Sequence) At(long leaf)
    {
        var (lane, place) = Math.DivRem(leaf, _places);
        var newest = Complete - 1;
        var age = (newest % _places) - place;
        return ((int)lane, newest - (age < 0 ? age + _places : age));
    }

    /// <summary>Keeps (lanes, state) where a sequence begins at <paramref name="time"/>.</summary>
    public void Store(long time, ReadOnlySpan<float> states)
    {
        if (time < 0 || time % _period != 0)
            return;
        for (var lane = 0; lane < _lanes; lane++)
            states.Slice(lane * _size, _size).CopyTo(StateOf(lane, time / _period));
    }

    /// <summary>Copies a stored state to row <paramref name="row"/>.</summary>
    public void Copy(int lane, long sequence, Span<float> states, int row) =>
        StateOf(lane, sequence).CopyTo(states.Slice(row * _size, _size));

    /// <param name="newest">Up to here frames are there.</param>
    /// <param name="first">From here on there is all that a sequence needs.</param>
    /// <param name="highest">Priority of new sequences.</param>
    public void Advance(long newest, long first, float highest)
    {
        var (complete, gone) = (Complete, First);
        _newest = newest;
        First = (first + _period - 1) / _period;
        if (Tree is null)
            return;
        for (; gone < First; gone++)
            Prioritise(gone, 0);
        for (complete = Math.Max(complete, First); complete < Complete; complete++)
            Prioritise(complete, highest);
    }

    public void Save(StateWriter writer, long oldest)
    {
        writer.Section("replay-sequences", 1);
        writer.WriteInt32(_period);
        writer.WriteInt32(_steps);
        writer.WriteInt32(_size);
        for (var lane = 0; lane < _lanes; lane++)
        {
            for (var sequence = FirstHeld(oldest); sequence <= LastHeld; sequence++)
            {
                writer.WriteSpan<float>(StateOf(lane, sequence));
                if (Tree is not null)
                    writer.WriteSingle(Tree[Leaf(lane, sequence)]);
            }
        }
    }

    public void Load(StateReader reader, long newest, long oldest, long first)
    {
        reader.Section("replay-sequences", 1);
        var (period, steps, size) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        if (period != _period || steps != _steps || size != _size)
        {
            throw new FastDqnException(
                ErrorKind.BadData,
                $"bad state: the saved replay has sequences of {steps} steps, one every {period}, with states of {size} numbers; "
                + $"this one {_steps}, {_period} and {_size}");
        }

        Tree?.Clear();
        (_newest, First) = (newest, (first + _period - 1) / _period);
        for (var lane = 0; lane < _lanes; lane++)
        {
            for (var sequence = FirstHeld(oldest); sequence <= LastHeld; sequence++)
            {
                reader.ReadSpan(StateOf(lane, sequence));
                if (Tree is not null)
                    Tree.LeavesToLoad(Leaf(lane, sequence), 1)[0] = Priority(reader.ReadSingle(), sequence);
            }
        }

        Tree?.Rebuild();
    }

    public void Dispose()
    {
        Tree?.Dispose();
        _memory.Dispose();
    }

    // One more than can begin within the slots, and one for the state that is stored before its sequence is complete.
    private static long Places(SequenceOptions sequence, Int128 slots) => (long)(slots / sequence.Period) + 2;

    private long LastHeld => _newest < 0 ? -1 : _newest / _period;

    private long FirstHeld(long oldest) => (oldest + _period - 1) / _period;

    private Span<float> StateOf(int lane, long sequence) => new(_states + (Leaf(lane, sequence) * _size), _size);

    private float Priority(float value, long sequence)
    {
        // Only what can be drawn has one.
        if (!(value >= 0 && float.IsFinite(value)) || (value > 0 && (sequence < First || sequence >= Complete)))
            throw new FastDqnException(ErrorKind.BadData, $"bad state: sequence {sequence} with a priority of {value}");
        return value;
    }

    private void Prioritise(long sequence, float value)
    {
        for (var lane = 0; lane < _lanes; lane++)
            (_leaves[lane], _full[lane]) = (Leaf(lane, sequence), value);
        Tree!.Set(_leaves, _full);
    }
}
