using System.Reflection;
using FastDqn.Core;
using ILGPU;

namespace FastDqn.Pixels;

/// <summary>Where a kernel's elements lie; passed by value.</summary>
/// <param name="Rows">Rows of the crop.</param>
/// <param name="Top">First row of the crop.</param>
/// <param name="FrameBytes">Bytes of a whole frame.</param>
/// <param name="Width">Columns of an observation.</param>
/// <param name="Height">Rows of an observation.</param>
/// <param name="Planes">Planes that are resized.</param>
/// <param name="TapsX">Weights stored a column.</param>
/// <param name="TapsY">Weights stored a row.</param>
internal readonly record struct KernelShape(
    int Rows, int Top, int FrameBytes, int Width, int Height, int Planes, int TapsX, int TapsY);

/// <summary>
/// The device's side of the conversion, one element a thread. A device compiler may fuse a product and a sum into one
/// rounding, which would change bytes: so products are taken in double, where a byte or float times a float is exact,
/// and rounded to float by an explicit conversion that nothing can be fused over. Everything else is integer
/// arithmetic or a table.
/// </summary>
internal static class PixelKernels
{
    public const int FrameWidth = PixelPlan.FrameWidth;

    private const int PillowHalf = 1 << (ResizeTaps.PillowBits - 1);

    /// <summary>Every kernel of this class.</summary>
    public static IReadOnlyList<MethodInfo> All { get; } = KernelsOf(typeof(PixelKernels));

    /// <summary>Those, the <see cref="StackKernels"/> and the <see cref="OptimizerKernels"/>.</summary>
    public static IReadOnlyList<MethodInfo> Every { get; } =
        [.. KernelsOf(typeof(PixelKernels)), .. StackKernels.All, .. OptimizerKernels.All];

    /// <summary>The kernel called <paramref name="name"/>, of any class.</summary>
    public static MethodInfo Named(string name) => Every.First(method => method.Name == name);

