using FastDqn.Environments;

namespace FastDqn.Cli.Play;

/// <summary>One step of one environment: the action and all that came of it.</summary>
/// <param name="Action">Index of the action; -1 for the first observation of a session.</param>
/// <param name="Reward">Raw reward.</param>
/// <param name="Flags">1 terminated, 2 truncated, 4 life lost, 8 first of an episode.</param>
/// <param name="Lives">Lives left.</param>
/// <param name="Frames">Emulated frames of the step.</param>
/// <param name="Frame">The newest frame as the agent's network would get it.</param>
internal sealed record Transition(int Action, float Reward, byte Flags, int Lives, int Frames, byte[] Frame)
{
    public static Transition Of(int action, StepResult result, ReadOnlySpan<byte> frame) => new(
        action,
        result.Rewards[0],
        (byte)(result.Terminated[0] | (result.Truncated[0] << 1) | (result.LifeLost[0] << 2) | (result.EpisodeStart[0] != 0 ? 8 : 0)),
        result.Lives[0],
        result.Frames[0],
        frame.ToArray());

    public bool Over => (Flags & 3) != 0;

    /// <summary>What differs from another one, or null when every byte agrees.</summary>
    public string? Difference(Transition other)
    {
        if (BitConverter.SingleToInt32Bits(Reward) != BitConverter.SingleToInt32Bits(other.Reward))
            return FormattableString.Invariant($"reward {Reward} and {other.Reward}");
        if (Flags != other.Flags)
            return $"flags {Flags} and {other.Flags}";
        if (Lives != other.Lives)
            return $"lives {Lives} and {other.Lives}";
        if (Frames != other.Frames)
            return $"frames {Frames} and {other.Frames}";
        var same = Frame.AsSpan().CommonPrefixLength(other.Frame);
        return same == Frame.Length && same == other.Frame.Length ? null : $"byte {same} of the observation";
    }
}
