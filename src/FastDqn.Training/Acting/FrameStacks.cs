using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Environments;

namespace FastDqn.Training.Acting;

/// <summary>
/// The newest observation of each environment: N x stack x frame bytes in one unmovable block, oldest frame first. The
/// environments write their newest frame straight into its place.
/// </summary>
public sealed unsafe class FrameStacks : INewestObservations
{
    private readonly ObservationSpec _spec;
    private readonly int _count;
    private readonly nuint _frame;
    private readonly nint[] _newest;
    private readonly IDisposable? _pin;
    private readonly IFrameArrivals? _arrivals;
    private byte* _memory;

    /// <param name="spec">What the environments show.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="registrar">Page-locks the block where it travels to a GPU; null: it does not.</param>
    /// <param name="arrivals">A device writes the newest frames; null: they are there when a step ends.</param>
    public FrameStacks(
        ObservationSpec spec, int count, IPinnedMemoryRegistrar? registrar = null, IFrameArrivals? arrivals = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        (_spec, _count, _frame, _arrivals) = (spec, count, (nuint)spec.FrameBytes, arrivals);
        _memory = (byte*)NativeMemory.AlignedAlloc(Bytes, 4096);
        NativeMemory.Clear(_memory, Bytes);
        _newest = new nint[count];
        for (var i = 0; i < count; i++)
            _newest[i] = (nint)(_memory + ((nuint)i * StackBytes) + StackBytes - _frame);
        _pin = registrar?.Register((nint)_memory, (long)Bytes);
    }

    /// <summary>Where environment i writes its newest frame.</summary>
    public ReadOnlySpan<nint> Newest => _newest;

    /// <summary>The block of all observations.</summary>
    public nint Observations => (nint)_memory;

    /// <inheritdoc/>
    public int EntryBytes => (int)StackBytes;

    private nuint StackBytes => _frame * (nuint)_spec.StackDepth;

    private nuint Bytes => StackBytes * (nuint)_count;

    /// <summary>Makes room for the next frames. Call before the environments step.</summary>
    public void Shift()
    {
        if (_spec.StackDepth == 1)
            return;
        for (var i = 0; i < _count; i++)
        {
            var stack = _memory + ((nuint)i * StackBytes);
            Buffer.MemoryCopy(stack + _frame, stack, StackBytes, StackBytes - _frame);
        }
    }

    /// <summary>
    /// Pads the stacks whose newest frame is an episode's first. Call after the environments stepped.
    /// </summary>
    public void Start(ReadOnlySpan<byte> episodeStart)
    {
        _arrivals?.Wait();
        for (var i = 0; i < _count; i++)
        {
            if (episodeStart[i] == 0)
                continue;
            var stack = _memory + ((nuint)i * StackBytes);
            for (var depth = 0; depth + 1 < _spec.StackDepth; depth++)
            {
                if (_spec.Padding == StackPadding.Zero)
                    NativeMemory.Clear(stack + ((nuint)depth * _frame), _frame);
                else
                    NativeMemory.Copy((byte*)_newest[i], stack + ((nuint)depth * _frame), _frame);
            }
        }
    }

    public void Save(StateWriter writer)
    {
        SaveHead(writer, _count, (long)StackBytes);
        for (var i = 0; i < _count; i++)
            writer.WriteRaw(new ReadOnlySpan<byte>(_memory + ((nuint)i * StackBytes), (int)StackBytes));
    }

    public void Load(StateReader reader)
    {
        LoadHead(reader, _count, (long)StackBytes);
        for (var i = 0; i < _count; i++)
            reader.ReadRaw(new Span<byte>(_memory + ((nuint)i * StackBytes), (int)StackBytes));
    }

    public void Dispose()
    {
        _pin?.Dispose();
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    internal static void SaveHead(StateWriter writer, int count, long stackBytes)
    {
        writer.Section("frame-stacks", 1);
        writer.WriteInt32(count);
        writer.WriteInt64(stackBytes);
    }

    internal static void LoadHead(StateReader reader, int count, long stackBytes)
    {
        reader.Section("frame-stacks", 1);
        if (reader.ReadInt32() != count || reader.ReadInt64() != stackBytes)
            throw new FastDqnException(ErrorKind.BadData, "bad state: the observations are of another shape or number");
    }
}
