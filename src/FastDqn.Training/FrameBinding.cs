using FastDqn.Core;
using FastDqn.Learning.Specs;
using FastDqn.Pixels;
using FastDqn.Pixels.Cuda;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>Where the frames of a configuration lie that minibatches are made of.</summary>
internal static class FrameBinding
{
    /// <summary>What the network, its optimizer and libtorch's own take beside the frames, generously.</summary>
    private const long Reserve = 2_000_000_000;

    /// <summary>
    /// The configuration with what <c>auto</c> leaves open decided for this machine; a run goes on with that.
    /// </summary>
    /// <param name="config">The run's options.</param>
    /// <param name="bytes">Of all frames.</param>
    /// <exception cref="FastDqnException">Usage: the card has too little memory.</exception>
    public static TrainConfig Pin(TrainConfig config, long bytes) =>
        config.Replay.Memory == FrameMemory.Host || LearnerBinding.DeviceOf(config) == "cpu" ? config
        : Pin(config, bytes, FreeOnCard());

    /// <param name="config">Of a run on a GPU.</param>
    /// <param name="bytes">Of all frames.</param>
    /// <param name="free">Bytes of the card's memory; null where they cannot be told.</param>
    internal static TrainConfig Pin(TrainConfig config, long bytes, long? free)
    {
        var size = config.Replay.Kind == ReplayKind.None ? "env.count or rollout.steps" : "replay.capacity";
        var fits = free is { } known && bytes <= known - Reserve;
        if (config.Replay.Memory == FrameMemory.Device && !fits)
        {
            throw free is not { } left
                ? new FastDqnException(ErrorKind.Unavailable, "replay.memory=device: no NVIDIA driver is installed here; use host")
                : new FastDqnException(
                    ErrorKind.Usage,
                    $"replay.memory=device takes {SystemMemory.Format(bytes)} of the card's memory, beside {SystemMemory.Format(Reserve)} "
                    + $"for the network, and {SystemMemory.Format(left)} is free: lower {size}, or use replay.memory=host");
        }

        return config with { Replay = config.Replay with { Memory = fits ? FrameMemory.Device : FrameMemory.Host } };
    }

    /// <summary>Bytes of the host's memory that frames on the CPU as the device take beside the ring's own.</summary>
    public static long HostBytes(TrainConfig config, long bytes) =>
        config.Replay.Memory == FrameMemory.Device && LearnerBinding.DeviceOf(config) == "cpu" ? bytes : 0;

    /// <summary>Bytes of a card's memory that a run on it takes; frames that only may lie there are left out.</summary>
    public static long CardBytes(TrainConfig config, long bytes) => Reserve + (config.Replay.Memory == FrameMemory.Device ? bytes : 0);

    /// <summary>Makes observations of frames on the device; null where they are the host's.</summary>
    public static IStackGather? Open(TrainConfig config) =>
        config.Replay.Memory == FrameMemory.Device ? StackGather.Open(cuda: LearnerBinding.DeviceOf(config) == "cuda") : null;

    private static long? FreeOnCard()
    {
        if (!CudaDriver.Installed)
            return null;
        using var context = new PrimaryContext(CudaDriver.Load());
        return context.MemoryInfo().Free;
    }
}
