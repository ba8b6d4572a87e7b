using FastDqn.Core;

namespace FastDqn.Replay.Tests;

/// <summary>What one vector step of <see cref="FakeEnvironments"/> gave.</summary>
internal sealed class FakeStep(int lanes)
{
    public byte[][] Frames { get; } = new byte[lanes][];

    public int[] Actions { get; } = new int[lanes];

    public float[] Rewards { get; } = new float[lanes];

    public byte[] Terminated { get; } = new byte[lanes];

    public byte[] Truncated { get; } = new byte[lanes];

    public byte[] Terminal { get; } = new byte[lanes];

    public byte[] EpisodeStart { get; } = new byte[lanes];
}

/// <summary>Random episodes with next-step autoreset, every frame unlike every other.</summary>
internal sealed class FakeEnvironments(int lanes, int frameBytes, ulong seed, double end = 0.1, double lifeLoss = 0.05)
{
    private readonly RandomStream _random = new(seed);
    private readonly bool[] _over = new bool[lanes];

    public byte[][] Reset()
    {
        Array.Clear(_over);
        return [.. Enumerable.Range(0, lanes).Select(_ => Frame())];
    }

    public FakeStep Next()
    {
        var step = new FakeStep(lanes);
        for (var lane = 0; lane < lanes; lane++)
        {
            step.Frames[lane] = Frame();
            step.Actions[lane] = _random.NextInt32(18);
            step.Rewards[lane] = _random.NextInt32(9) - 4;
            if (_over[lane])
            {
                step.EpisodeStart[lane] = 1;
                _over[lane] = false;
                continue;
            }

            step.Terminal[lane] = _random.NextDouble() < lifeLoss ? (byte)1 : (byte)0;
            if (_random.NextDouble() >= end)
                continue;
            var kind = _random.NextInt32(5);
            step.Terminated[lane] = kind is 0 or 1 or 4 ? (byte)1 : (byte)0;
            step.Truncated[lane] = kind is 2 or 3 or 4 ? (byte)1 : (byte)0;
            _over[lane] = true;
        }

        return step;
    }

    /// <summary>Writes frames where the ring wants them.</summary>
    public static unsafe void Deliver(ReplayRing ring, byte[][] frames)
    {
        for (var lane = 0; lane < frames.Length; lane++)
            frames[lane].CopyTo(new Span<byte>((void*)ring.FrameSlot(lane), frames[lane].Length));
    }

    public static void Append(ReplayRing ring, FakeStep step, Action<byte[][]>? deliver = null)
    {
        if (deliver is null)
            Deliver(ring, step.Frames);
        else
            deliver(step.Frames);
        ring.Append(step.Actions, step.Rewards, step.Terminated, step.Truncated, step.Terminal, step.EpisodeStart);
    }

    private byte[] Frame()
    {
        var frame = new byte[frameBytes];
        for (var i = 0; i < frameBytes; i++)
            frame[i] = (byte)(_random.NextUInt64() >> 40);
        return frame;
    }
}
