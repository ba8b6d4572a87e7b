using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Environments;

/// <summary>
/// Tells what is wrong with an environment of one's own, by playing it at random: spaces, seeding, ends, rewards, state
/// and, of environments that step many, the resets at an episode's end. For a test:
/// <c>Assert.Empty(EnvironmentContract.Check(() => new Maze()))</c>.
/// </summary>
public static unsafe class EnvironmentContract
{
    private const int Episodes = 3;
    private const byte Ground = 0x41;

    /// <summary>Checks one that is written for one.</summary>
    /// <param name="create">Makes one.</param>
    /// <param name="seed">Of the play.</param>
    /// <param name="mostSteps">Within so many steps an episode of random play must end.</param>
    /// <returns>A line for each fault; empty: none was found.</returns>
    public static IReadOnlyList<string> Check(Func<IEnvironment> create, ulong seed = 1, int mostSteps = 100_000)
    {
        ArgumentNullException.ThrowIfNull(create);
        var findings = new List<string>();
        Guarded(findings, () =>
        {
            var environment = create();
            Spaces(environment.Observation, environment.ActionNames, findings);
            if (findings.Count > 0)
                return;
            var (spec, actions) = (environment.Observation, environment.ActionNames.Count);
            Compare(create().Observation, spec, "another instance", findings);
            Written(create(), seed, findings);
            var first = Play(environment, seed, actions, mostSteps, findings, judge: true);
            if (findings.Count > 0)
                return;
            Compare(environment.Observation, spec, "the same instance after an episode", findings);
            Same(first, Play(environment, seed, actions, mostSteps, findings), "played again with the same seed and actions", findings);
            Same(
                first, Play(create(), seed, actions, mostSteps, findings),
                "played by another instance with the same seed and actions", findings);
            Same(first, Interleaved(create, seed, actions, mostSteps), "played beside another instance: they share something", findings);
            Drawing(environment as IRenderable, findings);
            (environment as IDisposable)?.Dispose();
            if (findings.Count == 0)
                findings.AddRange(CheckVector(count => EnvironmentVector.Create("it", count, create), seed, mostSteps));
        });
        return findings;
    }

    /// <summary>Checks one that steps many.</summary>
    /// <param name="create">Makes so many.</param>
    /// <param name="seed">Of the play.</param>
    /// <param name="mostSteps">Within so many steps an episode of random play must end.</param>
    /// <returns>A line for each fault; empty: none was found.</returns>
    public static IReadOnlyList<string> CheckVector(Func<int, IVectorEnvironment> create, ulong seed = 1, int mostSteps = 100_000)
    {
        ArgumentNullException.ThrowIfNull(create);
        var findings = new List<string>();
        Guarded(findings, () =>
        {
            const int count = 3;
            using var environments = create(count);
            Spaces(environments.Observation, environments.ActionNames, findings);
            if (environments.Count != count)
                findings.Add($"Count is {environments.Count} where {count} were asked for");
            if (findings.Count > 0)
                return;
            using var one = new Tape(environments);
            one.Reset(seed);
            if (one.Result.EpisodeStart.Any(start => start == 0))
                findings.Add("autoreset: after Reset EpisodeStart is not 1 everywhere");
            var steps = one.Play(seed, mostSteps, findings);
            if (findings.Count > 0)
                return;
            using var again = new Tape(create(count), own: true);
            again.Reset(seed);
            if (!again.Play(seed, steps, []).Equals(steps) || !again.Heard.SequenceEqual(one.Heard))
                findings.Add("seeding: the same seed and actions give other observations, rewards or ends");
            State(create, count, seed, Math.Min(steps, 1000), findings);
            Drawing(environments as IRenderable, findings);
        });
        return findings;
    }

