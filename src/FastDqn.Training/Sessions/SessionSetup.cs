using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Pixels.Cuda;
using FastDqn.Replay;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Loops;
using FastDqn.Training.Runs;
using static System.FormattableString;

namespace FastDqn.Training.Sessions;

/// <summary>
/// What a session works with, made of the run's options: the environments, the loop that acts and learns in them, and
/// what counts.
/// </summary>
internal sealed class SessionSetup : IDisposable
{
    private readonly CudaPinnedMemory? _pinned;
    private readonly IStackGather? _gather;
    private readonly IAdamKernel? _adam;
    private readonly CardPlacement? _placement;
    private readonly bool _repeats;

    public SessionSetup(
        RunDirectory run, TrainConfig config, RunCounters counters, RunTools tools, Action<Episode> episodeEnded,
        Action<long, UpdateStats> updated)
    {
        (Config, Counters, Times) = (config, counters, new StageTimes(tools.Profile));
        using var made = new Unfinished();
        // Before any thread is started and any memory is taken.
        _placement = made.Add(CardPlacement.Enter(config));
        var spec = Algorithms.ToSpec(config);
        var device = LearnerBinding.DeviceOf(config);
        Threads = ThreadPlan.Of(config, tools.Cores);
        Environments = made.Add(PixelBinding.Open(config, tools.Cores));
        var pixels = Environments as DevicePixels;
        Rom = (Environments as AtariVectorEnvironment)?.Rom ?? pixels?.Rom;
        if (Rom is not null)
            run.Info.Set(("rom", Describe(Rom)));
        if (Extensions.Note(config) is { } own)
            run.Info.Set((own.Key, own.Value));
        _repeats = (Environments as EnvironmentVector)?.Repeats == true;
        if (config.Log.Films)
            Environments = EpisodeFilms.Of(Environments, run.Videos, Times);
        Tracker = new EpisodeTracker(Environments.Count, config.Train.StopEpisodes);
        _pinned = device == "cuda" ? made.Add(CudaPinnedMemory.Open()) : null;
        _gather = made.Add(FrameBinding.Open(config));
        _adam = made.Add(LearnerBinding.OpenAdam(config));
        var context = new LoopContext(
            spec, EnvironmentBinding.InputOf(Environments.Observation), device, counters, Tracker, Times, episodeEnded)
        {
            Registrar = _pinned,
            Gather = _gather,
            Pixels = pixels,
            Learner = LearnerBinding.Settings(config) with { Adam = _adam, Profile = tools.Profile },
            LearnerThreads = Threads.Learner,
            Adviser = tools.Ask?.Invoke(Environments),
            Updated = updated,
        };
        Length = context.LengthOf(config);
        Loop = spec.Rollout is null ? new DqnLoop(config, Environments, context) : new PqnLoop(config, Environments, context);
        made.Keep();
    }

    public TrainConfig Config { get; }

    public RunCounters Counters { get; }

    public StageTimes Times { get; }

    public ThreadPlan Threads { get; }

    public IVectorEnvironment Environments { get; }

    /// <summary>The cartridge; null where no Atari game is played.</summary>
    public RomIdentity? Rom { get; }

    public EpisodeTracker Tracker { get; }

    public ITrainingLoop Loop { get; }

    /// <summary>How long the run is.</summary>
    public RunLength Length { get; }

    /// <summary>The state, by the file of a checkpoint that holds it.</summary>
    public IEnumerable<(string Name, IStateful Owner)> State => [("counters.bin", Counters), ("episodes.bin", Tracker), .. Loop.State];

    /// <summary>The learner works otherwise than the CPU's does by itself: the run says how.</summary>
    public bool TellsOfLearner => _pinned is not null || Config.Learner.Precision == LearnerPrecision.Bf16;

    // The environments know the mean alone of what is drawn.
    private string FramesPerStep => !Relevance.IsAtari(Config) ? ""
        : Config.Env.Atari.FrameSkip is { IsFixed: false } drawn ? $", {drawn} frames a step"
        : Environments.FramesPerStep == 1 ? ", a frame a step"
        : Invariant($", {Environments.FramesPerStep} frames a step");

