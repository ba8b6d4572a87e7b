using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Pixels;
using FastDqn.Training.Configuration;

namespace FastDqn.Training;

/// <summary>Where and how the learner of a configuration works.</summary>
internal static class LearnerBinding
{
    /// <summary>cpu or cuda.</summary>
    public static string DeviceOf(TrainConfig config)
    {
        var cuda = config.Run.Device == DeviceChoice.Cuda || (config.Run.Device == DeviceChoice.Auto && LearnerDevice.CudaAvailable);
        return cuda ? "cuda" : "cpu";
    }

    /// <summary>
    /// The configuration with what <c>auto</c> leaves open decided for this machine; a run goes on with that.
    /// </summary>
    /// <exception cref="FastDqnException">Unavailable: graphs are asked for and not to be had.</exception>
    public static TrainConfig Pin(TrainConfig config) =>
        DeviceOf(config) == "cpu" ? config : Pin(config, LearnerDevice.CudaAvailable ? LearnerDevice.GraphProblem : null);

    /// <param name="config">Of a run on a GPU.</param>
    /// <param name="problem">Why there are no graphs; null where there are.</param>
    internal static TrainConfig Pin(TrainConfig config, string? problem) => (config.Learner.Graph, problem) switch
    {
        (GraphChoice.On, _) when config.Body.Lstm > 0 => throw new FastDqnException(
            ErrorKind.Usage, "learner.graph=on: a recurrent network (body.lstm) learns without graphs; leave it at auto"),
        (GraphChoice.Auto, _) when config.Body.Lstm > 0 => config with { Learner = config.Learner with { Graph = GraphChoice.Off } },
        (GraphChoice.Auto, _) =>
            config with { Learner = config.Learner with { Graph = problem is null ? GraphChoice.On : GraphChoice.Off } },
        (GraphChoice.On, not null) => throw new FastDqnException(
            ErrorKind.Unavailable, $"learner.graph=on: {problem}; learner.graph=off trains more slowly, to the same bytes"),
        _ => config,
    };

    public static LearnerSettings Settings(TrainConfig config) =>
        new()
        {
            Graph = config.Learner.Graph != GraphChoice.Off,
            Precision = config.Learner.Precision,
            ChannelsLast = config.Learner.ChannelsLast && DeviceOf(config) == "cuda",
        };

    /// <summary>Takes the optimizer's steps on the card; null where libtorch's operations do, and on the CPU.</summary>
    public static IAdamKernel? OpenAdam(TrainConfig config) =>
        config.Learner.FusedAdam && DeviceOf(config) == "cuda" ? AdamKernel.Open(cuda: true) : null;

    /// <summary>What a run on a GPU tells of its learner.</summary>
    public static JsonObject Describe(TrainConfig config) => new()
    {
        ["device"] = DeviceOf(config),
        ["graph"] = OptionRecord.NameOf(config.Learner.Graph.ToString()),
        ["graph_problem"] = DeviceOf(config) == "cpu" ? null : LearnerDevice.GraphProblem,
        ["precision"] = OptionRecord.NameOf(config.Learner.Precision.ToString()),
        ["channels_last"] = config.Learner.ChannelsLast,
        ["fused_adam"] = config.Learner.FusedAdam,
        ["replay_memory"] = OptionRecord.NameOf(config.Replay.Memory.ToString()),
        ["pixel_device"] = OptionRecord.NameOf(config.Env.PixelDevice.ToString()),
    };

    /// <summary>The same in a line.</summary>
    public static string Sentence(TrainConfig config)
    {
        var how = config.Learner.Graph == GraphChoice.On ? "replayed as graphs" : "operation by operation";
        var device = DeviceOf(config);
        var why = device != "cpu" && LearnerDevice.GraphProblem is { } problem ? $" ({problem})" : "";
        var layout = (config.Learner.ChannelsLast ? ", channels-last" : "") + (config.Learner.FusedAdam ? ", fused Adam" : "");
        return $"learner on {device}, {OptionRecord.NameOf(config.Learner.Precision.ToString())}{layout}, updates {how}{why}, "
            + $"frames in the {(config.Replay.Memory == FrameMemory.Device ? "device" : "host")}'s memory";
    }
}
