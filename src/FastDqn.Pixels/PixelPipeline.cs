using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>One kernel of a conversion.</summary>
/// <param name="Kernel">Its name in <see cref="PixelKernels"/>.</param>
/// <param name="Output">What it writes.</param>
internal sealed record PipelineStep(string Kernel, KernelLaunch Launch, DeviceSlice Output);

/// <summary>
/// The kernels of one plan with their tables and device buffers. Everything is prepared once, for each place of the
/// ring that can be the newest; a submission only queues copies and launches.
/// </summary>
internal sealed class PixelPipeline : IDisposable
{
    private readonly Owned _owned = new();
    private readonly PixelDevice _device;
    private readonly KernelQueue _queue;
    private readonly PixelPlan _plan;
    private readonly int _environments;
    private readonly int _depth;
    private readonly KernelShape _shape;
    private readonly DeviceSlice _previous, _current, _known;
    private readonly PipelineStep[][] _steps;

    /// <param name="device">Where the kernels run.</param>
    /// <param name="queue">Where everything is queued.</param>
    /// <param name="plan">What they do.</param>
    /// <param name="environments">Frames converted at a time.</param>
    /// <param name="depth">Observations of a stack.</param>
    /// <param name="repeatFirst">Before an episode's first observation that one again.</param>
    /// <param name="pairs">Where an environment's two frames lie one behind the other, and where its observations go
    /// (<see cref="RunPairs"/>); null: the pipeline has memory for both.</param>
    public PixelPipeline(
        PixelDevice device, KernelQueue queue, PixelPlan plan, int environments, int depth, bool repeatFirst,
        (DeviceMemory Frames, DeviceMemory Observations)? pairs = null)
    {
        (_device, _queue, _plan, _environments, _depth) = (device, queue, plan, environments, depth);
        RequireIndices(plan, environments, depth);
        _shape = new KernelShape(
            plan.Rows, plan.Top, plan.FrameBytes, plan.Width, plan.Height, plan.SourcePlanes,
            plan.AreaX?.Width ?? plan.FixedX?.Width ?? 0, plan.AreaY?.Width ?? plan.FixedY?.Width ?? 0);
        if (plan.WholeX > 0)
            _shape = _shape with { TapsX = plan.WholeX, TapsY = plan.WholeY };
        try
        {
            var frames = pairs?.Frames;
            _previous = frames?.All() ?? Allocate(environments * plan.FrameBytes);
            _current = frames?.Slice(plan.FrameBytes, frames.Bytes - plan.FrameBytes) ?? Allocate(environments * plan.FrameBytes);
            if (frames is not null)
                _shape = _shape with { FrameBytes = 2 * plan.FrameBytes };
            _known = Allocate(environments * sizeof(int));
            _steps = Steps(repeatFirst, pairs?.Observations.All());
        }
        catch
        {
            _owned.Dispose();
            throw;
        }
    }

    /// <summary>The kernels in their order, where the ring's first place is the newest.</summary>
    public IReadOnlyList<PipelineStep> FirstSteps => _steps[0];

    /// <summary>Frames of <paramref name="host"/> in, stacks out: everything queued, nothing waited for.</summary>
    /// <param name="step">Submissions so far: says which place of the ring is the newest.</param>
    public void Run(HostBuffer host, long step)
    {
        _queue.Upload(host.PreviousAddress, _previous);
        _queue.Upload(host.CurrentAddress, _current);
        if (_depth > 1)
            _queue.Upload(host.KnownAddress, _known);
        var steps = _steps[step % _depth];
        foreach (var part in steps)
            _queue.Run(part.Launch);
        _queue.Download(steps[^1].Output, host.OutputAddress);
    }

    /// <summary>Observations of the pairs of frames; nothing waited for.</summary>
    /// <param name="queue">Where.</param>
    /// <param name="observations">Memory of the device that takes them.</param>
    public void RunPairs(KernelQueue queue, nint observations)
    {
        var steps = _steps[0];
        steps[^1].Launch.WriteTo(observations);
        foreach (var part in steps)
            queue.Run(part.Launch);
    }

    /// <summary>Kernels index their elements with 32 bits.</summary>
    public static void RequireIndices(PixelPlan plan, int environments, int depth)
    {
        var planes = (long)plan.SourcePlanes * plan.Rows * PixelPlan.FrameWidth;
        // Frames may lie in pairs.
        var most = environments * Math.Max(Math.Max(2L * plan.FrameBytes, planes), (long)depth * plan.OutputBytes);
        if (most > int.MaxValue)
            throw new FastDqnException(ErrorKind.Usage, $"{environments} environments are too many for one device batch: use fewer");
    }

    public void Dispose() => _owned.Dispose();

