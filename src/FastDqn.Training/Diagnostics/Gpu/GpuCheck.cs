using System.Text.Json.Nodes;
using FastDqn.Core;

namespace FastDqn.Training.Diagnostics.Gpu;

/// <summary>One figure that a check found.</summary>
/// <param name="What">Of what.</param>
/// <param name="Value">The number; null where the figure is a text.</param>
/// <param name="Unit">Of the number.</param>
/// <param name="Bound">The largest number that passes; null where any does.</param>
/// <param name="Text">What is no number.</param>
public sealed record GpuFigure(string What, double? Value, string Unit = "", double? Bound = null, string? Text = null)
{
    /// <summary>Whether the number, where it has a bound, is one and within it.</summary>
    public bool Passed => Bound is null || Value <= Bound;

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["what"] = What };
        if (Text is not null)
            json["text"] = Text;
        else
            (json["value"], json["unit"]) = (Value is { } number && double.IsFinite(number) ? number : null, Unit);
        if (Bound is { } bound)
            (json["bound"], json["passed"]) = (bound, Passed);
        return json;
    }

    public static GpuFigure FromJson(JsonNode json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new GpuFigure(
            (string)json["what"]!, (double?)json["value"], (string?)json["unit"] ?? "", (double?)json["bound"], (string?)json["text"]);
    }
}

/// <summary>A check of <c>doctor --gpu</c>: it runs in a process of its own, told to end after a time.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Title">For people.</param>
/// <param name="LimitSeconds">How long it may take.</param>
/// <param name="Run">Does it and tells each figure as soon as it is found; throws where it fails.</param>
public sealed record GpuCheck(string Name, string Title, int LimitSeconds, Action<GpuSettings, Action<GpuFigure>> Run);

/// <summary>Where the checks run and how much they do.</summary>
public sealed record GpuSettings
{
    /// <summary>cuda, or cpu where a machine without a card rehearses.</summary>
    public string Device { get; init; } = "cuda";

    public bool Rehearsal => Device == "cpu";

    /// <summary>Minibatches whose updates and acting are timed.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [32, 256, 512];

    /// <summary>Most repetitions of what is timed.</summary>
    public int Repeats { get; init; } = 300;

    /// <summary>Most seconds for the repetitions of one figure.</summary>
    public double RepeatSeconds { get; init; } = 1;

    /// <summary>Minibatch of the comparison with the CPU.</summary>
    public int CompareBatch { get; init; } = 32;

    public int Updates { get; init; } = 10;

    /// <summary>Seconds that each training is measured.</summary>
    public double TrainSeconds { get; init; } = 10;

    /// <summary>Environments of the trainings: few for DQN, more for DQN and PQN, many for PQN.</summary>
    public IReadOnlyList<int> Environments { get; init; } = [8, 128, 1024];

    /// <summary>Frames that each kernel converts.</summary>
    public int KernelFrames { get; init; } = Pixels.KernelVerification.Frames;

    /// <summary>Relative noise on the weights of the learner compared, to see that a difference is found.</summary>
    public double Disturb { get; init; }

    /// <summary>The same code on the CPU in seconds.</summary>
    public static GpuSettings Rehearse { get; } = new()
    {
        Device = "cpu",
        Batches = [2, 4],
        Repeats = 3,
        RepeatSeconds = 0.5,
        CompareBatch = 2,
        Updates = 2,
        TrainSeconds = 1,
        Environments = [2, 4, 8],
        KernelFrames = 2,
    };
}
