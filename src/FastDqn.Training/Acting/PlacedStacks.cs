using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;

namespace FastDqn.Training.Acting;

/// <summary>
/// The frames of the rollouts at hand, each once: in the host's memory, where the environments write them and from
/// where they are saved, and in the device's, where observations are made of them. What the network is given of an
/// environment is the <see cref="StackPlace"/> of its observation.
/// </summary>
internal sealed unsafe class PlacedStacks : INewestObservations
{
    private readonly DeviceFrames _frames;
    private readonly IFrameArrivals? _arrivals;
    private readonly FrameRing _ring;
    private readonly NativeRegion _memory;
    private readonly IDisposable? _pin;
    private readonly StackPlace[] _places;
    private readonly nint[] _newest;
    private long _time;

    /// <param name="frames">The device's.</param>
    /// <param name="registrar">Page-locks the host's; null: nothing travels.</param>
    /// <param name="arrivals">Frames are made on the device and come from there; null: they go there.</param>
    public PlacedStacks(DeviceFrames frames, IPinnedMemoryRegistrar? registrar, IFrameArrivals? arrivals = null)
    {
        (_frames, _arrivals, _ring) = (frames, arrivals, frames.Ring);
        _places = GC.AllocateArray<StackPlace>(_ring.Lanes, pinned: true);
        _newest = new nint[_ring.Lanes];
        using var made = new Unfinished();
        _memory = made.Add(new NativeRegion(_ring.Bytes));
        _pin = made.Add(registrar?.Register(_memory.Address, _memory.Length));
        Point();
        made.Keep();
    }

    public ReadOnlySpan<nint> Newest => _newest;

    public nint Observations => Marshal.UnsafeAddrOfPinnedArrayElement(_places, 0);

    public int EntryBytes => Unsafe.SizeOf<StackPlace>();

    /// <summary>Where the newest frames lie, or the next ones will.</summary>
    public long Slot => _time % _ring.Slots;

    private int StackBytes => _ring.Depth * _ring.FrameBytes;

    /// <summary>How the frames lie that rollouts are made of.</summary>
    /// <param name="observation">What the environments show.</param>
    /// <param name="environments">How many there are.</param>
    /// <param name="steps">Of a rollout.</param>
    /// <param name="rollouts">That are filled or learned from at a time.</param>
    public static FrameRing Shape(ObservationSpec observation, int environments, int steps, int rollouts) => new(
        // Each begins with the stack before its first step, and has the observation after its last.
        ((long)rollouts * (steps + observation.StackDepth)) + observation.StackDepth + 1,
        environments, observation.FrameBytes, observation.StackDepth, observation.Padding != StackPadding.Zero);

    public void Shift()
    {
        _time++;
        Point();
    }

    public void Start(ReadOnlySpan<byte> episodeStart)
    {
        for (var i = 0; i < _places.Length; i++)
            _places[i] = new StackPlace(i, Slot, episodeStart[i] != 0 ? 1 : Math.Min(_places[i].Known + 1, _ring.Depth));
        if (_arrivals is null)
            Send();
    }

    /// <summary>Writes the observations at some places, one after another.</summary>
    public void SaveStacks(StateWriter writer, ReadOnlySpan<StackPlace> places)
    {
        _arrivals?.Wait();
        var stack = new byte[StackBytes];
        foreach (ref readonly var place in places)
        {
            Write(place, stack);
            writer.WriteRaw(stack);
        }
    }

    /// <summary>
    /// Reads the observations of one step after another, as many as <paramref name="places"/> holds, and says where
    /// they lie now. What was held before counts no longer, but for what was read since the last step was taken.
    /// </summary>
    public void LoadStacks(StateReader reader, Span<StackPlace> places)
    {
        // What is on its way would overwrite what is read.
        _arrivals?.Wait();
        var stacks = new byte[(long)_ring.Lanes * StackBytes];
        for (var row = 0; row < places.Length; row += _ring.Lanes)
        {
            reader.ReadRaw(stacks);
            Place(stacks, places.Slice(row, _ring.Lanes), follows: row > 0 ? places.Slice(row - _ring.Lanes, _ring.Lanes) : []);
        }
    }

    /// <summary>The same bytes as <see cref="FrameStacks.Save"/>.</summary>
    public void Save(StateWriter writer)
    {
        FrameStacks.SaveHead(writer, _ring.Lanes, StackBytes);
        SaveStacks(writer, _places);
    }

    public void Load(StateReader reader)
    {
        FrameStacks.LoadHead(reader, _ring.Lanes, StackBytes);
        LoadStacks(reader, _places);
        Point();
    }

    public void Dispose()
    {
        _pin?.Dispose();
        _memory.Dispose();
    }

    // Adds a step's frames where the stacks go on from those before, else all frames of the stacks.
    private void Place(byte[] stacks, Span<StackPlace> places, ReadOnlySpan<StackPlace> follows)
    {
        if (!follows.IsEmpty && TryFollow(stacks, places))
            return;
        for (var age = _ring.Depth - 1; age >= 0; age--)
        {
            _time++;
            for (var lane = 0; lane < _ring.Lanes; lane++)
            {
                var at = (lane * StackBytes) + ((_ring.Depth - 1 - age) * _ring.FrameBytes);
                stacks.AsSpan(at, _ring.FrameBytes).CopyTo(Frame(lane, Slot));
            }

            Send();
        }

        for (var lane = 0; lane < _ring.Lanes; lane++)
            places[lane] = new StackPlace(lane, Slot, _ring.Depth);
    }

    private bool TryFollow(byte[] stacks, Span<StackPlace> places)
    {
        _time++;
        var stack = new byte[StackBytes];
        for (var lane = 0; lane < _ring.Lanes; lane++)
        {
            var wanted = stacks.AsSpan(lane * StackBytes, StackBytes);
            wanted[^_ring.FrameBytes..].CopyTo(Frame(lane, Slot));
            var known = _ring.Depth;
            for (; known > 0; known--)
            {
                places[lane] = new StackPlace(lane, Slot, known);
                Write(places[lane], stack);
                if (wanted.SequenceEqual(stack))
                    break;
            }

            if (known == 0)
            {
                _time--;
                return false;
            }
        }

        Send();
        return true;
    }

    private void Write(in StackPlace place, Span<byte> stack)
    {
        for (var age = _ring.Depth - 1; age >= 0; age--, stack = stack[_ring.FrameBytes..])
        {
            if (age >= place.Known && !_ring.RepeatFirst)
            {
                stack[.._ring.FrameBytes].Clear();
                continue;
            }

            var slot = place.Slot - Math.Min(age, place.Known - 1);
            Frame((int)place.Lane, slot < 0 ? slot + _ring.Slots : slot).CopyTo(stack);
        }
    }

    private void Send() => _frames.Put(Slot, _memory.Address + (nint)(Slot * _ring.StepBytes));

    private void Point()
    {
        for (var lane = 0; lane < _newest.Length; lane++)
            _newest[lane] = _memory.Address + (nint)((Slot * _ring.StepBytes) + ((long)lane * _ring.FrameBytes));
    }

    private Span<byte> Frame(int lane, long slot) =>
        new(_memory.Pointer + (slot * _ring.StepBytes) + ((long)lane * _ring.FrameBytes), _ring.FrameBytes);
}
