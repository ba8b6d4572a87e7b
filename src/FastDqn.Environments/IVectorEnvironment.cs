using FastDqn.Core;

namespace FastDqn.Environments;

/// <summary>
/// N environments stepped together. An environment whose episode ended is reset by the next
/// <see cref="Step"/>, which ignores its action, gives reward 0 and the first observation of the new episode
/// (Gymnasium's and ALE's "next-step" autoreset): so the last observation of a truncated episode is delivered
/// and can be bootstrapped from. Not thread-safe; parallel inside. Results do not depend on the thread count.
/// </summary>
public interface IVectorEnvironment : IStateful, IDisposable
{
    /// <summary>The name as given to <c>--env</c>.</summary>
    string Name { get; }

    int Count { get; }

    ObservationSpec Observation { get; }

    /// <summary>Names of the actions; an action is an index into this list.</summary>
    IReadOnlyList<string> ActionNames { get; }

    /// <summary>
    /// Emulated frames per agent step (the action repeat), on average where it is drawn; 1 where there is no such
    /// notion.
    /// </summary>
    double FramesPerStep { get; }

    /// <summary>Steps a second at which people watch it: an Atari game's own pace, 15 for the small systems.</summary>
    double StepsPerSecond => 15;

    /// <summary>
    /// Starts every environment's first episode, environment i seeded from <paramref name="seed"/> and i, and
    /// writes the first frame of each to <paramref name="frames"/>[i].
    /// </summary>
    void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result);

    /// <summary>
    /// Applies one action an environment and writes each one's newest frame
    /// (<see cref="ObservationSpec.FrameBytes"/> bytes) to <paramref name="frames"/>[i] and everything else
    /// to <paramref name="result"/>. Allocates nothing.
    /// </summary>
    void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result);
}

/// <summary>Optional: environments that can draw themselves in colour, for videos, play and watch.</summary>
public interface IRenderable
{
    /// <summary>Width and height in pixels of environment <paramref name="index"/>'s picture.</summary>
    (int Width, int Height) RenderSize(int index);

    /// <summary>Writes width x height x 3 RGB bytes, row by row.</summary>
    void RenderRgb(int index, Span<byte> rgb);
}
