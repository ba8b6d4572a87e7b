using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>
/// Conversion on a device, for a fixed number of environments at a time. Frames go to the device, the kernels run and
/// the observations come back on one queue, into page-locked host memory. Two sets of host buffers let the caller
/// prepare the next frames while the device works on the last: <see cref="Submit"/> returns at once, <see
/// cref="Collect"/> waits for the oldest submission.
/// </summary>
public sealed class DeviceConverter : IFrameConverter, IDisposable
{
    private const int Buffers = 2;

    private readonly Owned _owned = new();
    private readonly PixelPlan _plan;
    private readonly PixelPipeline _pipeline;
    private readonly KernelQueue _queue;
    private readonly HostBuffer[] _host = new HostBuffer[Buffers];
    private readonly int[] _known;
    private long _submitted;
    private long _collected;

    /// <param name="device">Where the kernels run; outlives the converter.</param>
    /// <param name="options">What to make of the frames.</param>
    /// <param name="palette">The frames' colours.</param>
    /// <param name="environments">Frames converted at a time.</param>
    /// <param name="stackDepth">Observations stacked on the device, oldest first; 1 for none.</param>
    /// <param name="repeatFirst">Before an episode's first observation: that one again instead of zeros.</param>
    public DeviceConverter(
        PixelDevice device, PixelOptions options, Palette palette, int environments = 1, int stackDepth = 1, bool repeatFirst = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (environments is < 1 or > 1 << 16 || stackDepth is < 1 or > 64)
            throw new FastDqnException(
                ErrorKind.Usage,
                $"{environments} environments with stacks of {stackDepth} on a device; 1 to 65536 and 1 to 64 are possible");
        _plan = new PixelPlan(options, palette);
        Environments = environments;
        StackDepth = stackDepth;
        _known = new int[environments];
        try
        {
            _queue = _owned.Add(device.CreateQueue());
            _pipeline = _owned.Add(new PixelPipeline(device, _queue, _plan, environments, stackDepth, repeatFirst));
            for (var i = 0; i < Buffers; i++)
                _host[i] = _owned.Add(new HostBuffer(device, environments, _plan.FrameBytes, StackBytes));
            _owned.Add(new Idle(_queue));
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    public int Environments { get; }

    public int StackDepth { get; }

    public int FrameBytes => _plan.FrameBytes;

    public (int Planes, int Height, int Width) Shape => (_plan.OutputPlanes, _plan.Height, _plan.Width);

    public int ObservationBytes => _plan.OutputBytes;

    /// <summary>Bytes of one environment's stack.</summary>
    public int StackBytes => StackDepth * _plan.OutputBytes;

    /// <summary>Submissions not yet collected, at most two.</summary>
    public int Pending => (int)(_submitted - _collected);

    /// <summary>
    /// Page-locked memory for the next submission's older frames, (environments, rows, 160): emulators can write
    /// here.
    /// </summary>
    public Span<byte> PreviousFrames => Free().Previous;

    /// <summary>The same for its newer frames.</summary>
    public Span<byte> CurrentFrames => Free().Current;

    /// <summary>
    /// Starts on what <see cref="PreviousFrames"/> and <see cref="CurrentFrames"/> hold; returns without waiting.
    /// </summary>
    /// <param name="episodeStart">1 where the frame is an episode's first; empty where nothing starts.</param>
    public void Submit(ReadOnlySpan<byte> episodeStart = default)
    {
        var host = Free();
        for (var i = 0; i < Environments; i++)
        {
            var starts = _submitted == 0 || (!episodeStart.IsEmpty && episodeStart[i] != 0);
            _known[i] = starts ? 1 : Math.Min(_known[i] + 1, StackDepth);
        }

        _known.CopyTo(host.Known);
        _pipeline.Run(host, _submitted);
        _submitted++;
    }

    /// <summary>
    /// Waits for the oldest submission; its stacks, (environments, depth, planes, height, width), stay valid until
    /// the next <see cref="Submit"/>.
    /// </summary>
    public ReadOnlySpan<byte> Collect()
    {
        if (Pending == 0)
            throw new FastDqnException("pixels: nothing was submitted");
        // The queue works in order: waiting for it waits for a younger submission, too, which costs the device nothing.
        _queue.Synchronize();
        return _host[_collected++ % Buffers].Output;
    }

    /// <summary>Converts any number of frames, a batch of environments at a time; stacks are not kept.</summary>
    public void Convert(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> current, Span<byte> observations)
    {
        FrameSpans.Check(this, previous, current, observations, out var count);
        if (StackDepth != 1 || Pending != 0)
            throw new FastDqnException("pixels: frames are converted one by one where nothing is stacked or under way");
        for (var first = 0; first < count; first += Environments)
        {
            var batch = Math.Min(Environments, count - first);
            previous.Slice(first * FrameBytes, batch * FrameBytes).CopyTo(PreviousFrames);
            current.Slice(first * FrameBytes, batch * FrameBytes).CopyTo(CurrentFrames);
            Submit();
            Collect()[..(batch * ObservationBytes)].CopyTo(observations[(first * ObservationBytes)..]);
        }
    }

    public void Dispose() => _owned.Dispose();

    // The buffer of the next submission, which no submission under way uses.
    private HostBuffer Free() => Pending < Buffers
        ? _host[_submitted % Buffers]
        : throw new FastDqnException("pixels: two submissions are under way; collect one first");

    // Nothing may be given back while the device still works on it.
    private sealed class Idle(KernelQueue queue) : IDisposable
    {
        public void Dispose() => queue.Drain();
    }
}
