using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels;

/// <summary>What <see cref="KernelVerification"/> found for one kernel.</summary>
/// <param name="Kernel">Its name in <see cref="PixelKernels.Every"/>.</param>
/// <param name="Equal">Whether every byte that it wrote is the reference's, in every conversion that uses it.</param>
/// <param name="Microseconds">Device time of one launch over <see cref="KernelVerification.Frames"/> frames.</param>
/// <param name="Error">Why it could not run; null where it could.</param>
public sealed record KernelVerdict(string Kernel, bool Equal, double Microseconds, string? Error = null);

/// <summary>
/// Compares every kernel with the reference by itself, on what the kernels before it wrote. It needs no other device,
/// so that a GPU server can be trusted from one run.
/// </summary>
public static class KernelVerification
{
    /// <summary>Frames of a launch that is timed.</summary>
    public const int Frames = 64;

    private const int Repeats = 50;

    // Between them these use every kernel, and both ways of the whole-number shrink.
    private static readonly (PixelOptions Options, int Depth)[] Cases =
    [
        (new PixelOptions(PixelPreset.Ale), 4),
        (new PixelOptions(PixelPreset.Nature), 1),
        (new PixelOptions(PixelPreset.CleanRl), 1),
        (new PixelOptions(PixelPreset.DqnZoo), 1),
        (new PixelOptions(PixelPreset.Crop160), 1),
        (new PixelOptions(PixelPreset.MsPacman88), 1),
        (new PixelOptions(PixelPreset.PillowBicubic), 1),
        (new PixelOptions(PixelPreset.Ale, Width: 80, Height: 105), 1),
        (new PixelOptions(PixelPreset.Ale, Width: 40, Height: 70, Colour: true), 1),
    ];

    /// <summary>
    /// The kernels on a CUDA device, in its primary context and on the driver's own memory: one verdict a kernel.
    /// </summary>
    public static IReadOnlyList<KernelVerdict> VerifyOnDevice(CudaDriver driver, int ordinal = 0)
    {
        using var device = new CudaPixelDevice(driver, ordinal);
        return Run(device, Frames);
    }

    /// <summary>
    /// The kernels on any device, launches over <paramref name="frames"/> frames, each timed over
    /// <paramref name="repeats"/> launches.
    /// </summary>
    public static IReadOnlyList<KernelVerdict> Run(PixelDevice device, int frames, int repeats = Repeats)
    {
        ArgumentNullException.ThrowIfNull(device);
        var verdicts = new Dictionary<string, KernelVerdict>();
        string? error = null;
        foreach (var (options, depth) in Cases)
        {
            try
            {
                foreach (var found in Verify(device, options, depth, frames, repeats))
                    verdicts[found.Kernel] = verdicts.TryGetValue(found.Kernel, out var earlier)
                        ? earlier with { Equal = earlier.Equal && found.Equal }
                        : found;
            }
            catch (FastDqnException e)
            {
                error ??= e.Message;
            }
        }

        foreach (var bytes in (int[])[7056, 441])
        {
            try
            {
                var found = VerifyStacks(device, new FrameRing(16, 3, bytes, 4, RepeatFirst: bytes % 2 == 0), frames, repeats);
                verdicts[found.Kernel] = found;
            }
            catch (FastDqnException e)
            {
                error ??= e.Message;
            }
        }

        try
        {
            verdicts[nameof(OptimizerKernels.Adam)] = VerifyAdam(device, 16 * frames, repeats);
        }
        catch (FastDqnException e)
        {
            error ??= e.Message;
        }

        // After a failure the driver may refuse the rest: kernels that were not reached fail with the first one's
        // reason.
        return [.. PixelKernels.Every.Select(kernel => verdicts.GetValueOrDefault(
            kernel.Name, new KernelVerdict(kernel.Name, false, double.NaN, error)))];
    }

    private static List<KernelVerdict> Verify(PixelDevice device, PixelOptions options, int depth, int count, int repeats)
    {
        var random = new RandomStream(2600, options.Preset.Name);
        var palette = KernelSelfTest.RandomPalette(random);
        var (plan, reference) = (new PixelPlan(options, palette), new ReferenceConverter(options, palette));
        using var queue = device.CreateQueue();
        using var pipeline = new PixelPipeline(device, queue, plan, count, depth, repeatFirst: true);
        using var host = new HostBuffer(device, count, plan.FrameBytes, depth * plan.OutputBytes);
        List<byte[]> observations = [];
        // Once around the ring, so that the first place is the newest and every place was written.
        for (var step = 0; step <= (depth > 1 ? depth : 0); step++)
        {
            KernelSelfTest.Frames(random, plan.FrameBytes, count).CopyTo(host.Previous);
            KernelSelfTest.Frames(random, plan.FrameBytes, count).CopyTo(host.Current);
            for (var i = 0; i < count; i++)
                host.Known[i] = 1 + Math.Min(step, i % depth);
            var expected = new byte[count * plan.OutputBytes];
            reference.Convert(host.Previous, host.Current, expected);
            observations.Add(expected);
            pipeline.Run(host, step);
            queue.Synchronize();
        }

        List<KernelVerdict> verdicts = [];
        foreach (var step in pipeline.FirstSteps)
        {
            var expected = step.Kernel == nameof(PixelKernels.GatherStacks)
                ? Stacks(observations, host.Known, depth, plan.OutputBytes)
                : reference.OutputOf(step.Kernel, host.Previous, host.Current);
            var equal = Downloaded(queue, step.Output).AsSpan().SequenceEqual(expected);
            verdicts.Add(new KernelVerdict(step.Kernel, equal, queue.Time(step.Launch, repeats)));
        }

        return verdicts;
    }

