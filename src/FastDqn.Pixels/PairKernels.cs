using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>
/// The kernels of a preset over pairs of frames as emulators write them. Pairs and observations lie in memory that
/// belongs to somebody else; only what is between them, and tables, is the kernels' own.
/// </summary>
public sealed class PairKernels : IPixelKernels
{
    private readonly Owned _owned = new();
    private readonly PixelDevice _device;
    private readonly PixelPlan _plan;
    private (nint Pairs, PixelPipeline Pipeline)? _prepared;
    private (nint Stream, KernelQueue Queue)? _queue;

    /// <param name="device">Where they run; outlives them.</param>
    /// <param name="options">What to make of the frames.</param>
    /// <param name="palette">The frames' colours.</param>
    /// <param name="environments">Pairs converted at a time.</param>
    public PairKernels(PixelDevice device, PixelOptions options, Palette palette, int environments)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(environments);
        (_device, _plan, Environments) = (device, new PixelPlan(options, palette), environments);
        PixelPipeline.RequireIndices(_plan, environments, depth: 1);
    }

    /// <inheritdoc/>
    public int Environments { get; }

    /// <inheritdoc/>
    public int PairBytes => 2 * _plan.FrameBytes;

    /// <inheritdoc/>
    public int ObservationBytes => _plan.OutputBytes;

    public (int Planes, int Height, int Width) Shape => (_plan.OutputPlanes, _plan.Height, _plan.Width);

    /// <inheritdoc/>
    public void Queue(nint pairs, nint observations, nint stream)
    {
        if (_prepared is null)
            Prepare(pairs, observations);
        if (_prepared is not { } prepared || prepared.Pairs != pairs)
            throw new InvalidOperationException("the pairs lie elsewhere than before");
        if (_queue is not { } queue || queue.Stream != stream)
            _queue = queue = (stream, _owned.Add(_device.QueueOn(stream)));
        prepared.Pipeline.RunPairs(queue.Queue, observations);
        // The host's memory has no stream that its readers wait for.
        if (_device.Kind == PixelDeviceKind.Cpu)
            queue.Queue.Synchronize();
    }

    public void Dispose() => _owned.Dispose();

    // Tables go up on a queue of their own, and are there before anything is queued that reads them.
    private void Prepare(nint pairs, nint observations)
    {
        using var queue = _device.CreateQueue();
        var memory = (
            _owned.Add(_device.Over(pairs, (long)Environments * PairBytes)),
            _owned.Add(_device.Over(observations, (long)Environments * ObservationBytes)));
        _prepared = (pairs, _owned.Add(new PixelPipeline(_device, queue, _plan, Environments, depth: 1, repeatFirst: false, memory)));
    }
}
