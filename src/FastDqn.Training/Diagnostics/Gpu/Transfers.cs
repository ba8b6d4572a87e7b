using System.Globalization;
using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;
using TorchSharp;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>
/// Copies from the host as the learner makes them: from memory as it is, and page-locked by the driver's call as
/// trainings do.
/// </summary>
internal static class Transfers
{
    private const long Page = 4096;

    // A stack of frames, a minibatch of 32 and 1,024 of them.
    private static readonly int[] Stacks = [1, 32, 1024];

    public static void Run(GpuSettings settings, Action<GpuFigure> tell)
    {
        using var memory = settings.Rehearsal ? null : CudaPinnedMemory.Open();
        var device = torch.device(settings.Device);
        foreach (var stacks in Stacks)
        {
            var bytes = stacks * SyntheticBatch.Input.Bytes;
            // Whole pages of its own, so that they can be locked.
            using var block = torch.zeros(bytes + (2 * Page), torch.ScalarType.Byte);
            var start = (Page - (Address(block) % Page)) % Page;
            using var host = block.narrow(0, start, bytes);
            Time("pageable");
            if (memory is null)
                continue;
            using (memory.Register(Address(block) + (nint)start, (bytes + Page - 1) / Page * Page))
                Time("pinned");

            void Time(string how)
            {
                var seconds = LearnerTimes.Median(settings, () => host.to(device, non_blocking: true, copy: true).Dispose());
                var what = string.Create(CultureInfo.InvariantCulture, $"{SystemMemory.Format(bytes)}, {how}");
                tell(new GpuFigure($"{what}, a copy", seconds * 1e6, "us"));
                tell(new GpuFigure(what, bytes / seconds / 1e9, "GB/s"));
            }
        }
    }

    private static unsafe nint Address(torch.Tensor host)
    {
        fixed (byte* start = host.bytes)
            return (nint)start;
    }
}
