using FastDqn.Cli.Hosting;
using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Training;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Watch;

/// <summary>
/// A trained agent before one environment: whole games, as an evaluation plays them, a step at a time.
/// </summary>
internal sealed class AgentPlayer : IDisposable
{
    private readonly QLearner _learner;
    private readonly Actor _actor;
    private readonly FrameStacks _stacks;
    private readonly RandomStream _random;
    private readonly double _epsilon;
    private readonly ulong _seed;
    private readonly float[] _q;
    private readonly int[] _action = new int[1];
    private readonly ActionHold _hold;
    private readonly PolicyMemory _memory;

    /// <param name="run">Run folder.</param>
    /// <param name="checkpoint">A folder, a step, "best", or null for the newest valid one.</param>
    /// <param name="epsilon">Chance of a random action; null: the run's evaluation's.</param>
    /// <param name="seed">Seed of the games.</param>
    /// <param name="place">Says where the run's ROM is now.</param>
    /// <param name="warn">Told about checkpoints that were refused and options that were removed.</param>
    public AgentPlayer(
        string run, string? checkpoint, double? epsilon, ulong seed, Func<TrainConfig, TrainConfig> place, Action<string> warn)
    {
        if (epsilon is < 0 or > 1 or double.NaN)
            throw new FastDqnException(ErrorKind.Usage, FormattableString.Invariant($"--epsilon {epsilon} is not between 0 and 1"));
        var config = place(RunDirectory.ReadConfig(run, warn, OwnCode.Given));
        var protocol = EvalProtocol.Of(config.Eval);
        using var made = new Unfinished();
        (var found, _learner) = Evaluation.Load(run, config, checkpoint, warn);
        made.Add(_learner);
        Step = found.Manifest.Step;
        _actor = made.Add(_learner.CreateActor(RandomStream.DeriveSeed(seed, "watch-actor")));
        _actor.UseNoise(false);
        _memory = new PolicyMemory(config, _actor, 1);
        Environment = made.Add(EnvironmentBinding.ForEvaluation(config, protocol, 1));
        Picture = Environment as IRenderable ?? throw new FastDqnException(ErrorKind.Usage, $"{Environment.Name} cannot be drawn");
        _stacks = made.Add(new FrameStacks(Environment.Observation, 1));
        _random = new RandomStream(seed, "watch");
        _epsilon = epsilon ?? protocol.Epsilon ?? config.Eval.Epsilon;
        _seed = seed;
        _q = new float[Environment.ActionNames.Count];
        _hold = new ActionHold(_action, _q.Length, config.Train.ActionRepeat);
        (Width, Height) = Picture.RenderSize(0);
        Rgb = new byte[Width * Height * 3];
        made.Keep();
    }

    /// <summary>Agent steps that the checkpoint was trained.</summary>
    public long Step { get; }

    public IVectorEnvironment Environment { get; }

    public IRenderable Picture { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The newest picture; <see cref="Draw"/> fills it.</summary>
    public byte[] Rgb { get; }

    /// <summary>Q(s, a) of the newest state by action.</summary>
    public ReadOnlySpan<float> Q => _q;

    /// <summary>The action of the largest Q.</summary>
    public int Greedy => _q.AsSpan().IndexOf(MaxQ);

    public float MaxQ => _q.Max();

    public StepResult Result { get; } = new(1);

    public bool Over => (Result.Terminated[0] | Result.Truncated[0]) != 0;

    /// <summary>The action of before is kept for this step, too (train.action_repeat).</summary>
    public bool Keeps => _hold.Held[0] != 0;

    /// <summary>Starts the first episode.</summary>
    public void Begin()
    {
        Environment.Reset(_seed, _stacks.Newest, Result);
        Result.EpisodeStart[0] = 1;
        _memory.Stepped(_action, Result);
        Observe();
    }

    /// <summary>The agent's action without a random one.</summary>
    public int Certain => Keeps ? _action[0] : Greedy;

    /// <summary>The agent's choice: greedy, or random with the chance of epsilon.</summary>
    public int Choose() => !Keeps && _random.NextDouble() < _epsilon ? _random.NextInt32(_q.Length) : Certain;

    /// <summary>
    /// Acts, with the action of before where that is kept; after an end this begins the next episode and the action
    /// does not matter.
    /// </summary>
    public void Act(int action)
    {
        _stacks.Shift();
        _action[0] = Keeps ? _action[0] : action;
        Environment.Step(_action, _stacks.Newest, Result);
        _hold.Stepped(Result);
        _memory.Stepped(_action, Result);
        Observe();
    }

    public void Draw() => Picture.RenderRgb(0, Rgb);

    public void Dispose()
    {
        _stacks.Dispose();
        Environment.Dispose();
        _actor.Dispose();
        _learner.Dispose();
    }

    private void Observe()
    {
        _stacks.Start(Result.EpisodeStart);
        _actor.QValues(_stacks.Observations, 1, _q, _memory.State);
    }
}
