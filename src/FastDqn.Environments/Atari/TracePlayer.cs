using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>Plays what a trace says and takes its checkpoints, one after another.</summary>
internal static class TracePlayer
{
    private const int Side = 84;
    private const int Stack = 4;

    /// <summary>Checkpoints after each of these steps.</summary>
    public static bool IsCheckpoint(AtariTrace trace, int step) => trace switch
    {
        ConsoleTrace console => step <= 20 || step % (console.FrameSkip == 1 ? 100 : 50) == 0,
        _ => step <= 10 || step % 25 == 0,
    };

    public static IEnumerable<TraceCheckpoint> Play(AtariTrace trace, AtariCartridge cartridge, AtariBackend backend, int threads = 1) =>
        trace switch
        {
            ConsoleTrace console => Play(console, cartridge, backend),
            VectorTrace vector => Play(vector, cartridge, backend, threads),
            _ => throw new ArgumentException("unknown kind of trace", nameof(trace)),
        };

    private static IEnumerable<TraceCheckpoint> Play(ConsoleTrace trace, AtariCartridge cartridge, AtariBackend backend)
    {
        using var console = new AtariConsole(cartridge, trace.RandomSeed, new AtariConsoleOptions
        {
            Backend = backend,
            FrameSkip = trace.FrameSkip,
            RepeatActionProbability = trace.RepeatActionProbability,
        });
        if (trace.SetsMode)
            console.SetMode(trace.Mode);
        if (trace.SetsDifficulty)
            console.SetDifficulty(trace.Difficulty);
        if (trace.SetsMode || trace.SetsDifficulty)
            console.Reset();
        IReadOnlyList<int> actions = trace.MinimalActions.Count > 0 ? trace.MinimalActions : MinimalActionsOf(cartridge);
        var ram = new byte[AtariConsole.RamBytes];
        var screen = new byte[console.Width * console.Height];
        var digest = TraceHash.New();
        var draws = TraceActions.New();
        long total = 0;
        var resets = 0;
        for (var step = 0; step <= trace.Steps; step++)
        {
            if (step > 0)
            {
                if (console.GameOver)
                {
                    console.Reset();
                    resets++;
                }
                var reward = console.Act(actions[draws.Next(actions.Count)]);
                total += reward;
                console.CopyRam(ram);
                console.CopyScreen(screen);
                digest.Add(ram);
                digest.Add(screen);
                digest.Add(reward);
                digest.Add(console.Lives);
                digest.Add(console.GameOver ? (byte)1 : (byte)0);
            }
            else
            {
                console.CopyRam(ram);
                console.CopyScreen(screen);
            }
            if (IsCheckpoint(trace, step))
                yield return new TraceCheckpoint(
                    step, 0, console.FrameNumber, TraceHash.Of(ram), TraceHash.Of(screen), digest.Value, total, console.Lives, resets);
        }
    }

    private static IEnumerable<TraceCheckpoint> Play(VectorTrace trace, AtariCartridge cartridge, AtariBackend backend, int threads)
    {
        var count = trace.Seeds.Count;
        using var vector = new AtariVectorEnvironment(cartridge, count, new AtariOptions
        {
            Backend = backend,
            Threads = threads,
            Sticky = trace.RepeatActionProbability,
            NoopMax = trace.NoopMax,
            FireReset = trace.FireReset,
            LifeLoss = trace.EpisodicLife ? AtariLifeLoss.ResetGame
                : trace.LifeLossInfo ? AtariLifeLoss.Terminal
                : AtariLifeLoss.Ignore,
            MaxFrames = trace.MaxFrames,
        });
        var result = new StepResult(count);
        var frames = GC.AllocateArray<byte>(count * Side * Side, pinned: true);
        var pointers = new nint[count];
        for (var i = 0; i < count; i++)
            pointers[i] = System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(frames, i * Side * Side);
        var stacks = Enumerable.Range(0, count).Select(_ => new byte[Stack * Side * Side]).ToArray();
        var digests = Enumerable.Repeat(TraceHash.New(), count).ToArray();
        var totals = new long[count];
        var ends = new int[count];
        var draws = TraceActions.New();
        var actions = new int[count];
        vector.Reset(trace.Seeds.ToArray(), pointers, result);
        for (var step = 0; step <= trace.Steps; step++)
        {
            if (step > 0)
            {
                for (var i = 0; i < count; i++)
                    actions[i] = draws.Next(vector.Actions.Count);
                vector.Step(actions, pointers, result);
            }
            for (var i = 0; i < count; i++)
            {
                Push(stacks[i], frames.AsSpan(i * Side * Side, Side * Side), result.EpisodeStart[i] != 0);
                if (step > 0)
                {
                    var reward = (int)result.Rewards[i];
                    if (trace.RewardClipping)
                        reward = Math.Clamp(reward, -1, 1);
                    totals[i] += reward;
                    ends[i] += result.Terminated[i] | result.Truncated[i];
                    digests[i].Add(stacks[i]);
                    digests[i].Add(reward);
                    digests[i].Add(result.Lives[i]);
                    digests[i].Add(result.Terminated[i]);
                    digests[i].Add(result.Truncated[i]);
                }
                if (IsCheckpoint(trace, step))
                    yield return new TraceCheckpoint(
                        step, i, 0, 0, TraceHash.Of(stacks[i]), digests[i].Value, totals[i], result.Lives[i], ends[i]);
            }
        }
    }

    // Oldest first; cleared at the start of an episode.
    private static void Push(byte[] stack, ReadOnlySpan<byte> frame, bool first)
    {
        if (first)
            Array.Clear(stack);
        else
            stack.AsSpan(frame.Length).CopyTo(stack);
        frame.CopyTo(stack.AsSpan(stack.Length - frame.Length));
    }

    private static IReadOnlyList<int> MinimalActionsOf(AtariCartridge cartridge) =>
        AtariGames.Find(cartridge.Game)?.MinimalActions ?? [.. Enumerable.Range(0, AtariGames.ActionCount)];
}
