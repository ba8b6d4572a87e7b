using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace StandIns.ILGPU.Tests;

public sealed class KernelTests : IDisposable
{
    private readonly Context _context = Context.Create(builder => builder.Default().EnableAlgorithms());
    private readonly Accelerator _accelerator;

    public KernelTests()
    {
        _accelerator = _context.GetPreferredDevice(preferCPU: true).CreateAccelerator(_context);
    }

    public void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    private static void AddTo(Index1D i, ArrayView<int> source, ArrayView<int> target, int number) =>
        target[i] = source[i] + number;

    private static void Coordinates(Index2D i, ArrayView<int> target, int width) =>
        target[(i.Y * width) + i.X] = (100 * i.Y) + i.X;

    private static void Volume(Index3D i, ArrayView<int> target) =>
        target[i.X + (2 * (i.Y + (3 * i.Z)))] = i.X + (10 * i.Y) + (100 * i.Z);

    private static void CountUp(Index1D i, ArrayView<int> counter) => Atomic.Add(ref counter[0], i.X);

    private static void Append(Index1D i, ArrayView<int> digits, int digit) => digits[0] = (digits[0] * 10) + digit;

    private static void Divide(Index1D i, ArrayView<int> target, int by) => target[i] = 1 / by;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_003)]
    public void A_kernel_runs_once_for_each_index(int count)
    {
        using var source = _accelerator.Allocate1D<int>(count);
        using var target = _accelerator.Allocate1D<int>(count);
        var kernel = _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, int>(AddTo);
        var input = Enumerable.Range(0, count).ToArray();
        source.CopyFromCPU(input);
        kernel(count, source.View, target.View, 5);
        _accelerator.Synchronize();
        Assert.Equal(input.Select(x => x + 5), target.GetAsArray1D());
    }

    [Fact]
    public void Two_and_three_coordinates_run_with_x_fastest()
    {
        using var plane = _accelerator.Allocate1D<int>(12);
        _accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>, int>(Coordinates)(new Index2D(4, 3), plane.View, 4);
        Assert.Equal([0, 1, 2, 3, 100, 101, 102, 103, 200, 201, 202, 203], plane.GetAsArray1D());

        using var volume = _accelerator.Allocate1D<int>(12);
        _accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView<int>>(Volume)(new Index3D(2, 3, 2), volume.View);
        Assert.Equal([0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121], volume.GetAsArray1D());
    }

    [Fact]
    public void Atomic_additions_lose_nothing()
    {
        using var counter = _accelerator.Allocate1D<int>(1);
        counter.View.MemSetToZero();
        _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(CountUp)(10_000, counter.View);
        Assert.Equal(10_000 * 9_999 / 2, counter.GetAsArray1D()[0]);
    }

    [Fact]
    public void A_stream_keeps_the_order_of_what_was_queued()
    {
        using var stream = _accelerator.CreateStream();
        using var digits = _accelerator.Allocate1D<int>(1);
        digits.View.MemSetToZero(stream);
        var append = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<int>, int>(Append);
        for (var digit = 1; digit <= 9; digit++)
            append(stream, 1, digits.View, digit);
        var result = new int[1];
        digits.CopyToCPU(stream, result);
        Assert.Equal(123_456_789, result[0]);
    }

    [Fact]
    public void A_failing_kernel_comes_out_of_synchronize_and_the_stream_lives_on()
    {
        using var stream = _accelerator.CreateStream();
        using var target = _accelerator.Allocate1D<int>(4);
        var divide = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<int>, int>(Divide);
        divide(stream, 1, target.View, 0);
        Assert.Throws<DivideByZeroException>(stream.Synchronize);
        divide(stream, 4, target.View, 1);
        stream.Synchronize();
        Assert.Equal([1, 1, 1, 1], target.GetAsArray1D());
    }

    [Fact]
    public void Pinned_memory_is_copied_from_and_to_asynchronously()
    {
        using var stream = _accelerator.CreateStream();
        var memory = GC.AllocateArray<byte>(64, pinned: true);
        for (var i = 0; i < memory.Length; i++)
            memory[i] = (byte)(3 * i);
        using var scope = _accelerator.CreatePageLockFromPinned<byte>(memory);
        using var buffer = _accelerator.Allocate1D<byte>(64);
        buffer.View.CopyFromPageLockedAsync(stream, scope);
        stream.Synchronize();
        Assert.Equal(memory, buffer.GetAsArray1D());

        var expected = memory.ToArray();
        Array.Clear(memory);
        buffer.View.CopyToPageLockedAsync(stream, scope);
        stream.Synchronize();
        Assert.Equal(expected, memory);
        Assert.Equal(64, scope.LengthInBytes);
    }

    [Fact]
    public void Page_locked_arrays_read_back_what_a_kernel_wrote()
    {
        using var locked = _accelerator.AllocatePageLocked1D<int>(5);
        using var buffer = _accelerator.Allocate1D<int>(5);
        for (var i = 0; i < 5; i++)
            locked[i] = i;
        buffer.View.CopyFromPageLockedAsync(locked);
        _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, int>(AddTo)(5, buffer.View, buffer.View, 10);
        buffer.View.CopyToPageLockedAsync(locked);
        _accelerator.Synchronize();
        Assert.Equal([10, 11, 12, 13, 14], locked.GetArray());
    }

    [Fact]
    public void Views_share_their_buffers_memory()
    {
        using var buffer = _accelerator.Allocate1D<int>(10);
        buffer.CopyFromCPU([.. Enumerable.Range(0, 10)]);
        ArrayView<int> whole = buffer.View;
        var middle = whole.SubView(3, 4);
        Assert.Equal(4, middle.Length);
        middle[0] = -1;
        Assert.Equal(-1, buffer.GetAsArray1D()[3]);
        Assert.Equal(40, whole.Cast<byte>().Length);
        Assert.Equal(40, whole.LengthInBytes);
    }

    [Fact]
    public void A_copy_larger_than_its_target_is_refused()
    {
        using var buffer = _accelerator.Allocate1D<int>(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyFromCPU(new int[4]));
    }

    [Fact]
    public void The_cpu_device_describes_itself()
    {
        Assert.Equal(AcceleratorType.CPU, _accelerator.AcceleratorType);
        Assert.Equal(Environment.ProcessorCount, _accelerator.NumMultiprocessors);
        Assert.Same(CPUDevice.Default, _context.GetCPUDevice(0));
        Assert.Same(_context.GetPreferredDevice(false), _context.GetPreferredDevice(true));
        Assert.Equal(Index1D.Zero, new Index1D(5) - new Index1D(5));
        Assert.Equal(6, new Index2D(2, 3).Size);
    }
}
