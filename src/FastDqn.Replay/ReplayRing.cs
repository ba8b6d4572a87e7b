using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// Experience replay that stores every frame once. Each environment writes its own lane, a ring of slots; slot t
/// holds the observation frame o_t, the action a_t taken there and the reward r_t+1. Stacks, next states and n-step
/// returns are put together when sampled. All lanes advance together, a slot a vector step.
/// <para>
/// A vector step: the environment writes each lane's next frame to <see cref="FrameSlots"/>, then
/// <see cref="Append"/> records what came with it. Autoreset is next-step: an episode's last observation is in the
/// ring (a truncated episode is bootstrapped from it) but starts no transition, and the append after it is marked as an
/// episode's start.
/// </para>
/// One thread appends, draws and updates; <see cref="ReplaySampler"/> copies drawn batches on another.
/// </summary>
public sealed unsafe partial class ReplayRing : IStateful, IDisposable
{
    private const byte Start = 1;     // o_t is an episode's first observation
    private const byte Last = 2;      // o_t is an episode's last observation: no action follows
    private const byte Terminal = 4;  // nothing of value comes after a_t
    private const byte Held = 8;      // o_t-1 is acted on once more in o_t's place

    private readonly NativeRegion _frameMemory;
    private readonly NativeRegion _recordMemory;
    private readonly IDisposable _promise;
    private readonly float* _rewards;
    private readonly ushort* _actions;
    private readonly byte* _flags;
    private readonly SumTree? _tree; // of transitions
    private readonly SequenceTable? _sequences;
    private readonly nint[] _frameSlots;
    private readonly long[] _resolved;  // a lane: the first transition whose outcome is not known yet
    private readonly StackPlace[] _acting;
    private readonly double[] _gammaPowers;
    private readonly RandomStream _random;
    private readonly long _slots;
    private ReplayLibrary.ReplayFrames _view;
    private IFrameMirror? _mirror;
    private bool _madeThere;     // a step's frames are in the mirror when it ends
    private long _mirrored = -1; // time of the newest frames that the mirror has
    private IFrameArrivals? _arrivals;
    private IDisposable? _locked;
    private long _newest = -1;  // time of the newest committed frames
    private float _highest = 1; // the largest priority so far, raised to alpha
    private long _transitions;  // that can be drawn: resolved, whole stack held, not an episode's last frame

    /// <summary>
    /// Allocates the ring after having checked that the memory is there. It is taken as the ring fills.
    /// </summary>
    /// <param name="options">What it holds.</param>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: impossible options, or too little memory, with
    /// both figures.</exception>
    public ReplayRing(ReplayRingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ReplayLibrary.EnsureLoaded();
        Footprint = ReplayFootprint.Of(options);
        Options = options;
        using var made = new Unfinished();
        _slots = Footprint.SlotsPerLane;
        var bytes = options.MemoryFile is null ? Footprint.TotalBytes : Footprint.RecordBytes;
        _promise = made.Add(SystemMemory.Promise(
            bytes,
            $"a replay of {options.Capacity} transitions",
            options.MemoryFile is null ? "lower the capacity, or give a memory file" : "lower the capacity",
            () => Volatile.Read(ref _locked) is not null
                ? bytes
                : (long)(bytes * (Math.Min(Volatile.Read(ref _newest) + 1, _slots) / (double)_slots))));
        _frameMemory = made.Add(new NativeRegion(Footprint.FrameBytes, options.MemoryFile));
        var records = _slots * options.Lanes;
        _recordMemory = made.Add(new NativeRegion(records * ReplayFootprint.RecordBytesPerSlot));
        _rewards = (float*)_recordMemory.Pointer;
        _actions = (ushort*)(_rewards + records);
        _flags = (byte*)(_actions + records);
        _tree = options.Priority is null || options.Sequence is not null ? null : made.Add(new SumTree(records));
        _sequences = options.Sequence is null ? null : made.Add(new SequenceTable(options, _slots));
        _view = new ReplayLibrary.ReplayFrames
        {
            Data = _frameMemory.Pointer,
            Slots = _slots,
            FrameBytes = options.FrameBytes,
            Stack = options.StackDepth,
            RepeatFirst = options.Padding == FramePadding.RepeatFirst ? 1 : 0,
        };
        _frameSlots = new nint[options.Lanes];
        _resolved = new long[options.Lanes];
        _acting = new StackPlace[options.Lanes];
        _gammaPowers = new double[options.NStep + 1];
        _gammaPowers[0] = 1;
        for (var k = 1; k <= options.NStep; k++)
            _gammaPowers[k] = _gammaPowers[k - 1] * options.Gamma;
        _random = new RandomStream(options.Seed, "replay");
        PointSlots();
        made.Keep();
    }

    public ReplayRingOptions Options { get; }

    public ReplayFootprint Footprint { get; }

    /// <summary>How the frames lie in a mirror.</summary>
    public FrameRing Shape =>
        new(_slots, Options.Lanes, Options.FrameBytes, Options.StackDepth, Options.Padding == FramePadding.RepeatFirst);

