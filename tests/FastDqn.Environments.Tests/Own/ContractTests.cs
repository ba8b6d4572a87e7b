using FastDqn.Core;
using FastDqn.Environments.CartPole;

namespace FastDqn.Environments.Tests.Own;

/// <summary>The contract finds each fault, and none where there is none.</summary>
public sealed class ContractTests
{
    [Fact]
    public void SoundEnvironmentsPass()
    {
        Assert.Empty(EnvironmentContract.Check(() => new Corridor()));
        Assert.Empty(EnvironmentContract.Check(() => new StatefulCorridor()));
        Assert.Empty(EnvironmentContract.CheckVector(CartPoleEnvironment.V1));
    }

    [Fact]
    public void EveryBuiltInEnvironmentKeepsIt() =>
        Assert.All(
            BuiltInEnvironments.All.Where(e => !e.Name.Contains("pixels", StringComparison.Ordinal)),
            e => Assert.Empty(EnvironmentContract.CheckVector(e.Create)));

    [Fact]
    public void FaultsAreNamed()
    {
        Found("ActionNames is empty", () => new Faulty { Names = [] });
        Found("not distinct", () => new Faulty { Names = ["go", "go"] });
        Found("shape is [0]", () => new Faulty { Shape = [0] });
        Found("Reset leaves 1 of 3 numbers", () => new Faulty { Shape = [3] });
        Found("played again with the same seed", () => new Faulty { Forgets = true });
        Found("another instance", () => new Faulty { Luck = true });
        Found("they share something", () => new Faulty { Shares = true });
        Found("within 500 steps", () => new Faulty { Endless = true });
        Found("Terminated and Truncated", () => new Faulty { Both = true });
        Found("step 1 of an episode gave NaN", () => new Faulty { Reward = float.NaN });
        Found("observation holds NaN", () => new Faulty { Blind = true });
        Found("throws InvalidOperationException: the observation is of floats", () => new Faulty { Bytes = true });
        Found("after Load it goes on otherwise", () => new Forgetful());
    }

    [Fact]
    public void AVectorThatResetsAtOnceIsFound()
    {
        var findings = EnvironmentContract.CheckVector(count => new Eager(CartPoleEnvironment.V1(count)));
        Assert.Contains(findings, f => f.StartsWith("autoreset", StringComparison.Ordinal));
    }

    private static void Found(string what, Func<IEnvironment> create) =>
        Assert.Contains(EnvironmentContract.Check(create, mostSteps: 500), f => f.Contains(what, StringComparison.Ordinal));

    private sealed class Faulty : Corridor
    {
        private static int _together;
        private readonly int _luck = Random.Shared.Next(1, 1 << 20);
        private int _kept;

        public string[] Names { get; init; } = ["left", "right"];

        public int[] Shape { get; init; } = [2];

        public bool Forgets { get; init; }

        public bool Luck { get; init; }

        public bool Shares { get; init; }

        public bool Endless { get; init; }

        public bool Both { get; init; }

        public bool Blind { get; init; }

        public bool Bytes { get; init; }

        public float Reward { get; init; }

        public override ObservationSpec Observation => new(ObservationType.Float32, Shape);

        public override IReadOnlyList<string> ActionNames => Names;

        public override void Reset(ulong seed, ObservationSpan observation)
        {
            _kept += Forgets ? 1 : 0;
            _together = 0;
            base.Reset(seed, observation);
        }

        public override StepOutcome Step(int action, ObservationSpan observation)
        {
            _together += Shares ? 1 : 0;
            var outcome = base.Step(action, observation);
            if (Endless)
                return default;
            return outcome with { Reward = outcome.Reward + Reward, Terminated = outcome.Terminated || (Both && outcome.Truncated) };
        }

        protected override void Show(ObservationSpan observation)
        {
            if (Bytes)
                observation.Bytes.Clear();
            base.Show(observation);
            observation.Floats[0] += _kept + _together + (Luck ? _luck : 0);
            if (Blind)
                observation.Floats[1] = float.NaN;
        }
    }

    private sealed class Forgetful : Corridor, IStateful
    {
        public void Save(StateWriter writer) => writer.WriteInt32(Place);

        public void Load(StateReader reader) => Place = reader.ReadInt32();
    }

    /// <summary>Says an episode's start together with its end.</summary>
    private sealed class Eager(IVectorEnvironment inside) : IVectorEnvironment
    {
        public string Name => inside.Name;

        public int Count => inside.Count;

        public ObservationSpec Observation => inside.Observation;

        public IReadOnlyList<string> ActionNames => inside.ActionNames;

        public double FramesPerStep => 1;

        public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result) => inside.Reset(seed, frames, result);

        public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
        {
            inside.Step(actions, frames, result);
            result.EpisodeStart.AsSpan().Clear();
        }

        public void Save(StateWriter writer) => inside.Save(writer);

        public void Load(StateReader reader) => inside.Load(reader);

        public void Dispose() => inside.Dispose();
    }
}
