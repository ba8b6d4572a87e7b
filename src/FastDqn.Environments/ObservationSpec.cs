namespace FastDqn.Environments;

/// <summary>The element type of an observation.</summary>
public enum ObservationType
{
    /// <summary>Unsigned bytes: pixels.</summary>
    UInt8,

    /// <summary>32-bit floats: vectors.</summary>
    Float32,
}

/// <summary>How the frames before an episode's first one look in a stack.</summary>
public enum StackPadding
{
    /// <summary>Zeros (ALE's vector environment, DQN Zoo).</summary>
    Zero,

    /// <summary>The first frame again (Gymnasium's FrameStack, CleanRL, Stable-Baselines3).</summary>
    RepeatFirst,
}

/// <summary>
/// One environment's observation: <paramref name="Shape"/> is that of a single frame (84x84, or 3x84x84 channels
/// first, or 4 for CartPole); a network sees <paramref name="StackDepth"/> frames, oldest first.
/// </summary>
public sealed record ObservationSpec(
    ObservationType Type,
    IReadOnlyList<int> Shape,
    int StackDepth = 1,
    StackPadding Padding = StackPadding.Zero)
{
    /// <summary>Elements of one frame.</summary>
    public int FrameElements => Shape.Aggregate(1, (product, side) => product * side);

    /// <summary>Bytes of one frame.</summary>
    public int FrameBytes => FrameElements * (Type == ObservationType.UInt8 ? 1 : 4);
}
