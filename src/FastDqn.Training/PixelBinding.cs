using System.Diagnostics;
using System.Globalization;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Pixels;
using FastDqn.Pixels.Cuda;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>Where the pixels of a configuration's games are made.</summary>
internal static class PixelBinding
{
    private const int Rounds = 3;
    private const int SettlingSteps = 10;
    private const int TimedSteps = 30;

    // What kernels and copies take of the device, updates lack, and nothing here measures it.
    private const double WorthIt = 0.9;

    /// <summary>
    /// The configuration with what <c>auto</c> leaves open decided for this machine; a run goes on with that.
    /// </summary>
    /// <param name="config">The run's options.</param>
    /// <param name="cores">Threads that step the games.</param>
    /// <param name="tell">Takes what was measured, in a line.</param>
    public static TrainConfig Pin(TrainConfig config, int cores, Action<string> tell) =>
        Asked(config) != PixelPlace.Auto ? config
        : LearnerBinding.DeviceOf(config) == "cpu" ? With(config, PixelPlace.Cpu)
        : Pin(config, place => Seconds(config, place, cores), tell);

    /// <param name="config">With <c>auto</c>, of a run on a GPU.</param>
    /// <param name="seconds">How long a step takes with pixels made there.</param>
    /// <param name="tell">Takes what was measured, in a line.</param>
    internal static TrainConfig Pin(TrainConfig config, Func<PixelPlace, double> seconds, Action<string> tell)
    {
        // Whatever else the machine does only adds to a round's time: the shortest one counts.
        var (cpu, device) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < Rounds; round++)
            (cpu, device) = (Math.Min(cpu, seconds(PixelPlace.Cpu)), Math.Min(device, seconds(PixelPlace.Device)));
        var place = device < WorthIt * cpu ? PixelPlace.Device : PixelPlace.Cpu;
        tell(string.Create(
            CultureInfo.InvariantCulture,
            $"env.pixel_device={OptionRecord.NameOf(place.ToString())}: a step takes {1e3 * cpu:0.###} ms with pixels made as the games "
            + $"are stepped, {1e3 * device:0.###} ms on {LearnerBinding.DeviceOf(config)}"));
        return With(config, place);
    }

    /// <summary>The environments that the agent learns in.</summary>
    public static IVectorEnvironment Open(TrainConfig config, int cores)
    {
        if (Asked(config) != PixelPlace.Device)
            return EnvironmentBinding.ForTraining(config, cores);
        var pairs = config with { Env = config.Env with { Atari = config.Env.Atari with { Frames = AtariFrames.Pairs } } };
        var kind = LearnerBinding.DeviceOf(config) == "cpu" ? PixelDeviceKind.Cpu : PixelDeviceKind.Cuda;
        return new DevicePixels((AtariVectorEnvironment)EnvironmentBinding.ForTraining(pairs, cores), PixelDevice.Open(kind));
    }

    /// <summary>Where, in words.</summary>
    public static string Sentence(TrainConfig config) =>
        Asked(config) == PixelPlace.Device ? $"pixels made on {LearnerBinding.DeviceOf(config)}" : "pixels made as the games are stepped";

    /// <summary>
    /// How long a step takes with pixels made at <paramref name="place"/>, each until its frames are the host's.
    /// </summary>
    internal static double Seconds(TrainConfig config, PixelPlace place, int cores)
    {
        using var environments = Open(With(config, place), cores);
        var result = new StepResult(environments.Count);
        var (pixels, device) = (environments as DevicePixels, LearnerBinding.DeviceOf(config));
        using var pinned = pixels is not null && device != "cpu" ? CudaPinnedMemory.Open() : null;
        using var maker = pixels is null ? null : FrameMaker.Alone(device, pixels.Kernels);
        using var stacks = new FrameStacks(environments.Observation with { StackDepth = 1 }, environments.Count, pinned, maker);
        if (maker is not null)
            pixels!.MakeBy(maker);
        environments.Reset(1, stacks.Newest, result);
        stacks.Start(result.EpisodeStart);
        var actions = new int[environments.Count];
        var start = 0L;
        for (var i = 0; i < SettlingSteps + TimedSteps; i++)
        {
            if (i == SettlingSteps)
                start = Stopwatch.GetTimestamp();
            environments.Step(actions, stacks.Newest, result);
            stacks.Start(result.EpisodeStart);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / TimedSteps;
    }

    private static PixelPlace Asked(TrainConfig config) =>
        Relevance.IsAtari(config) ? config.Env.PixelDevice : PixelPlace.Cpu;

    private static TrainConfig With(TrainConfig config, PixelPlace place) =>
        config with { Env = config.Env with { PixelDevice = place } };
}
