using FastDqn.Core;
using ILGPU;
using ILGPU.Runtime;

namespace FastDqn.Pixels;

/// <summary>One submission's page-locked host memory: frames in, stacks out.</summary>
internal sealed unsafe class HostBuffer : IDisposable
{
    private const int Alignment = 4096;

    private readonly NativeRegion _memory;
    private readonly PageLockScope<byte> _lock;
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
        _lock = device.Lock(_memory.Address, bytes);
    }

    public Span<byte> Previous => new(_memory.Pointer, _frames);

    public Span<byte> Current => new(_memory.Pointer + _currentAt, _frames);

    public Span<int> Known => new(_memory.Pointer + _knownAt, _known);

    public ReadOnlySpan<byte> Output => new(_memory.Pointer + _outputAt, _output);

    public ArrayView<byte> PreviousView => _lock.ArrayView.SubView(0, _frames);

    public ArrayView<byte> CurrentView => _lock.ArrayView.SubView(_currentAt, _frames);

    public ArrayView<int> KnownView => _lock.ArrayView.SubView(_knownAt, _known * sizeof(int)).Cast<int>();

    public ArrayView<byte> OutputView => _lock.ArrayView.SubView(_outputAt, _output);

    public void Dispose()
    {
        _lock.Dispose();
        _memory.Dispose();
    }

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
