using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>One submission's page-locked host memory: frames in, stacks out.</summary>
internal sealed unsafe class HostBuffer : IDisposable
{
    private const int Alignment = 4096;

    private readonly Owned _owned = new();
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
        _memory = _owned.Add(new NativeRegion(_outputAt + Padded(_output)));
        try
        {
            _owned.Add(device.Pin(_memory.Address, _memory.Length));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public Span<byte> Previous => new(_memory.Pointer, _frames);

    public Span<byte> Current => new(_memory.Pointer + _currentAt, _frames);

    public Span<int> Known => new(_memory.Pointer + _knownAt, _known);

    public ReadOnlySpan<byte> Output => new(_memory.Pointer + _outputAt, _output);

    public nint PreviousAddress => _memory.Address;

    public nint CurrentAddress => _memory.Address + (nint)_currentAt;

    public nint KnownAddress => _memory.Address + (nint)_knownAt;

    public nint OutputAddress => _memory.Address + (nint)_outputAt;

    public void Dispose() => _owned.Dispose();

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
