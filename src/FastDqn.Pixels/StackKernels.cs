using System.Reflection;
using FastDqn.Core;
using ILGPU;

namespace FastDqn.Pixels;

/// <summary>How a ring of frames lies and what stacks are made of it; passed by value.</summary>
/// <param name="Slots">Frames of a lane.</param>
/// <param name="Lanes">Frames of a slot.</param>
/// <param name="Unit">Elements of a frame.</param>
/// <param name="Depth">Frames of a stack.</param>
/// <param name="RepeatFirst">1: before an episode's first frame that one again; 0: zeros.</param>
internal readonly record struct StackShape(int Slots, int Lanes, int Unit, int Depth, int RepeatFirst);

/// <summary>
/// Stacks out of a ring of frames, laid out (slots, lanes, frame), one element a thread. A place is three numbers:
/// lane, slot of the newest frame, frames that are the episode's (<see cref="StackPlace"/>).
/// </summary>
internal static class StackKernels
{
    /// <summary>Every kernel of this class.</summary>
    public static IReadOnlyList<MethodInfo> All { get; } = PixelKernels.KernelsOf(typeof(StackKernels));

    /// <summary>Frames of any number of bytes.</summary>
    public static void GatherBytes(
        Index1D i, ArrayView<byte> frames, ArrayView<long> places, StackShape shape, ArrayView<byte> stacks)
    {
        var from = Source(i, places, shape);
        stacks[i] = from < 0 ? (byte)0 : frames[from];
    }

    /// <summary>Frames of a multiple of four bytes, four at a time.</summary>
    public static void GatherWords(
        Index1D i, ArrayView<int> frames, ArrayView<long> places, StackShape shape, ArrayView<int> stacks)
    {
        var from = Source(i, places, shape);
        stacks[i] = from < 0 ? 0 : frames[from];
    }

    // Where an element of the stacks comes from; below 0: from nowhere, it is 0.
    private static long Source(int i, ArrayView<long> places, StackShape shape)
    {
        var at = StackPlace.Numbers * (i / (shape.Depth * shape.Unit));
        var age = shape.Depth - 1 - (i / shape.Unit % shape.Depth);
        var oldest = (int)places[at + 2] - 1;
        if (age > oldest && shape.RepeatFirst == 0)
            return -1;
        var slot = places[at + 1] - (age > oldest ? oldest : age);
        if (slot < 0)
            slot += shape.Slots;
        return (((slot * shape.Lanes) + places[at]) * shape.Unit) + (i % shape.Unit);
    }
}