    /// <summary>What is said of the run at its start.</summary>
    public IReadOnlyList<string> Facts =>
    [
        $"environment {Environments.Name} x {Environments.Count}, {Environments.ActionNames.Count} actions{FramesPerStep}",
        $"algorithm {Config.Algorithm.Name}, {Loop.Learner.ParameterCount} parameters, {Threads}, "
            + $"overlap {(Config.Train.Overlap ? "on" : "off")}",
        .. TellsOfLearner ? [LearnerBinding.Sentence(Config)] : Array.Empty<string>(),
        .. _placement is { } placement ? [placement.Sentence] : Array.Empty<string>(),
        .. Extensions.Sentences(Config),
        .. _repeats
            ? ["a run that goes on plays the environment's episode again up to where it was: it is not IStateful"] : Array.Empty<string>(),
        .. Config.Env.PixelDevice == PixelPlace.Device ? [PixelBinding.Sentence(Config)] : Array.Empty<string>(),
    ];

    /// <summary>
    /// Refuses what can be refused before a folder is made: algorithm, network, memory, environment, who is asked.
    /// </summary>
    /// <returns>
    /// The configuration with what depends on the memory decided, and the bytes that the replay memory will take.
    /// </returns>
    public static (TrainConfig Config, long ReplayBytes) Check(TrainConfig config, RunTools tools)
    {
        var spec = Algorithms.ToSpec(config);
        LibTorch.Load();
        using var environments = EnvironmentBinding.ForTraining(config, cores: 1);
        if (environments is AtariVectorEnvironment { Rom: { Match: RomMatch.Unknown } rom } && !config.Env.UnknownRom)
            throw new FastDqnException(ErrorKind.BadData, $"{rom.Note}: nothing can be learned (env.unknown_rom=true trains all the same)");
        if (tools.Ask is not null && spec.Rollout is not null)
        {
            throw new FastDqnException(
                ErrorKind.Usage, $"--ask: algorithm {spec.Name} learns from rollouts; asking works with those that learn from replay");
        }

        _ = tools.Ask?.Invoke(environments);
        var network = NetworkTable.Of(spec, EnvironmentBinding.InputOf(environments.Observation), environments.ActionNames.Count);
        if (LearnerBinding.DeviceOf(config) == "cpu")
            SystemMemory.Ensure(network.Update.NetworkBytes, Invariant($"a network of {network.Parameters} parameters"), Smaller(config));
        if (spec.Rollout is not null)
            return (FrameBinding.Pin(config, PqnLoop.FramesOf(config, spec, environments).Bytes), 0);
        var footprint = ReplayFootprint.Of(DqnLoop.RingOptions(config, spec, environments));
        var bytes = footprint.TotalBytes;
        SystemMemory.Ensure(
            bytes + FrameBinding.HostBytes(config, footprint.FrameBytes), $"replay.capacity = {config.Replay.Capacity} transitions",
            "lower replay.capacity");
        return (FrameBinding.Pin(config, footprint.FrameBytes), bytes);
    }

    public void Dispose()
    {
        Loop.Dispose();
        _adam?.Dispose();
        _gather?.Dispose();
        _pinned?.Dispose();
        Environments.Dispose();
        _placement?.Dispose();
    }

    private static string Smaller(TrainConfig config) => config.Body.Kind switch
    {
        BodyKind.Impala => "lower body.scale, body.hidden or head.hidden",
        BodyKind.Mlp => "lower body.widths or head.hidden",
        _ => "take fewer filters (body.convolutions), or lower body.widths or head.hidden",
    };

    private static JsonObject Describe(RomIdentity rom) => new()
    {
        ["game"] = rom.Game,
        ["md5"] = rom.Md5,
        ["file"] = rom.File,
        ["match"] = OptionRecord.NameOf(rom.Match.ToString()),
        ["note"] = rom.Note,
    };
}
