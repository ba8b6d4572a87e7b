using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Evaluation;

/// <summary>Evaluates a learner, or random play, under the run's protocol.</summary>
public sealed class EvalRunner(TrainConfig config, string videoFolder, int cores = 0)
{
    private readonly EvalProtocol _protocol = EvalProtocol.Of(config.Eval);

    /// <summary>Told after each step who plays ("evaluation" or "random") and how far they are; null: nobody.</summary>
    public Action<string, EvalProgress>? Progress { get; init; }

    /// <summary>Told what could not be written that a run can do without.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Pictures written.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Evaluates the newest parameters; null when <paramref name="stop"/> ended it early.</summary>
    /// <param name="learner">Whose greedy policy plays.</param>
    /// <param name="onLearner">Runs work on the thread that the learner lives on.</param>
    /// <param name="step">Agent steps trained: names the pictures and seeds the games.</param>
    /// <param name="video">Draw the first episode.</param>
    /// <param name="stop">Asked between steps.</param>
    public (EvalResult? Result, IReadOnlyList<string> Files) Agent(
        QLearner learner, Action<Action> onLearner, long step, bool video, Func<bool>? stop)
    {
        ArgumentNullException.ThrowIfNull(learner);
        ArgumentNullException.ThrowIfNull(onLearner);
        EvalResult? result = null;
        IReadOnlyList<string> files = [];
        onLearner(() =>
        {
            // A copy of its own: what it draws must not disturb the training's generators.
            using var actor = learner.CreateActor(RandomStream.DeriveSeed((ulong)config.Run.Seed, "evaluation-actor"));
            actor.UseNoise(false);
            (result, files) = Play(new ActorPolicy(config, actor), "evaluation", step, video, stop);
        });
        return (result, files);
    }

    /// <summary>Random play under the same protocol; null when <paramref name="stop"/> ended it early.</summary>
    public EvalResult? Random(Func<bool>? stop = null) => Play(null, "random", 0, video: false, stop).Result;

    private (EvalResult? Result, IReadOnlyList<string> Files) Play(IPolicy? policy, string name, long step, bool video, Func<bool>? stop)
    {
        var wanted = _protocol.Steps > 0 ? 1 : config.Eval.Episodes;
        using var environments = EnvironmentBinding.ForEvaluation(config, _protocol, wanted, cores);
        using var recorder = video && environments is IRenderable drawn
            ? new EpisodeRecorder(drawn, Path.Combine(videoFolder, $"{name}-step-{step:D9}"), environments.StepsPerSecond, Warn)
            : null;
        try
        {
            var seed = RandomStream.DeriveSeed((ulong)config.Run.Seed, name, unchecked((int)step));
            var result = Evaluator.Run(
                environments, policy, wanted, _protocol.Epsilon!.Value, seed, _protocol.Name, recorder, _protocol.Steps, stop,
                Progress is { } told ? progress => told(name, progress) : null, config.Train.ActionRepeat);
            return (result, recorder?.Files ?? []);
        }
        catch (OperationCanceledException)
        {
            return (null, []);
        }
    }

    private sealed class ActorPolicy(TrainConfig config, Actor actor) : IPolicy
    {
        private PolicyMemory? _memory;

        public void Act(nint observations, int count, Span<int> actions, Span<float> values) =>
            actor.Act(observations, count, actions, values, _memory!.State);

        public void Begin(int environments) => _memory = new PolicyMemory(config, actor, environments);

        public void Stepped(ReadOnlySpan<int> actions, StepResult step) => _memory!.Stepped(actions, step);
    }
}
