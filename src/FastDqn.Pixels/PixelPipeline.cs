using FastDqn.Core;
using ILGPU;
using ILGPU.Runtime;

namespace FastDqn.Pixels;

/// <summary>The kernels of one plan with their tables and device buffers, launched in order on a stream.</summary>
internal sealed class PixelPipeline : IDisposable
{
    private readonly PixelPlan _plan;
    private readonly Accelerator _accelerator;
    private readonly List<MemoryBuffer> _buffers = [];
    private readonly int _environments;
    private readonly int _depth;
    private readonly KernelShape _shape;
    private readonly ArrayView<byte> _previous, _current, _planes, _narrow, _resized, _ring, _stacks;
    private readonly ArrayView<int> _known;
    private readonly Action<AcceleratorStream> _combine;
    private readonly Action<AcceleratorStream, ArrayView<byte>> _resize;
    private readonly Action<AcceleratorStream, Index1D, ArrayView<byte>, KernelShape, ArrayView<byte>>? _gray;
    private readonly Action<AcceleratorStream, Index1D, ArrayView<byte>, ArrayView<int>, int, int, int, int, int, ArrayView<byte>>? _gather;

    public PixelPipeline(Accelerator accelerator, PixelPlan plan, int environments, int depth)
    {
        _accelerator = accelerator;
        _plan = plan;
        _environments = environments;
        _depth = depth;
        // Kernels index their elements with 32 bits.
        var most = (long)environments * Math.Max(
            Math.Max(plan.FrameBytes, (long)plan.SourcePlanes * plan.Rows * PixelPlan.FrameWidth), (long)depth * plan.OutputBytes);
        if (most > int.MaxValue)
            throw new FastDqnException(ErrorKind.Usage, $"{environments} environments are too many for one device batch: use fewer");
        _shape = new KernelShape(
            plan.Rows, plan.Top, plan.FrameBytes, plan.Width, plan.Height, plan.SourcePlanes,
            plan.AreaX?.Width ?? plan.FixedX?.Width ?? 0, plan.AreaY?.Width ?? plan.FixedY?.Width ?? 0);
        if (plan.WholeX > 0)
            _shape = _shape with { TapsX = plan.WholeX, TapsY = plan.WholeY };

        _previous = Allocate(environments * plan.FrameBytes);
        _current = Allocate(environments * plan.FrameBytes);
        _planes = Allocate(environments * plan.SourcePlanes * plan.Rows * PixelPlan.FrameWidth);
        _ring = Allocate(depth * environments * plan.OutputBytes);
        _stacks = depth > 1 ? Allocate(depth * environments * plan.OutputBytes) : _ring;
        _known = Upload(new int[environments]);
        _narrow = plan.Resize == ResizeRule.Pillow ? Allocate(environments * plan.SourcePlanes * plan.Rows * plan.Width) : default;
        _resized = plan.GrayAfterResize ? Allocate(environments * 3 * plan.Width * plan.Height) : default;
        _combine = Combination();
        _resize = Resize();
        if (plan.GrayAfterResize)
            _gray = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<byte>, KernelShape, ArrayView<byte>>(PixelKernels.Gray);
        if (depth > 1)
            _gather = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<byte>, ArrayView<int>, int, int, int, int, int, ArrayView<byte>>(
                PixelKernels.GatherStacks);
    }

    /// <summary>Frames of <paramref name="host"/> in, stacks out: everything queued on the stream, nothing waited for.</summary>
    /// <param name="step">Submissions so far: says which place of the ring is the newest.</param>
    public void Run(AcceleratorStream stream, HostBuffer host, long step, bool repeatFirst)
    {
        _previous.CopyFromPageLockedAsync(stream, host.PreviousLock);
        _current.CopyFromPageLockedAsync(stream, host.CurrentLock);
        _combine(stream);
        var newest = (int)(step % _depth);
        var bytes = _environments * _plan.OutputBytes;
        var observations = _ring.SubView((long)newest * bytes, bytes);
        if (_gray is null)
        {
            _resize(stream, observations);
        }
        else
        {
            _resize(stream, _resized);
            _gray(stream, bytes, _resized, _shape, observations);
        }

        if (_gather is null)
        {
            observations.CopyToPageLockedAsync(stream, host.OutputLock);
            return;
        }

        _known.CopyFromPageLockedAsync(stream, host.KnownLock);
        _gather(
            stream, _depth * bytes, _ring, _known, newest, _depth, _plan.OutputBytes, _environments, repeatFirst ? 1 : 0, _stacks);
        _stacks.CopyToPageLockedAsync(stream, host.OutputLock);
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer.Dispose();
    }

