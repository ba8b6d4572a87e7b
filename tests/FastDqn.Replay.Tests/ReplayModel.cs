namespace FastDqn.Replay.Tests;

/// <summary>One transition as a plain object, whole stacks and all.</summary>
internal sealed record ModelTransition(
    byte[] Observation, byte[] NextObservation, int Action, float Return, float Discount);

/// <summary>
/// The straightforward replay: episodes as lists of frames, transitions made from them one by one. Knows nothing of
/// slots, flags or wraps.
/// </summary>
internal sealed class ReplayModel(ReplayRingOptions options)
{
    private readonly List<Episode>[] _lanes =
        [.. Enumerable.Range(0, options.Lanes).Select(_ => new List<Episode>())];

    private long _steps;

    public void Start(byte[][] frames)
    {
        for (var lane = 0; lane < options.Lanes; lane++)
        {
            if (_lanes[lane].Count > 0)
                _lanes[lane][^1].Over = true;
            _lanes[lane].Add(new Episode(_steps, frames[lane]));
        }

        _steps++;
    }

    public void Step(FakeStep step)
    {
        for (var lane = 0; lane < options.Lanes; lane++)
        {
            var episode = _lanes[lane][^1];
            if (step.EpisodeStart[lane] != 0)
            {
                episode.Over = true;
                _lanes[lane].Add(new Episode(_steps, step.Frames[lane]));
                continue;
            }

            var clip = options.RewardClip ?? float.MaxValue;
            var terminal = step.Terminated[lane] != 0 || step.Terminal[lane] != 0;
            episode.Frames.Add(step.Frames[lane]);
            episode.Moves.Add((step.Actions[lane], Math.Clamp(step.Rewards[lane], -clip, clip), terminal));
            episode.Over = step.Terminated[lane] != 0 || step.Truncated[lane] != 0;
        }

        _steps++;
    }

    /// <summary>Every transition that may be sampled, by its name (step x lanes + lane).</summary>
    public Dictionary<long, ModelTransition> Transitions()
    {
        var found = new Dictionary<long, ModelTransition>();
        var share = (options.Capacity + options.Lanes - 1) / options.Lanes;
        // A lane keeps its share of transitions with n-step outcomes; older ones, whose stacks may be cut, are gone
        // once the first frame is.
        var newestWithOutcome = _steps - 1 - options.NStep;
        var oldest = newestWithOutcome - share + 1;
        var everythingHeld = oldest - options.StackDepth + (options.HoldAfterTerminal ? 0 : 1) <= 0;
        for (var lane = 0; lane < options.Lanes; lane++)
            foreach (var episode in _lanes[lane])
                for (var i = 0; i < episode.Moves.Count; i++)
                    if ((everythingHeld || episode.FirstStep + i >= oldest) && Make(episode, i) is { } transition)
                        found.Add(((episode.FirstStep + i) * options.Lanes) + lane, transition);
        return found;
    }

    public byte[] NewestStack(int lane)
    {
        var episode = _lanes[lane][^1];
        return ActedOn(episode, episode.Frames.Count - 1);
    }

    private ModelTransition? Make(Episode episode, int i)
    {
        var sum = 0.0;
        var discount = 1.0;
        for (var k = 0; k < options.NStep; k++)
        {
            if (i + k == episode.Moves.Count)
                return episode.Over ? Finish(k) : null;
            var (_, reward, terminal) = episode.Moves[i + k];
            sum += discount * reward;
            discount *= options.Gamma;
            if (terminal)
                return Finish(k + 1) with { Discount = 0 };
        }

        return Finish(options.NStep);

        ModelTransition Finish(int steps) => new(
            ActedOn(episode, i), Stack(episode, i + steps), episode.Moves[i].Action, (float)sum, (float)discount);
    }

    private byte[] ActedOn(Episode episode, int newest)
    {
        var held = options.HoldAfterTerminal && newest > 0 && episode.Moves[newest - 1].Terminal
            && !(episode.Over && newest == episode.Moves.Count);
        return Stack(episode, held ? newest - 1 : newest);
    }

    private byte[] Stack(Episode episode, int newest)
    {
        var blank = options.Padding == FramePadding.Zero ? new byte[options.FrameBytes] : episode.Frames[0];
        return [.. Enumerable.Range(newest - options.StackDepth + 1, options.StackDepth)
            .SelectMany(i => i < 0 ? blank : episode.Frames[i])];
    }

    private sealed class Episode(long firstStep, byte[] first)
    {
        public long FirstStep { get; } = firstStep;

        public List<byte[]> Frames { get; } = [first];

        public List<(int Action, float Reward, bool Terminal)> Moves { get; } = [];

        public bool Over { get; set; }
    }
}