    /// <summary>The kernels of a class: the public methods with an index first.</summary>
    internal static IReadOnlyList<MethodInfo> KernelsOf(Type type) =>
        [.. type.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.GetParameters() is [var index, ..] && index.ParameterType == typeof(Index1D))];

    /// <summary>planes[i] = max(table[previous], table[current]), with a table a plane.</summary>
    public static void LookUpMax(
        Index1D i, ArrayView<byte> previous, ArrayView<byte> current, ArrayView<byte> table, KernelShape shape, ArrayView<byte> planes)
    {
        var pixels = shape.Rows * FrameWidth;
        var plane = i / pixels % shape.Planes;
        var source = (i / (pixels * shape.Planes) * shape.FrameBytes) + (shape.Top * FrameWidth) + (i % pixels);
        int a = table[(plane * Palette.Size) + previous[source]];
        int b = table[(plane * Palette.Size) + current[source]];
        planes[i] = (byte)(a > b ? a : b);
    }

    /// <summary>
    /// planes[i] = table[previous, current]: where maximum and gray are not one look-up each; also the newest frame
    /// alone.
    /// </summary>
    public static void LookUpPair(
        Index1D i, ArrayView<byte> previous, ArrayView<byte> current, ArrayView<byte> table, KernelShape shape, ArrayView<byte> planes)
    {
        var pixels = shape.Rows * FrameWidth;
        var source = (i / pixels * shape.FrameBytes) + (shape.Top * FrameWidth) + (i % pixels);
        planes[i] = table[(previous[source] * Palette.Size) + current[source]];
    }

    /// <summary>OpenCV's area resize.</summary>
    public static void Area(
        Index1D i,
        ArrayView<byte> planes,
        ArrayView<int> firstX,
        ArrayView<int> countX,
        ArrayView<float> weightX,
        ArrayView<int> firstY,
        ArrayView<int> countY,
        ArrayView<float> weightY,
        KernelShape shape,
        ArrayView<byte> output)
    {
        var x = i % shape.Width;
        var y = i / shape.Width % shape.Height;
        var plane = i / (shape.Width * shape.Height) * shape.Rows * FrameWidth;
        var sum = 0f;
        for (var j = 0; j < countY[y]; j++)
        {
            var at = plane + ((firstY[y] + j) * FrameWidth) + firstX[x];
            var row = 0f;
            for (var k = 0; k < countX[x]; k++)
                row += Product(planes[at + k], weightX[(x * shape.TapsX) + k]);
            sum += Product(weightY[(y * shape.TapsY) + j], row);
        }

        output[i] = RoundToEven(sum);
    }

    /// <summary>OpenCV's area resize where both sides shrink by whole numbers, here in TapsX and TapsY.</summary>
    public static void AreaWhole(Index1D i, ArrayView<byte> planes, KernelShape shape, ArrayView<byte> output)
    {
        var x = i % shape.Width;
        var y = i / shape.Width % shape.Height;
        var plane = i / (shape.Width * shape.Height) * shape.Rows * FrameWidth;
        var sum = 0;
        for (var j = 0; j < shape.TapsY; j++)
            for (var k = 0; k < shape.TapsX; k++)
                sum += planes[plane + (((y * shape.TapsY) + j) * FrameWidth) + (x * shape.TapsX) + k];
        output[i] = shape.TapsX == 2 && shape.TapsY == 2
            ? (byte)((sum + 2) >> 2)
            : RoundToEven(Product(sum, 1f / (shape.TapsX * shape.TapsY)));
    }

    /// <summary>OpenCV's linear resize.</summary>
    public static void Linear(
        Index1D i,
        ArrayView<byte> planes,
        ArrayView<int> firstX,
        ArrayView<int> countX,
        ArrayView<int> weightX,
        ArrayView<int> firstY,
        ArrayView<int> countY,
        ArrayView<int> weightY,
        KernelShape shape,
        ArrayView<byte> output)
    {
        var x = i % shape.Width;
        var y = i / shape.Width % shape.Height;
        var plane = i / (shape.Width * shape.Height) * shape.Rows * FrameWidth;
        var value = 2;
        for (var j = 0; j < countY[y]; j++)
        {
            var at = plane + ((firstY[y] + j) * FrameWidth) + firstX[x];
            var row = 0;
            for (var k = 0; k < countX[x]; k++)
                row += planes[at + k] * weightX[(x * shape.TapsX) + k];
            value += (weightY[(y * shape.TapsY) + j] * (row >> 4)) >> 16;
        }

        output[i] = (byte)(value >> 2);
    }

    /// <summary>Pillow's horizontal pass: (planes, rows, width) bytes.</summary>
    public static void PillowColumns(
        Index1D i,
        ArrayView<byte> planes,
        ArrayView<int> firstX,
        ArrayView<int> countX,
        ArrayView<int> weightX,
        KernelShape shape,
        ArrayView<byte> narrow)
    {
        var x = i % shape.Width;
        var at = (i / shape.Width * FrameWidth) + firstX[x];
        var sum = PillowHalf;
        for (var k = 0; k < countX[x]; k++)
            sum += planes[at + k] * weightX[(x * shape.TapsX) + k];
        narrow[i] = Clamp(sum >> ResizeTaps.PillowBits);
    }

    /// <summary>Pillow's vertical pass over what the horizontal one left.</summary>
    public static void PillowRows(
        Index1D i,
        ArrayView<byte> narrow,
        ArrayView<int> firstY,
        ArrayView<int> countY,
        ArrayView<int> weightY,
        KernelShape shape,
        ArrayView<byte> output)
    {
        var x = i % shape.Width;
        var y = i / shape.Width % shape.Height;
        var plane = i / (shape.Width * shape.Height) * shape.Rows * shape.Width;
        var sum = PillowHalf;
        for (var j = 0; j < countY[y]; j++)
            sum += narrow[plane + ((firstY[y] + j) * shape.Width) + x] * weightY[(y * shape.TapsY) + j];
        output[i] = Clamp(sum >> ResizeTaps.PillowBits);
    }

    /// <summary>One source pixel an output pixel.</summary>
    public static void Nearest(
        Index1D i, ArrayView<byte> planes, ArrayView<int> sourceX, ArrayView<int> sourceY, KernelShape shape, ArrayView<byte> output)
    {
        var x = i % shape.Width;
        var y = i / shape.Width % shape.Height;
        var plane = i / (shape.Width * shape.Height) * shape.Rows * FrameWidth;
        output[i] = planes[plane + (sourceY[y] * FrameWidth) + sourceX[x]];
    }

    /// <summary>The gray of three planes an observation.</summary>
    public static void Gray(Index1D i, ArrayView<byte> colours, KernelShape shape, GrayWeights weights, ArrayView<byte> output)
    {
        var pixels = shape.Width * shape.Height;
        var at = (i / pixels * 3 * pixels) + (i % pixels);
        output[i] = weights.Of(colours[at], colours[at + pixels], colours[at + (2 * pixels)]);
    }

    /// <summary>
    /// (environments, depth, observation) stacks, oldest first, out of a ring of the newest observations laid out
    /// (depth, environments, observation). Frames before an episode's first are zeros or that frame.
    /// </summary>
    /// <param name="known">Frames of the running episode in the ring, 1 to depth, an environment.</param>
    /// <param name="newest">Place of the newest observations in the ring.</param>
    public static void GatherStacks(
        Index1D i,
        ArrayView<byte> ring,
        ArrayView<int> known,
        int newest,
        int depth,
        int bytes,
        int environments,
        int repeatFirst,
        ArrayView<byte> stacks)
    {
        var environment = i / (depth * bytes);
        var age = depth - 1 - (i / bytes % depth);
        var held = known[environment] - 1;
        if (age > held && repeatFirst == 0)
        {
            stacks[i] = 0;
            return;
        }

        var place = (newest - (age > held ? held : age) + depth) % depth;
        stacks[i] = ring[(((place * environments) + environment) * bytes) + (i % bytes)];
    }

    private static float Product(float a, float b) => (float)((double)a * b);

    private static byte Clamp(int value) => (byte)(value < 0 ? 0 : value > 255 ? 255 : value);

    // Of a value from 0 up: the rest after the whole part is exact.
    private static byte RoundToEven(float value)
    {
        var whole = (int)value;
        var rest = value - whole;
        if (rest > 0.5f || (rest == 0.5f && (whole & 1) != 0))
            whole++;
        return Clamp(whole);
    }
}
