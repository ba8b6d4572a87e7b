using FastDqn.Core;
using ILGPU.Runtime;

namespace FastDqn.Pixels;

/// <summary>One submission's page-locked host memory: frames in, stacks out.</summary>
internal sealed unsafe class HostBuffer : IDisposable
{
    private const int Alignment = 4096;

    private readonly NativeRegion _memory;
    private readonly int _frames;
    private readonly int _output;
    private readonly int _known;
    private readonly long _currentAt;
    private readonly long _knownAt;
    private readonly long _outputAt;

    public HostBuffer(PixelDevice device, int environments, int frameBytes, int stackBytes)
    {
        _frames = checked(environments * frameBytes);
        _output = checked(environments * stackBytes);
        _known = environments;
        _currentAt = Padded(_frames);
        _knownAt = _currentAt + Padded(_frames);
        _outputAt = _knownAt + Padded(environments * sizeof(int));
        var bytes = _outputAt + Padded(_output);
        _memory = new NativeRegion(bytes);
        // One lock a region: a copy takes the whole of a lock. The regions share no page.
        PreviousLock = device.Lock<byte>(_memory.Address, _frames);
        CurrentLock = device.Lock<byte>(_memory.Address + (nint)_currentAt, _frames);
        KnownLock = device.Lock<int>(_memory.Address + (nint)_knownAt, _known);
        OutputLock = device.Lock<byte>(_memory.Address + (nint)_outputAt, _output);
    }

    public Span<byte> Previous => new(_memory.Pointer, _frames);

    public Span<byte> Current => new(_memory.Pointer + _currentAt, _frames);

    public Span<int> Known => new(_memory.Pointer + _knownAt, _known);

    public ReadOnlySpan<byte> Output => new(_memory.Pointer + _outputAt, _output);

    public PageLockScope<byte> PreviousLock { get; }

    public PageLockScope<byte> CurrentLock { get; }

    public PageLockScope<int> KnownLock { get; }

    public PageLockScope<byte> OutputLock { get; }

    public void Dispose()
    {
        PreviousLock.Dispose();
        CurrentLock.Dispose();
        KnownLock.Dispose();
        OutputLock.Dispose();
        _memory.Dispose();
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