    /// <summary>Vector steps appended so far, starts included.</summary>
    public long Steps => _newest + 1;

    /// <summary>Transitions that can be drawn now, over all lanes.</summary>
    public long Transitions => _transitions;

    /// <summary>
    /// Where the environments write their next frames, one address a lane; changes with every
    /// <see cref="Append"/> and <see cref="CommitStart"/>.
    /// </summary>
    public ReadOnlySpan<nint> FrameSlots => _frameSlots;

    /// <summary>The slot of a mirror that <see cref="FrameSlots"/> belong to.</summary>
    public long NextSlot => (_newest + 1) % _slots;

    // The oldest time whose frames no append within the prefetch slack will touch.
    private long Oldest => Math.Max(0, _newest + 2 + Options.PrefetchSlack - _slots);

    // The first time whose whole stack is held.
    private long FirstSampleable => Oldest == 0 ? 0 : Oldest + Options.Reach - 1;

    /// <summary>The address of lane <paramref name="lane"/>'s next frame.</summary>
    public nint FrameSlot(int lane) => _frameSlots[lane];

    /// <summary>
    /// Takes the frames in <see cref="FrameSlots"/> as first observations of new episodes in all lanes: after the
    /// environments' reset. Whatever was going on before ends there as if truncated.
    /// </summary>
    public void CommitStart()
    {
        if (_newest >= 0)
            for (var lane = 0; lane < Options.Lanes; lane++)
                EndLane(lane, _newest);
        Advance();
        for (var lane = 0; lane < Options.Lanes; lane++)
            _flags[Place(lane, _newest)] = Start;
        FinishStep();
    }

    /// <summary>
    /// Takes the frames in <see cref="FrameSlots"/> as what followed the newest ones. Spans have one element a lane.
    /// </summary>
    /// <param name="actions">Taken at the newest observations; 0..65,535.</param>
    /// <param name="rewards">Unclipped.</param>
    /// <param name="terminated">1: the episode ended by its own rules; no value follows.</param>
    /// <param name="truncated">1: the episode was cut; the value of the frame just written still counts.</param>
    /// <param name="terminalForLearning">1: no value follows for the learner though the episode goes on (a lost life);
    /// may be empty.</param>
    /// <param name="episodeStart">1: the frame is a new episode's first; the lane's action and reward are
    /// ignored.</param>
    public void Append(
        ReadOnlySpan<int> actions,
        ReadOnlySpan<float> rewards,
        ReadOnlySpan<byte> terminated,
        ReadOnlySpan<byte> truncated,
        ReadOnlySpan<byte> terminalForLearning,
        ReadOnlySpan<byte> episodeStart)
    {
        if (_newest < 0)
            throw new FastDqnException("replay: a step was appended before the first observations (CommitStart)");
        var lanes = Options.Lanes;
        for (var lane = 0; lane < lanes; lane++)
            if ((_flags[Place(lane, _newest)] & Last) != 0 && episodeStart[lane] == 0)
                throw new FastDqnException($"replay: lane {lane}'s episode ended and its next frame is not an episode's start");

        Advance();
        var before = _newest - 1;
        var clip = Options.RewardClip ?? float.PositiveInfinity;
        for (var lane = 0; lane < lanes; lane++)
        {
            var now = Place(lane, _newest);
            if (episodeStart[lane] != 0)
            {
                EndLane(lane, before);
                _flags[now] = Start;
                continue;
            }

            var then = Place(lane, before);
            var ended = terminated[lane] != 0;
            var terminal = ended || (!terminalForLearning.IsEmpty && terminalForLearning[lane] != 0);
            _actions[then] = checked((ushort)actions[lane]);
            _rewards[then] = Math.Clamp(rewards[lane], -clip, clip);
            if (terminal)
                _flags[then] |= Terminal;
            var last = ended || truncated[lane] != 0;
            _flags[now] = last ? Last : terminal && Options.HoldAfterTerminal ? Held : (byte)0;
            Resolve(lane, terminal || last ? _newest : _newest + 1 - Options.NStep);
        }

        FinishStep();
    }

    /// <summary>
    /// Writes the newest observation of every lane, (lanes, S, frame), to <paramref name="destination"/>: what the
    /// policy acts on.
    /// </summary>
    public void GatherStacks(nint destination)
    {
        for (var lane = 0; lane < Options.Lanes; lane++)
            _acting[lane] = ActedOn(lane, _newest);
        Gather(Options.Lanes, destination);
    }

    /// <summary>The same for some lanes, in the order given.</summary>
    public void GatherStacks(ReadOnlySpan<int> lanes, nint destination)
    {
        for (var i = 0; i < lanes.Length; i++)
            _acting[i] = ActedOn(lanes[i], _newest);
        Gather(lanes.Length, destination);
    }

    /// <summary>
    /// Where the newest observations of some lanes lie: a <see cref="StackPlace"/> each at
    /// <paramref name="destination"/>.
    /// </summary>
    public void PlaceStacks(ReadOnlySpan<int> lanes, nint destination)
    {
        RequireObservations();
        Mirror(_newest);
        var places = new Span<StackPlace>((void*)destination, lanes.Length);
        for (var i = 0; i < lanes.Length; i++)
            places[i] = StackAt(lanes[i], _newest);
    }

