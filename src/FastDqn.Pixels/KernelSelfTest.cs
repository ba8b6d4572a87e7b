using FastDqn.Core;

namespace FastDqn.Pixels;

/// <summary>What <see cref="KernelSelfTest"/> found for one preset.</summary>
/// <param name="Name">The preset, with "rgb" where in colour.</param>
/// <param name="Observations">Compared.</param>
/// <param name="Differing">Bytes that differ from the reference.</param>
/// <param name="Error">Why the device could not run it; null where it could.</param>
public sealed record KernelCheck(string Name, int Observations, long Differing, string? Error)
{
    public bool Passed => Differing == 0 && Error is null;
}

/// <summary>
/// <c>doctor --kernels</c>: runs every preset's kernels on a device over random and game-like frames and compares
/// with the reference, byte for byte.
/// </summary>
public static class KernelSelfTest
{
    private const int Environments = 4;
    private const int Steps = 3;
    private const int StackDepth = 4;

    /// <summary>One check a preset, gray and in colour, and one of the stacks.</summary>
    public static IReadOnlyList<KernelCheck> Run(PixelDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var checks = new List<KernelCheck>();
        foreach (var preset in PixelPreset.All)
            foreach (var colour in new[] { false, true })
                checks.Add(Guard(
                    colour ? preset.Name + " rgb" : preset.Name, () => Compare(device, new PixelOptions(preset, Colour: colour))));
        checks.Add(Guard("stacks", () => CompareStacks(device)));
        return checks;
    }

    private static KernelCheck Guard(string name, Func<(int, long)> compare)
    {
        try
        {
            var (observations, differing) = compare();
            return new KernelCheck(name, observations, differing, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A driver's failure of any kind is this check's result.
            return new KernelCheck(name, 0, 0, e.Message);
        }
    }

    private static (int, long) Compare(PixelDevice device, PixelOptions options)
    {
        var random = new RandomStream(2600, options.Preset.Name);
        var palette = RandomPalette(random);
        var reference = new ReferenceConverter(options, palette);
        using var converter = new DeviceConverter(device, options, palette, Environments);
        var expected = new byte[Environments * reference.ObservationBytes];
        var differing = 0L;
        for (var step = 0; step < Steps; step++)
        {
            var (previous, current) = (Frames(random, reference.FrameBytes), Frames(random, reference.FrameBytes));
            var found = new byte[expected.Length];
            reference.Convert(previous, current, expected);
            converter.Convert(previous, current, found);
            differing += Differing(expected, found);
        }

        return (Environments * Steps, differing);
    }

    private static (int, long) CompareStacks(PixelDevice device)
    {
        var random = new RandomStream(2600, "stacks");
        var options = new PixelOptions(PixelPreset.Ale);
        var palette = RandomPalette(random);
        var reference = new ReferenceConverter(options, palette);
        var size = reference.ObservationBytes;
        using var converter = new DeviceConverter(device, options, palette, Environments, StackDepth);
        var stacks = new byte[Environments * StackDepth * size];
        var waiting = new Queue<byte[]>();
        var differing = 0L;
        for (var step = 0; step < 12; step++)
        {
            var (previous, current) = (Frames(random, reference.FrameBytes), Frames(random, reference.FrameBytes));
            var starts = new byte[Environments];
            starts[step % Environments] = (byte)(step % 3 == 0 ? 1 : 0);
            Push(stacks, reference, previous, current, starts);
            waiting.Enqueue((byte[])stacks.Clone());
            previous.CopyTo(converter.PreviousFrames);
            current.CopyTo(converter.CurrentFrames);
            converter.Submit(starts);
            if (converter.Pending == 2)
                differing += Differing(waiting.Dequeue(), converter.Collect());
        }

        differing += Differing(waiting.Dequeue(), converter.Collect());
        return (Environments * 12, differing);
    }

    // The straightforward stacks: shift, or clear, and append.
    private static void Push(byte[] stacks, ReferenceConverter reference, byte[] previous, byte[] current, byte[] starts)
    {
        var size = reference.ObservationBytes;
        var newest = new byte[Environments * size];
        reference.Convert(previous, current, newest);
        for (var i = 0; i < Environments; i++)
        {
            var stack = stacks.AsSpan(i * StackDepth * size, StackDepth * size);
            if (starts[i] != 0)
                stack.Clear();
            stack[size..].CopyTo(stack);
            newest.AsSpan(i * size, size).CopyTo(stack[((StackDepth - 1) * size)..]);
        }
    }

    private static long Differing(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        var differing = 0L;
        for (var i = 0; i < expected.Length; i++)
            differing += expected[i] == found[i] ? 0 : 1;
        return differing;
    }

    internal static Palette RandomPalette(RandomStream random)
    {
        var rgb = new byte[3 * Palette.Size];
        foreach (ref var value in rgb.AsSpan())
            value = (byte)random.NextInt32(256);
        return new Palette(rgb);
    }

    // Noise in the even environments, bands in the odd ones.
    internal static byte[] Frames(RandomStream random, int frameBytes, int count = Environments)
    {
        var frames = new byte[count * frameBytes];
        for (var i = 0; i < count; i++)
        {
            var frame = frames.AsSpan(i * frameBytes, frameBytes);
            for (var at = 0; at < frameBytes;)
            {
                var length = Math.Min(frameBytes - at, i % 2 == 0 ? 1 : 1 + random.NextInt32(700));
                frame.Slice(at, length).Fill((byte)random.NextInt32(256));
                at += length;
            }
        }

        return frames;
    }
}