    private PipelineStep[][] Steps(bool repeatFirst, DeviceSlice? observations)
    {
        var bytes = _environments * _plan.OutputBytes;
        var planes = Allocate(_environments * _plan.SourcePlanes * _plan.Rows * PixelPlan.FrameWidth);
        var combine = Combine(planes);
        var resize = Resize(planes);
        var resized = _plan.GrayAfterResize ? Allocate(_environments * 3 * _plan.Width * _plan.Height) : null;
        var ring = observations ?? Allocate(_depth * bytes);
        var stacks = _depth > 1 ? Allocate(_depth * bytes) : null;
        var steps = new PipelineStep[_depth][];
        for (var place = 0; place < _depth; place++)
        {
            var newest = ring.Memory.Slice((long)place * bytes, bytes);
            List<PipelineStep> order = [combine, .. resize(resized ?? newest)];
            if (resized is not null)
                order.Add(Step(nameof(PixelKernels.Gray), newest, resized, _shape, PixelPlan.WeightsOf(_plan.Preset.Gray), newest));
            if (stacks is not null)
                order.Add(Step(
                    nameof(PixelKernels.GatherStacks), stacks,
                    ring, _known, place, _depth, _plan.OutputBytes, _environments, repeatFirst ? 1 : 0, stacks));
            steps[place] = [.. order];
        }

        return steps;
    }

    private PipelineStep Combine(DeviceSlice planes)
    {
        if (PairTable() is { } pairs)
            return Step(nameof(PixelKernels.LookUpPair), planes, _previous, _current, Upload(pairs), _shape, planes);
        // The larger of a frame and itself is the frame.
        var older = _plan.Preset.Combination == FrameCombination.Newest ? _current : _previous;
        return Step(nameof(PixelKernels.LookUpMax), planes, older, _current, Upload(PlaneTables()), _shape, planes);
    }

    // A table by (previous, current) where one look-up a frame would not do.
    private byte[]? PairTable()
    {
        var preset = _plan.Preset;
        var newest = preset.Combination == FrameCombination.Newest;
        if (_plan.SourcePlanes == 3 || preset.Combination == FrameCombination.GrayThenMax)
            return null;
        var rgb = _plan.Palette.Rgb;
        var table = new byte[Palette.Size * Palette.Size];
        for (var i = 0; i < Palette.Size; i++)
            for (var j = 0; j < Palette.Size; j++)
            {
                var a = rgb.Slice(3 * (newest ? j : i), 3);
                var b = rgb.Slice(3 * j, 3);
                table[(i * Palette.Size) + j] = PixelPlan.Gray(
                    preset.Gray, Math.Max(a[0], b[0]), Math.Max(a[1], b[1]), Math.Max(a[2], b[2]));
            }

        return table;
    }

    private byte[] PlaneTables()
    {
        if (_plan.SourcePlanes == 1)
            return _plan.Palette.Luminance.ToArray();
        var table = new byte[3 * Palette.Size];
        for (var plane = 0; plane < 3; plane++)
            for (var i = 0; i < Palette.Size; i++)
                table[(plane * Palette.Size) + i] = _plan.Palette.Rgb[(3 * i) + plane];
        return table;
    }

    // The kernels that make the planes smaller, for any output.
    private Func<DeviceSlice, PipelineStep[]> Resize(DeviceSlice planes)
    {
        switch (_plan.Resize)
        {
            case ResizeRule.Area when _plan.WholeX > 0:
                return output => [Step(nameof(PixelKernels.AreaWhole), output, planes, _shape, output)];

            case ResizeRule.Area:
                {
                    var (x, y) = (Upload(_plan.AreaX!), Upload(_plan.AreaY!));
                    return output => [Step(nameof(PixelKernels.Area), output, [planes, .. x, .. y, _shape, output])];
                }

            case ResizeRule.Linear:
                {
                    var (x, y) = (Upload(_plan.FixedX!), Upload(_plan.FixedY!));
                    return output => [Step(nameof(PixelKernels.Linear), output, [planes, .. x, .. y, _shape, output])];
                }

            case ResizeRule.PillowBilinear or ResizeRule.PillowBicubic:
                {
                    var (x, y) = (Upload(_plan.FixedX!), Upload(_plan.FixedY!));
                    var narrow = Allocate(_environments * _plan.SourcePlanes * _plan.Rows * _plan.Width);
                    var columns = Step(nameof(PixelKernels.PillowColumns), narrow, [planes, .. x, _shape, narrow]);
                    return output => [columns, Step(nameof(PixelKernels.PillowRows), output, [narrow, .. y, _shape, output])];
                }

            default:
                {
                    var (x, y) = (Upload(_plan.NearestX!), Upload(_plan.NearestY!));
                    return output => [Step(nameof(PixelKernels.Nearest), output, planes, x, y, _shape, output)];
                }
        }
    }

    private PipelineStep Step(string kernel, DeviceSlice output, params object[] arguments) =>
        new(kernel, _device.Prepare(PixelKernels.Named(kernel), (int)output.Bytes, arguments), output);

    private DeviceSlice Allocate(int bytes) => _owned.Add(_device.Allocate(bytes)).All();

    private DeviceSlice[] Upload<T>(ResizeTaps<T> taps)
        where T : unmanaged => [Upload(taps.First), Upload(taps.Count), Upload(taps.Weight)];

    private unsafe DeviceSlice Upload<T>(T[] values)
        where T : unmanaged
    {
        var slice = Allocate(checked(values.Length * sizeof(T)));
        fixed (T* host = values)
        {
            _queue.Upload((nint)host, slice);
            _queue.Synchronize();
        }

        return slice;
    }
}
