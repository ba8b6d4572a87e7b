using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>
/// Conversion on a device of pairs of frames, the two newest of each environment as emulators write them: one copy
/// takes all pairs there, one brings the observations back.
/// </summary>
public sealed unsafe class PairConverter : IDisposable
{
    private readonly Owned _owned = new();
    private readonly KernelQueue _queue;
    private readonly PixelPipeline _pipeline;
    private readonly NativeRegion _pairs;
    private readonly NativeRegion _observations;
    private readonly nint[] _addresses;

    /// <param name="device">Where the kernels run; outlives the converter.</param>
    /// <param name="options">What to make of the frames.</param>
    /// <param name="palette">The frames' colours.</param>
    /// <param name="environments">Pairs converted at a time.</param>
    public PairConverter(PixelDevice device, PixelOptions options, Palette palette, int environments)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(environments);
        var plan = new PixelPlan(options, palette);
        (FrameBytes, ObservationBytes, Shape) = (plan.FrameBytes, plan.OutputBytes, (plan.OutputPlanes, plan.Height, plan.Width));
        _addresses = new nint[environments];
        try
        {
            _pairs = Locked(2L * environments * FrameBytes);
            _observations = Locked((long)environments * ObservationBytes);
            _queue = _owned.Add(device.CreateQueue());
            _pipeline = _owned.Add(new PixelPipeline(device, _queue, plan, environments, depth: 1, repeatFirst: false, pairs: true));
            _owned.Add(new Idle(_queue));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }

        for (var i = 0; i < environments; i++)
            _addresses[i] = _pairs.Address + (nint)(2L * i * FrameBytes);

        NativeRegion Locked(long bytes)
        {
            var memory = _owned.Add(new NativeRegion(bytes));
            _owned.Add(device.Pin(memory.Address, memory.Length));
            return memory;
        }
    }

    /// <summary>Bytes of a frame; a pair has two, the older first.</summary>
    public int FrameBytes { get; }

    public int ObservationBytes { get; }

    public (int Planes, int Height, int Width) Shape { get; }

    /// <summary>Where the pairs are written, one address an environment.</summary>
    public ReadOnlySpan<nint> Pairs => _addresses;

    /// <summary>Makes the observations of what <see cref="Pairs"/> hold, and puts each where it belongs.</summary>
    public void Convert(ReadOnlySpan<nint> observations)
    {
        if (observations.Length != _addresses.Length)
            throw new ArgumentException($"{observations.Length} places for {_addresses.Length} observations", nameof(observations));
        _pipeline.RunPairs(_pairs.Address, _observations.Address);
        _queue.Synchronize();
        for (var i = 0; i < observations.Length; i++)
        {
            new ReadOnlySpan<byte>(_observations.Pointer + ((long)i * ObservationBytes), ObservationBytes)
                .CopyTo(new Span<byte>((void*)observations[i], ObservationBytes));
        }
    }

    public void Dispose() => _owned.Dispose();

    // Nothing may be given back while the device still works on it.
    private sealed class Idle(KernelQueue queue) : IDisposable
    {
        public void Dispose() => queue.Drain();
    }
}