    /// <summary>
    /// Frames go to <paramref name="mirror"/>, too, from those held on: each step's at its end, and after a load all
    /// before the first use.
    /// </summary>
    /// <param name="mirror">Outlives the ring's last step.</param>
    /// <param name="madeThere">A step's frames are made in the mirror, at <see cref="NextSlot"/>, and need not be
    /// sent.</param>
    public void MirrorTo(IFrameMirror mirror, bool madeThere = false) => (_mirror, _madeThere, _mirrored) = (mirror, madeThere, -1);

    /// <summary>
    /// A device writes the frames of <see cref="FrameSlots"/>: whoever reads frames here waits for it first.
    /// </summary>
    /// <param name="arrivals">Outlives the ring's last use.</param>
    /// <param name="registrar">Page-locks the frames' memory, all of it and at once; null: the device needs none. A
    /// file's is not locked.</param>
    public void ArriveBy(IFrameArrivals arrivals, IPinnedMemoryRegistrar? registrar)
    {
        _arrivals = arrivals;
        if (Options.MemoryFile is null)
            Volatile.Write(ref _locked, registrar?.Register(_frameMemory.Address, _frameMemory.Length));
    }

    public void Dispose()
    {
        _locked?.Dispose();
        _sequences?.Dispose();
        _tree?.Dispose();
        _recordMemory.Dispose();
        _frameMemory.Dispose();
        _promise.Dispose();
    }

    private void Gather(int count, nint destination)
    {
        RequireObservations();
        _arrivals?.Wait();
        fixed (ReplayLibrary.ReplayFrames* view = &_view)
        fixed (StackPlace* stacks = _acting)
            ReplayLibrary.fdq_replay_gather(view, stacks, count, (byte*)destination);
    }

    private void RequireObservations()
    {
        if (_newest < 0)
            throw new FastDqnException("replay: there are no observations yet (CommitStart)");
    }

    // Up to the frames of `last`.
    private void Mirror(long last)
    {
        if (_mirror is null || _mirrored >= last)
            return;
        var size = Options.FrameBytes;
        for (var time = Math.Max(_mirrored + 1, Oldest); time <= last; time++)
        {
            var to = _mirror.Begin();
            for (var lane = 0; lane < Options.Lanes; lane++)
                FramesAt(lane, time, time).CopyTo(new Span<byte>((byte*)to + ((long)lane * size), size));
            _mirror.Put(time % _slots);
        }

        _mirrored = last;
    }

    private long Place(int lane, long time) => (lane * _slots) + (time % _slots);

    // The observation that the action of `time` follows.
    private StackPlace ActedOn(int lane, long time) =>
        StackAt(lane, (_flags[Place(lane, time)] & Held) != 0 ? time - 1 : time);

    // How many frames up to the stack's depth, and back to the episode's start, end at `time`.
    private StackPlace StackAt(int lane, long time)
    {
        var known = 1;
        var at = time;
        while (known < Options.StackDepth && (_flags[Place(lane, at)] & Start) == 0)
        {
            at--;
            known++;
        }

        return new StackPlace(lane, time % _slots, known);
    }

    // Makes the frame of `time` an episode's last, announced or not.
    private void EndLane(int lane, long time)
    {
        _flags[Place(lane, time)] |= Last;
        Resolve(lane, time + 1);
    }

    // Transitions before `until` have known outcomes now: those that are none (an episode's last observation) aside,
    // they become samples, and with priorities they enter at the highest so far.
    private void Resolve(int lane, long until)
    {
        if (until <= _resolved[lane])
            return;
        for (var time = Math.Max(_resolved[lane], FirstSampleable); time < until; time++)
        {
            if ((_flags[Place(lane, time)] & Last) != 0)
                continue;
            _transitions++;
            _tree?.Set(Place(lane, time), _highest);
        }

        _resolved[lane] = until;
    }

    private void Advance()
    {
        var gone = FirstSampleable;
        _newest++;
        _sequences?.Advance(_newest, FirstSampleable, _highest);
        for (; gone < FirstSampleable; gone++)
        {
            for (var lane = 0; lane < Options.Lanes; lane++)
            {
                if (IsTransition(lane, gone))
                    _transitions--;
                _tree?.Set(Place(lane, gone), 0);
            }
        }
    }

    private void FinishStep()
    {
        WaitForCopies?.Invoke(_newest - Options.PrefetchSlack);
        Mirror(_madeThere ? _newest - 1 : _newest);
        if (_madeThere)
            _mirrored = _newest;
        Committed?.Invoke(_newest);
        PointSlots();
    }

    private void PointSlots()
    {
        var slot = (_newest + 1) % _slots;
        for (var lane = 0; lane < _frameSlots.Length; lane++)
            _frameSlots[lane] = _frameMemory.Address + (nint)(((lane * _slots) + slot) * Options.FrameBytes);
    }
}