    private Action<AcceleratorStream> Combination()
    {
        var count = (Index1D)(int)_planes.Length;
        if (PairTable() is { } pairs)
        {
            var table = Upload(pairs);
            var kernel = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<byte>, ArrayView<byte>, ArrayView<byte>, KernelShape, ArrayView<byte>>(PixelKernels.LookUpPair);
            return stream => kernel(stream, count, _previous, _current, table, _shape, _planes);
        }
        else
        {
            var table = Upload(PlaneTables());
            var kernel = _accelerator.LoadAutoGroupedKernel<
                Index1D, ArrayView<byte>, ArrayView<byte>, ArrayView<byte>, KernelShape, ArrayView<byte>>(PixelKernels.LookUpMax);
            // The larger of a frame and itself is the frame.
            var older = _plan.Preset.Combination == FrameCombination.Newest ? _current : _previous;
            return stream => kernel(stream, count, older, _current, table, _shape, _planes);
        }
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

    private Action<AcceleratorStream, ArrayView<byte>> Resize()
    {
        var count = (Index1D)(_environments * _plan.SourcePlanes * _plan.Width * _plan.Height);
        switch (_plan.Resize)
        {
            case ResizeRule.Area when _plan.WholeX > 0:
                {
                    var kernel = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<byte>, KernelShape, ArrayView<byte>>(
                        PixelKernels.AreaWhole);
                    return (stream, output) => kernel(stream, count, _planes, _shape, output);
                }

            case ResizeRule.Area:
                {
                    var (x, y) = (Upload(_plan.AreaX!), Upload(_plan.AreaY!));
                    var kernel = _accelerator.LoadAutoGroupedKernel<
                        Index1D, ArrayView<byte>, ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<int>, ArrayView<int>,
                        ArrayView<float>, KernelShape, ArrayView<byte>>(PixelKernels.Area);
                    return (stream, output) => kernel(
                        stream, count, _planes, x.First, x.Count, x.Weight, y.First, y.Count, y.Weight, _shape, output);
                }

            case ResizeRule.Linear:
                {
                    var (x, y) = (Upload(_plan.FixedX!), Upload(_plan.FixedY!));
                    var kernel = _accelerator.LoadAutoGroupedKernel<
                        Index1D, ArrayView<byte>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
                        ArrayView<int>, KernelShape, ArrayView<byte>>(PixelKernels.Linear);
                    return (stream, output) => kernel(
                        stream, count, _planes, x.First, x.Count, x.Weight, y.First, y.Count, y.Weight, _shape, output);
                }

            case ResizeRule.Pillow:
                {
                    var (x, y) = (Upload(_plan.FixedX!), Upload(_plan.FixedY!));
                    var columns = _accelerator.LoadAutoGroupedKernel<
                        Index1D, ArrayView<byte>, ArrayView<int>, ArrayView<int>, ArrayView<int>, KernelShape, ArrayView<byte>>(
                        PixelKernels.PillowColumns);
                    var rows = _accelerator.LoadAutoGroupedKernel<
                        Index1D, ArrayView<byte>, ArrayView<int>, ArrayView<int>, ArrayView<int>, KernelShape, ArrayView<byte>>(
                        PixelKernels.PillowRows);
                    var narrow = (Index1D)(int)_narrow.Length;
                    return (stream, output) =>
                    {
                        columns(stream, narrow, _planes, x.First, x.Count, x.Weight, _shape, _narrow);
                        rows(stream, count, _narrow, y.First, y.Count, y.Weight, _shape, output);
                    };
                }

            default:
                {
                    var (x, y) = (Upload(_plan.NearestX!), Upload(_plan.NearestY!));
                    var kernel = _accelerator.LoadAutoGroupedKernel<
                        Index1D, ArrayView<byte>, ArrayView<int>, ArrayView<int>, KernelShape, ArrayView<byte>>(PixelKernels.Nearest);
                    return (stream, output) => kernel(stream, count, _planes, x, y, _shape, output);
                }
        }
    }

    private ArrayView<byte> Allocate(int bytes)
    {
        var buffer = _accelerator.Allocate1D<byte>(bytes);
        _buffers.Add(buffer);
        return buffer.View;
    }

    private ArrayView<T> Upload<T>(T[] values)
        where T : unmanaged
    {
        var buffer = _accelerator.Allocate1D<T>(values.Length);
        _buffers.Add(buffer);
        buffer.CopyFromCPU(values);
        return buffer.View;
    }

    private (ArrayView<int> First, ArrayView<int> Count, ArrayView<T> Weight) Upload<T>(ResizeTaps<T> taps)
        where T : unmanaged => (Upload(taps.First), Upload(taps.Count), Upload(taps.Weight));
}
