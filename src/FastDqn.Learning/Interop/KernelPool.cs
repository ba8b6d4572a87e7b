using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Networks;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace FastDqn.Learning.Interop;

/// <summary>
/// The CPU layers of <c>libfastdqn.so</c> (<c>fastdqn/kernels.h</c>) and the threads that they run on. Results do not
/// depend on the number of threads. For one caller at a time.
/// </summary>
internal sealed unsafe partial class KernelPool : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <param name="threads">1 or more, the caller's counted.</param>
    public KernelPool(int threads)
        : base(ownsHandle: true)
    {
        Native.EnsureLoaded(
            new("fdq_convolution", sizeof(Convolution)),
            new("fdq_chained", sizeof(Chained)),
            new("fdq_linear", sizeof(Dense)),
            new("fdq_lstm", sizeof(Recurrence)),
            new("fdq_layer_norm", sizeof(Normalization)),
            new("fdq_adam", sizeof(AdamSettings)));
        Native.Check(fdq_pool_create(threads, out var pool));
        SetHandle(pool);
        Threads = threads;
    }

    public int Threads { get; }

    public void Convolve(in Convolution shape, Tensor x, nint weights, nint bias, Tensor y) =>
        Native.Check(fdq_convolve(this, shape, PinnedTensor.Data(x), weights, bias, PinnedTensor.Data(y)));

    public void ConvolveBack(in Convolution shape, Tensor x, nint weights, Tensor y, Tensor dy, Tensor? dx, nint dWeights, nint dBias) =>
        Native.Check(fdq_convolve_back(
            this,
            shape,
            PinnedTensor.Data(x),
            weights,
            PinnedTensor.Data(y),
            PinnedTensor.Data(dy),
            PinnedTensor.Data(dx),
            dWeights,
            dBias));

    /// <summary>Convolutions one after another: (images, channels, height, width) bytes to rows.</summary>
    public void ConvolveChain(ReadOnlySpan<Chained> layers, Tensor planes, Tensor rows) =>
        Native.Check(fdq_convolve_chain(this, layers, layers.Length, PinnedTensor.Data(planes), PinnedTensor.Data(rows)));

    public void Linear(in Dense shape, Tensor x, nint weights, nint bias, Tensor y) =>
        Native.Check(fdq_linear_forward(this, shape, PinnedTensor.Data(x), weights, bias, PinnedTensor.Data(y)));

    public void LinearBack(in Dense shape, Tensor x, nint weights, Tensor y, Tensor dy, Tensor? dx, nint dWeights, nint dBias) =>
        Native.Check(fdq_linear_back(
            this,
            shape,
            PinnedTensor.Data(x),
            weights,
            PinnedTensor.Data(y),
            PinnedTensor.Data(dy),
            PinnedTensor.Data(dx),
            dWeights,
            dBias));

    public void Lstm(
        in Recurrence shape, nint weights, nint bias, Tensor? starts, Tensor state, Tensor gates, Tensor before, Tensor cellsBefore,
        Tensor cells, Tensor y) =>
        Native.Check(fdq_lstm_forward(
            this,
            shape,
            weights,
            bias,
            PinnedTensor.Data(starts),
            PinnedTensor.Data(state),
            PinnedTensor.Data(gates),
            PinnedTensor.Data(before),
            PinnedTensor.Data(cellsBefore),
            PinnedTensor.Data(cells),
            PinnedTensor.Data(y)));

    public void LstmBack(
        in Recurrence shape, nint weights, Tensor? starts, Tensor gates, Tensor cellsBefore, Tensor cells, Tensor dy) =>
        Native.Check(fdq_lstm_back(
            this,
            shape,
            weights,
            PinnedTensor.Data(starts),
            PinnedTensor.Data(gates),
            PinnedTensor.Data(cellsBefore),
            PinnedTensor.Data(cells),
            PinnedTensor.Data(dy)));

    public void LayerNorm(in Normalization shape, Tensor x, nint weights, nint bias, Tensor y, Tensor statistics) =>
        Native.Check(fdq_layer_norm_forward(
            this, shape, PinnedTensor.Data(x), weights, bias, PinnedTensor.Data(y), PinnedTensor.Data(statistics)));

    public void LayerNormBack(
        in Normalization shape, Tensor x, nint weights, Tensor y, Tensor statistics, Tensor dy, Tensor? dx, nint dWeights, nint dBias) =>
        Native.Check(fdq_layer_norm_back(
            this, shape, PinnedTensor.Data(x), weights, PinnedTensor.Data(y), PinnedTensor.Data(statistics), PinnedTensor.Data(dy),
            PinnedTensor.Data(dx), dWeights, dBias));

    public void MaxPool(long images, Planes input, Tensor x, Tensor y) =>
        Native.Check(fdq_max_pool(this, images, input.Height, input.Width, input.Channels, PinnedTensor.Data(x), PinnedTensor.Data(y)));

    public void MaxPoolBack(long images, Planes input, Tensor x, Tensor dy, Tensor dx) =>
        Native.Check(fdq_max_pool_back(
            this, images, input.Height, input.Width, input.Channels, PinnedTensor.Data(x), PinnedTensor.Data(dy), PinnedTensor.Data(dx)));

    public void Relu(long count, Tensor x, Tensor y) => Native.Check(fdq_relu(this, count, PinnedTensor.Data(x), PinnedTensor.Data(y)));

    public void ReluBack(long count, Tensor y, Tensor dy, Tensor dx) =>
        Native.Check(fdq_relu_back(this, count, PinnedTensor.Data(y), PinnedTensor.Data(dy), PinnedTensor.Data(dx)));

    /// <summary>(images, channels, pixels) bytes or floats to (images, pixels, channels) floats.</summary>
    public void ToRows(long images, long channels, long pixels, Tensor planes, Tensor rows) => Native.Check(
        planes.dtype == ScalarType.Byte
            ? fdq_rows_of_bytes(this, images, channels, pixels, PinnedTensor.Data(planes), PinnedTensor.Data(rows))
            : fdq_rows_of_floats(this, images, channels, pixels, PinnedTensor.Data(planes), PinnedTensor.Data(rows)));

    public double SumOfSquares(Tensor values)
    {
        Native.Check(fdq_sum_of_squares(this, values.NumberOfElements, PinnedTensor.Data(values), out var sum));
        return sum;
    }

    public void AdamStep(in AdamSettings settings, Tensor values, Tensor gradient, Tensor mean, Tensor square) =>
        Native.Check(fdq_adam_step(
            this,
            settings,
            values.NumberOfElements,
            PinnedTensor.Data(values),
            PinnedTensor.Data(gradient),
            PinnedTensor.Data(mean),
            PinnedTensor.Data(square)));

    protected override bool ReleaseHandle()
    {
        fdq_pool_destroy(handle);
        return true;
    }

    [LibraryImport(Native.Library)]
    private static partial int fdq_pool_create(int threads, out nint pool);

    [LibraryImport(Native.Library)]
    private static partial void fdq_pool_destroy(nint pool);

    [LibraryImport(Native.Library)]
    private static partial int fdq_convolve(KernelPool pool, in Convolution shape, nint x, nint weights, nint bias, nint y);

    [LibraryImport(Native.Library)]
    private static partial int fdq_convolve_back(
        KernelPool pool, in Convolution shape, nint x, nint weights, nint y, nint dy, nint dx, nint dWeights, nint dBias);

    [LibraryImport(Native.Library)]
    private static partial int fdq_convolve_chain(KernelPool pool, ReadOnlySpan<Chained> layers, int count, nint planes, nint y);

    [LibraryImport(Native.Library)]
    private static partial int fdq_linear_forward(KernelPool pool, in Dense shape, nint x, nint weights, nint bias, nint y);

    [LibraryImport(Native.Library)]
    private static partial int fdq_linear_back(
        KernelPool pool, in Dense shape, nint x, nint weights, nint y, nint dy, nint dx, nint dWeights, nint dBias);

    [LibraryImport(Native.Library)]
    private static partial int fdq_lstm_forward(
        KernelPool pool,
        in Recurrence shape,
        nint weights,
        nint bias,
        nint starts,
        nint state,
        nint gates,
        nint before,
        nint cellsBefore,
        nint cells,
        nint y);

    [LibraryImport(Native.Library)]
    private static partial int fdq_lstm_back(
        KernelPool pool, in Recurrence shape, nint weights, nint starts, nint gates, nint cellsBefore, nint cells, nint dy);

    [LibraryImport(Native.Library)]
    private static partial int fdq_layer_norm_forward(
        KernelPool pool, in Normalization shape, nint x, nint weights, nint bias, nint y, nint statistics);

    [LibraryImport(Native.Library)]
    private static partial int fdq_layer_norm_back(
        KernelPool pool,
        in Normalization shape,
        nint x,
        nint weights,
        nint y,
        nint statistics,
        nint dy,
        nint dx,
        nint dWeights,
        nint dBias);

    [LibraryImport(Native.Library)]
    private static partial int fdq_max_pool(KernelPool pool, long images, long height, long width, long channels, nint x, nint y);

    [LibraryImport(Native.Library)]
    private static partial int fdq_max_pool_back(
        KernelPool pool, long images, long height, long width, long channels, nint x, nint dy, nint dx);

    [LibraryImport(Native.Library)]
    private static partial int fdq_relu(KernelPool pool, long n, nint x, nint y);

    [LibraryImport(Native.Library)]
    private static partial int fdq_relu_back(KernelPool pool, long n, nint y, nint dy, nint dx);

    [LibraryImport(Native.Library)]
    private static partial int fdq_rows_of_bytes(KernelPool pool, long images, long channels, long pixels, nint planes, nint rows);

    [LibraryImport(Native.Library)]
    private static partial int fdq_rows_of_floats(KernelPool pool, long images, long channels, long pixels, nint planes, nint rows);

    [LibraryImport(Native.Library)]
    private static partial int fdq_sum_of_squares(KernelPool pool, long n, nint values, out double sum);

    [LibraryImport(Native.Library)]
    private static partial int fdq_adam_step(
        KernelPool pool, in AdamSettings settings, long n, nint values, nint gradient, nint mean, nint square);

    /// <summary>Mirror of <c>fdq_convolution</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Convolution
    {
        public long Images;
        public long Height;
        public long Width;
        public long Channels;
        public long KernelHeight;
        public long KernelWidth;
        public long StrideHeight;
        public long StrideWidth;
        public long PadTop;
        public long PadLeft;
        public long PadBottom;
        public long PadRight;
        public long Outputs;
        public float Scale;
        public int Relu;
    }

    /// <summary>Mirror of <c>fdq_chained</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Chained
    {
        public Convolution Shape;
        public nint Weights;
        public nint Bias;
    }

    /// <summary>Mirror of <c>fdq_linear</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Dense
    {
        public long Rows;
        public long Inputs;
        public long Outputs;
        public float Scale;
        public int Relu;
    }

    /// <summary>Mirror of <c>fdq_lstm</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Recurrence
    {
        public long Steps;
        public long Batch;
        public long Hidden;
    }

    /// <summary>Mirror of <c>fdq_layer_norm</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Normalization
    {
        public long Rows;
        public long Count;
        public int Relu;
    }

    /// <summary>Mirror of <c>fdq_adam</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AdamSettings
    {
        public double Rate;
        public double Beta1;
        public double Beta2;
        public double Epsilon;
        public double WeightDecay;
        public double GradientScale;
        public long Step;
        public int Decoupled;
    }
}