    private static void Guarded(List<string> findings, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            findings.Add($"it throws {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static void Spaces(ObservationSpec? spec, IReadOnlyList<string>? actions, List<string> findings)
    {
        if (spec is null || spec.Shape.Count == 0 || spec.Shape.Any(side => side < 1))
            findings.Add($"spaces: Observation's shape is [{string.Join(", ", spec?.Shape ?? [])}]; every side must be at least 1");
        if (spec is { StackDepth: < 1 })
            findings.Add($"spaces: Observation's StackDepth is {spec.StackDepth}; it must be at least 1");
        if (actions is null || actions.Count == 0)
            findings.Add("spaces: ActionNames is empty");
        else if (actions.Any(string.IsNullOrWhiteSpace) || actions.Distinct(StringComparer.Ordinal).Count() < actions.Count)
            findings.Add($"spaces: ActionNames are not distinct words: {string.Join(", ", actions)}");
    }

    private static void Compare(ObservationSpec found, ObservationSpec spec, string whose, List<string> findings)
    {
        if (found.Type != spec.Type || found.StackDepth != spec.StackDepth || !found.Shape.SequenceEqual(spec.Shape))
            findings.Add($"spaces: Observation of {whose} is another one: {found.Type} [{string.Join(", ", found.Shape)}]");
    }

    /// <summary>What is not written shows what lay there before, so two different grounds give it away.</summary>
    private static void Written(IEnvironment environment, ulong seed, List<string> findings)
    {
        var spec = environment.Observation;
        byte[] low = new byte[spec.FrameBytes], high = new byte[spec.FrameBytes];
        foreach (var step in (ReadOnlySpan<bool>)[false, true])
        {
            Array.Fill(low, (byte)0);
            Array.Fill(high, Ground);
            foreach (var ground in (ReadOnlySpan<byte[]>)[low, high])
            {
                var observation = new ObservationSpan(ground, spec.Type);
                environment.Reset(seed, step ? new ObservationSpan(new byte[spec.FrameBytes], spec.Type) : observation);
                if (step)
                    _ = environment.Step(0, observation);
            }

            var left = low.Zip(high).Count(pair => pair is (0, Ground)) / (spec.FrameBytes / spec.FrameElements);
            if (left > 0)
                findings.Add(
                    $"spaces: {(step ? "Step" : "Reset")} leaves {left} of {spec.FrameElements} numbers of the observation unwritten");
        }
    }

    private static List<byte[]> Play(
        IEnvironment environment, ulong seed, int actions, int mostSteps, List<string> findings, bool judge = false)
    {
        var heard = new List<byte[]>();
        var player = new Player(environment, seed, actions, heard);
        for (var steps = 0; player.Episodes < Episodes; steps++)
        {
            if (steps >= mostSteps)
            {
                if (judge && player.Episodes == 0)
                    findings.Add($"truncation: no episode of random play ended within {mostSteps} steps: truncate it at a limit");
                return heard;
            }

            player.Step();
            if (!judge || findings.Count > 0)
                continue;
            var outcome = player.Outcome;
            if (!float.IsFinite(outcome.Reward))
                findings.Add($"rewards: step {player.Steps} of an episode gave {outcome.Reward}");
            if (outcome.Terminated && outcome.Truncated)
                findings.Add($"truncation: step {player.Steps} says Terminated and Truncated: an end by the rules is no cut");
            if (player.NotFinite is { } number)
                findings.Add($"spaces: the observation holds {number.ToString(CultureInfo.InvariantCulture)}");
        }

        return heard;
    }

    private static List<byte[]> Interleaved(Func<IEnvironment> create, ulong seed, int actions, int mostSteps)
    {
        var heard = new List<byte[]>();
        var (player, other) = (new Player(create(), seed, actions, heard), new Player(create(), seed + 1, actions, []));
        for (var steps = 0; player.Episodes < Episodes && steps < mostSteps; steps++)
        {
            player.Step();
            other.Step();
        }

        return heard;
    }

    private static void Same(List<byte[]> first, List<byte[]> second, string how, List<string> findings)
    {
        for (var i = 0; i < Math.Min(first.Count, second.Count); i++)
        {
            if (!first[i].AsSpan().SequenceEqual(second[i]))
            {
                findings.Add($"seeding: step {i} is another when {how}");
                return;
            }
        }

        if (first.Count != second.Count)
            findings.Add($"seeding: episodes have other lengths when {how}");
    }

    private static void State(Func<int, IVectorEnvironment> create, int count, ulong seed, int steps, List<string> findings)
    {
        using var whole = new Tape(create(count), own: true);
        using var cut = new Tape(create(count), own: true);
        using var saved = new MemoryStream();
        whole.Reset(seed);
        _ = whole.Play(seed, steps / 2, []);
        whole.Environments.Save(new StateWriter(saved));
        saved.Position = 0;
        cut.Environments.Load(new StateReader(saved));
        if (saved.Position != saved.Length)
            findings.Add($"state: Load reads {saved.Position} of the {saved.Length} bytes that Save wrote");
        whole.Heard.Clear();
        _ = whole.Play(seed + 1, steps, []);
        _ = cut.Play(seed + 1, steps, []);
        if (!whole.Heard.SequenceEqual(cut.Heard))
            findings.Add("state: after Load it goes on otherwise than the one that was saved");
    }

    private static void Drawing(IRenderable? picture, List<string> findings)
    {
        if (picture is null)
            return;
        var (width, height) = picture.RenderSize(0);
        if (width < 1 || height < 1)
            findings.Add($"drawing: RenderSize is {width}x{height}");
        else
            picture.RenderRgb(0, new byte[width * height * 3]);
    }

    /// <summary>Plays episodes at random and notes all that it sees.</summary>
    private sealed class Player(IEnvironment environment, ulong seed, int actions, List<byte[]> heard)
    {
        private readonly RandomStream _random = new(seed, "contract");
        private readonly byte[] _observation = new byte[environment.Observation.FrameBytes];
        private bool _over = true;

        public int Episodes { get; private set; } = -1;

        public int Steps { get; private set; }

        public StepOutcome Outcome { get; private set; }

        public float? NotFinite => environment.Observation.Type == ObservationType.UInt8 ? null : FirstNotFinite();

        public void Step()
        {
            var observation = new ObservationSpan(_observation, environment.Observation.Type);
            if (_over)
            {
                Episodes++;
                (Steps, Outcome) = (0, default);
                environment.Reset(seed + (ulong)Episodes, observation);
            }
            else
            {
                Steps++;
                // Every action in turn at first, so that none is left out.
                Outcome = environment.Step(Steps <= actions && Episodes == 0 ? Steps - 1 : _random.NextInt32(actions), observation);
            }

            _over = Outcome.Terminated || Outcome.Truncated;
            heard.Add([
                .. _observation, .. BitConverter.GetBytes(Outcome.Reward), Outcome.Terminated ? (byte)1 : (byte)0,
                Outcome.Truncated ? (byte)1 : (byte)0]);
        }

        private float? FirstNotFinite()
        {
            foreach (var number in new ObservationSpan(_observation, ObservationType.Float32).Floats)
            {
                if (!float.IsFinite(number))
                    return number;
            }

            return null;
        }
    }

    /// <summary>Plays many at random and notes all that it sees.</summary>
    private sealed class Tape : IDisposable
    {
        private readonly byte[][] _frames;
        private readonly nint[] _slots;
        private readonly bool _own;

        public Tape(IVectorEnvironment environments, bool own = false)
        {
            (Environments, _own, Result) = (environments, own, new StepResult(environments.Count));
            _frames = [.. Enumerable.Range(0, environments.Count)
                .Select(_ => GC.AllocateArray<byte>(environments.Observation.FrameBytes, pinned: true))];
            _slots = [.. _frames.Select(frame => (nint)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(frame, 0))];
        }

        public IVectorEnvironment Environments { get; }

        public StepResult Result { get; }

        public List<int> Heard { get; } = [];

        public void Reset(ulong seed)
        {
            Environments.Reset(seed, _slots, Result);
            Note();
        }

        /// <summary>Plays until each has ended <see cref="Episodes"/> episodes, or the limit; how many steps it
        /// took.</summary>
        public int Play(ulong seed, int mostSteps, List<string> findings)
        {
            var random = new RandomStream(seed, "contract");
            var (actions, ended) = (new int[Environments.Count], new int[Environments.Count]);
            for (var step = 1; step <= mostSteps; step++)
            {
                var over = Enumerable.Range(0, Environments.Count).Select(i => (Result.Terminated[i] | Result.Truncated[i]) != 0).ToArray();
                for (var i = 0; i < actions.Length; i++)
                    actions[i] = random.NextInt32(Environments.ActionNames.Count);
                Environments.Step(actions, _slots, Result);
                Note();
                for (var i = 0; i < actions.Length && findings.Count == 0; i++)
                    Judge(i, step, over[i], ended, findings);
                if (findings.Count > 0 || ended.All(count => count >= Episodes))
                    return step;
            }

            if (ended.All(count => count == 0))
                findings.Add($"truncation: no episode of random play ended within {mostSteps} steps: truncate it at a limit");
            return mostSteps;
        }

        public void Dispose()
        {
            if (_own)
                Environments.Dispose();
        }

        private void Judge(int i, int step, bool wasOver, int[] ended, List<string> findings)
        {
            var (terminated, truncated, start) = (Result.Terminated[i], Result.Truncated[i], Result.EpisodeStart[i]);
            if (terminated > 1 || truncated > 1 || start > 2 || Result.LifeLost[i] > 1)
                findings.Add($"spaces: a flag of environment {i} is neither 0 nor 1");
            else if (!float.IsFinite(Result.Rewards[i]))
                findings.Add($"rewards: environment {i} gave {Result.Rewards[i]} in step {step}");
            else if ((terminated & truncated) != 0)
                findings.Add($"truncation: environment {i} says terminated and truncated in step {step}: an end by the rules is no cut");
            else if (wasOver && start == 0)
                findings.Add($"autoreset: environment {i} ended an episode, and the step after it ({step}) does not say EpisodeStart");
            else if (!wasOver && start != 0)
                findings.Add($"autoreset: environment {i} says EpisodeStart in step {step}, though its episode had not ended");
            else if (start != 0 && (Result.Rewards[i] != 0 || terminated != 0 || truncated != 0))
                findings.Add($"autoreset: environment {i} gives a reward or an end in the step that starts an episode ({step})");
            ended[i] += (terminated | truncated) != 0 ? 1 : 0;
        }

        private void Note()
        {
            var hash = default(HashCode);
            for (var i = 0; i < _frames.Length; i++)
            {
                hash.AddBytes(_frames[i]);
                hash.Add(Result.Rewards[i]);
                hash.Add((Result.Terminated[i], Result.Truncated[i], Result.EpisodeStart[i], Result.Frames[i]));
            }

            Heard.Add(hash.ToHashCode());
        }
    }
}
