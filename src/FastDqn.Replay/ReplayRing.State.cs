using FastDqn.Core;

namespace FastDqn.Replay;

public sealed unsafe partial class ReplayRing
{
    // No ring lives to see more; what adds to it cannot overflow.
    private const long MostSteps = 1L << 48;

    /// <summary>The time of the oldest frame that a checkpoint needs.</summary>
    internal long OldestTime => Oldest;

    internal long NewestTime => _newest;

    /// <summary>Everything but the frames, which a <see cref="FrameLog"/> keeps.</summary>
    public IStateful Records => new RecordPart(this);

    /// <summary>Everything, frames included and uncompressed.</summary>
    public void Save(StateWriter writer)
    {
        SaveRecords(writer);
        for (var lane = 0; lane < Options.Lanes; lane++)
            for (var time = Oldest; time <= _newest;)
            {
                var frames = FramesAt(lane, time, _newest);
                writer.WriteRaw(frames);
                time += frames.Length / Options.FrameBytes;
            }
    }

    public void Load(StateReader reader)
    {
        LoadRecords(reader);
        for (var lane = 0; lane < Options.Lanes; lane++)
            for (var time = Oldest; time <= _newest;)
            {
                var frames = FramesAt(lane, time, _newest);
                reader.ReadRaw(frames);
                time += frames.Length / Options.FrameBytes;
            }
    }

    /// <summary>Everything but the frames.</summary>
    internal void SaveRecords(StateWriter writer)
    {
        writer.Section("replay-ring", 1);
        writer.WriteInt64(_slots);
        writer.WriteInt32(Options.Lanes);
        writer.WriteInt32(Options.FrameBytes);
        writer.WriteInt32(Options.StackDepth);
        writer.WriteInt32(Options.NStep);
        writer.WriteInt32(Options.PrefetchSlack);
        writer.WriteBool(_tree is not null);
        writer.WriteInt64(_newest);
        writer.WriteSingle(_highest);
        _random.Save(writer);
        writer.WriteSpan<long>(_resolved);
        for (var lane = 0; lane < Options.Lanes; lane++)
        {
            for (var time = Oldest; time <= _newest;)
            {
                var count = Contiguous(time, _newest, int.MaxValue / sizeof(float));
                var place = Place(lane, time);
                writer.WriteSpan<float>(new(_rewards + place, count));
                writer.WriteSpan<ushort>(new(_actions + place, count));
                writer.WriteSpan<byte>(new(_flags + place, count));
                if (_tree is not null)
                    writer.WriteSpan(_tree.Leaves(place, count));
                time += count;
            }
        }

        _sequences?.Save(writer, Oldest);
    }

    internal void LoadRecords(StateReader reader)
    {
        reader.Section("replay-ring", 1);
        Expect(reader.ReadInt64(), _slots, "slots a lane");
        Expect(reader.ReadInt32(), Options.Lanes, "environments");
        Expect(reader.ReadInt32(), Options.FrameBytes, "bytes a frame");
        Expect(reader.ReadInt32(), Options.StackDepth, "frames a stack");
        Expect(reader.ReadInt32(), Options.NStep, "steps a return");
        Expect(reader.ReadInt32(), Options.PrefetchSlack, "steps of prefetch slack");
        Expect(reader.ReadBool() ? 1 : 0, _tree is null ? 0 : 1, "sum trees");
        var newest = reader.ReadInt64();
        if (newest is < -1 or > MostSteps)
            throw new FastDqnException(ErrorKind.BadData, $"bad state: a replay whose newest step is {newest}");
        (_newest, _mirrored) = (newest, -1);
        _highest = reader.ReadSingle();
        _random.Load(reader);
        reader.ReadSpan<long>(_resolved);
        if (!(float.IsFinite(_highest) && _highest > 0))
            throw new FastDqnException(ErrorKind.BadData, $"bad state: a replay whose highest priority is {_highest}");
        foreach (var resolved in _resolved)
            if (resolved < 0 || resolved > newest + 1)
                throw new FastDqnException(ErrorKind.BadData, $"bad state: a replay of {newest + 1} steps with {resolved} resolved");
        _tree?.Clear();
        for (var lane = 0; lane < Options.Lanes; lane++)
        {
            for (var time = Oldest; time <= _newest;)
            {
                var count = Contiguous(time, _newest, int.MaxValue / sizeof(float));
                var place = Place(lane, time);
                reader.ReadSpan<float>(new(_rewards + place, count));
                reader.ReadSpan<ushort>(new(_actions + place, count));
                reader.ReadSpan<byte>(new(_flags + place, count));
                if (_tree is not null)
                    ReadPriorities(reader, _tree.LeavesToLoad(place, count));
                time += count;
            }

            // Stacks are followed back to an episode's start: the very first frame must be one.
            if (newest >= 0 && Oldest == 0 && (_flags[Place(lane, 0)] & Start) == 0)
                throw new FastDqnException(ErrorKind.BadData, "bad state: a replay that begins within an episode");
        }

        _tree?.Rebuild();
        _sequences?.Load(reader, _newest, Oldest, FirstSampleable);
        _transitions = 0;
        for (var lane = 0; lane < Options.Lanes; lane++)
            for (var time = FirstSampleable; time < _resolved[lane]; time++)
                if (IsTransition(lane, time))
                    _transitions++;
        PointSlots();
    }

    private static void ReadPriorities(StateReader reader, Span<float> leaves)
    {
        reader.ReadSpan(leaves);
        foreach (var leaf in leaves)
            if (!(leaf >= 0 && float.IsFinite(leaf)))
                throw new FastDqnException(ErrorKind.BadData, $"bad state: a replay with a priority of {leaf}");
    }

    /// <summary>
    /// The frames of a lane from <paramref name="time"/> on that lie in one piece, at most to <paramref name="last"/>.
    /// </summary>
    internal Span<byte> FramesAt(int lane, long time, long last)
    {
        _arrivals?.Wait();
        var count = Contiguous(time, last, int.MaxValue / Options.FrameBytes);
        return new Span<byte>(
            _frameMemory.Pointer + (Place(lane, time) * Options.FrameBytes), count * Options.FrameBytes);
    }

    private int Contiguous(long time, long last, int most) =>
        (int)Math.Min(Math.Min(last - time + 1, _slots - (time % _slots)), most);

    private sealed class RecordPart(ReplayRing ring) : IStateful
    {
        public void Save(StateWriter writer) => ring.SaveRecords(writer);

        public void Load(StateReader reader) => ring.LoadRecords(reader);
    }

    private static void Expect(long found, long wanted, string what)
    {
        if (found != wanted)
            throw new FastDqnException(
                ErrorKind.BadData, $"bad state: the saved replay has {found} {what}, this one {wanted}");
    }
}