    private static unsafe KernelVerdict VerifyStacks(PixelDevice device, FrameRing ring, int count, int repeats)
    {
        var random = new RandomStream(2600, "ring");
        var frames = new byte[ring.Bytes];
        foreach (ref var value in frames.AsSpan())
            value = (byte)random.NextInt32(256);
        var places = new StackPlace[count];
        foreach (ref var place in places.AsSpan())
        {
            place = new StackPlace(
                random.NextInt32(ring.Lanes), random.NextInt32((int)ring.Slots), 1 + random.NextInt32(ring.Depth));
        }

        using var queue = device.CreateQueue();
        using var memory = device.Allocate(frames.Length);
        using var at = device.Allocate(count * sizeof(StackPlace));
        using var stacks = device.Allocate((long)count * ring.Depth * ring.FrameBytes);
        fixed (byte* host = frames)
        fixed (StackPlace* of = places)
        {
            queue.Upload((nint)host, memory.All());
            queue.Upload((nint)of, at.All());
            queue.Synchronize();
        }

        var launch = StackGather.Prepare(device, ring, memory, at, count, stacks);
        queue.Run(launch);
        queue.Synchronize();
        var equal = Downloaded(queue, stacks.All()).AsSpan().SequenceEqual(Stacks(ring, frames, places));
        return new KernelVerdict(StackGather.KernelFor(ring).Kernel.Name, equal, queue.Time(launch, repeats));
    }

    private static unsafe KernelVerdict VerifyAdam(PixelDevice device, int count, int repeats)
    {
        var random = new RandomStream(2600, "adam");
        // Values, gradient, moments, numbers; of all sizes, zeros among them.
        float[][] numbers = [.. Enumerable.Range(0, 4).Select(part => Enumerable.Range(0, count).Select(i => Draw(part, i)).ToArray())];
        numbers = [.. numbers, [-1e-3f, 1e-7f, 0.999f, 1 - 0.9f]];
        using var queue = device.CreateQueue();
        DeviceMemory[] memory = [.. numbers.Select(part => device.Allocate(part.Length * sizeof(float)))];
        try
        {
            for (var i = 0; i < memory.Length; i++)
            {
                fixed (float* host = numbers[i])
                {
                    queue.Upload((nint)host, memory[i].All());
                    queue.Synchronize();
                }
            }

            var step = new AdamStep(0, 0, 0, 0, 0, count, Beta2: 0.999, Decoupled: true);
            var launch = AdamKernel.Prepare(device, step, memory);
            queue.Run(launch);
            queue.Synchronize();
            Adam(numbers, step);
            var equal = true;
            foreach (var part in (int[])[0, 2, 3])
                equal &= Downloaded(queue, memory[part].All()).AsSpan().SequenceEqual(MemoryMarshal.AsBytes(numbers[part].AsSpan()));
            return new KernelVerdict(nameof(OptimizerKernels.Adam), equal, queue.Time(launch, repeats));
        }
        finally
        {
            foreach (var part in memory)
                part.Dispose();
        }

        float Draw(int part, int i)
        {
            var value = (float)(random.NextGaussian() * Math.Pow(10, -random.NextInt32(9)));
            return i % 7 == part ? 0 : part == 3 ? value * value : value;
        }
    }

    /// <summary>The step in plain floats, in place: values, gradient, moments, numbers.</summary>
    internal static void Adam(float[][] parts, in AdamStep step)
    {
        var (values, gradient, mean, square, numbers) = (parts[0], parts[1], parts[2], parts[3], parts[4]);
        var (beta2, rest2) = ((float)step.Beta2, (float)(1 - step.Beta2));
        for (var i = 0; i < step.Count; i++)
        {
            var value = step.Decoupled ? values[i] * numbers[2] : values[i];
            mean[i] += (gradient[i] - mean[i]) * numbers[3];
            square[i] = (square[i] * beta2) + (gradient[i] * gradient[i] * rest2);
            values[i] = value + (mean[i] / (MathF.Sqrt(square[i]) + numbers[1]) * numbers[0]);
        }
    }

    // As fdq_replay_gather makes them, out of frames laid out (slots, lanes).
    private static byte[] Stacks(FrameRing ring, byte[] frames, StackPlace[] places)
    {
        var stacks = new byte[(long)places.Length * ring.Depth * ring.FrameBytes];
        for (var i = 0; i < places.Length; i++)
            for (var age = 0; age < ring.Depth; age++)
            {
                if (age >= places[i].Known && !ring.RepeatFirst)
                    continue;
                var slot = (places[i].Slot - Math.Min(age, places[i].Known - 1) + ring.Slots) % ring.Slots;
                frames.AsSpan((int)((slot * ring.StepBytes) + (places[i].Lane * ring.FrameBytes)), ring.FrameBytes)
                    .CopyTo(stacks.AsSpan(((i * ring.Depth) + ring.Depth - 1 - age) * ring.FrameBytes));
            }

        return stacks;
    }

    // Oldest first; before an episode's first observation that one again.
    private static byte[] Stacks(List<byte[]> observations, ReadOnlySpan<int> known, int depth, int bytes)
    {
        var stacks = new byte[known.Length * depth * bytes];
        for (var i = 0; i < known.Length; i++)
            for (var place = 0; place < depth; place++)
            {
                var age = Math.Min(depth - 1 - place, known[i] - 1);
                observations[observations.Count - 1 - age].AsSpan(i * bytes, bytes).CopyTo(stacks.AsSpan(((i * depth) + place) * bytes));
            }

        return stacks;
    }

    private static unsafe byte[] Downloaded(KernelQueue queue, DeviceSlice slice)
    {
        var bytes = new byte[slice.Bytes];
        fixed (byte* host = bytes)
        {
            queue.Download(slice, (nint)host);
            queue.Synchronize();
        }

        return bytes;
    }
}
