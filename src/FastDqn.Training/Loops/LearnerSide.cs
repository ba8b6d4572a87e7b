using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Weights;

namespace FastDqn.Training.Loops;

/// <summary>
/// The learner where it works, and whose Q-values choose the actions: with overlap a thread of its own beside an actor
/// that has the parameters of a round ago, else the caller's thread and the learner itself.
/// </summary>
internal sealed class LearnerSide<TLearner> : IDisposable
    where TLearner : QLearner
{
    private readonly Actor? _actor;
    private readonly DeviceFrames? _frames;
    private readonly FrameMaker? _maker;

    /// <param name="overlap">Learn and act at the same time.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="create">Makes the learner.</param>
    /// <param name="gather">Makes observations on the device; null: they are the host's.</param>
    /// <param name="ring">How the device's frames lie.</param>
    /// <param name="environments">In which a recurrent network acts.</param>
    /// <param name="pixels">Make frames on the device; null: the environments do.</param>
    public LearnerSide(
        bool overlap, ulong seed, Func<TLearner> create, IStackGather? gather = null, FrameRing ring = default, int environments = 0,
        IPixelKernels? pixels = null)
    {
        Thread = overlap ? new LearnerThread() : null;
        TLearner? learner = null;
        Actor? actor = null;
        DeviceFrames? frames = null;
        FrameMaker? maker = null;
        try
        {
            Run(() =>
            {
                learner = create();
                actor = overlap ? learner.CreateActor(RandomStream.DeriveSeed(seed, "actor")) : null;
                frames = gather is null ? null : learner.CreateFrames(ring, gather, actor);
                maker = pixels is null ? null : learner.CreateMaker(pixels, frames);
            });
        }
        catch
        {
            Release(actor, learner, frames, maker);
            throw;
        }

        (Learner, _actor) = (learner!, actor);
        (_frames, _maker) = (frames, maker);
        Memory = Learner.CreateState(environments);
        ComputeQ = (_actor, _frames) switch
        {
            (null, null) => (observations, count, q) => Learner.QValues(observations, count, q, Memory),
            (null, _) => (places, count, q) => Learner.QValuesOfStacks(places, count, q, Memory),
            (_, null) => (observations, count, q) => _actor.QValues(observations, count, q, Memory),
            _ => (places, count, q) => _actor.QValuesOfStacks(places, count, q, Memory),
        };
        ResampleNoise = _actor is null ? Learner.ResampleNoise : _actor.ResampleNoise;
        State =
        [
            ("learner.bin", Learner),
            .. _actor is null ? Array.Empty<(string, IStateful)>() : [("actor.bin", _actor)],
            .. Memory is null ? Array.Empty<(string, IStateful)>() : [("recurrent.bin", Memory)],
        ];
    }

    public TLearner Learner { get; }

    /// <summary>Null without overlap.</summary>
    public LearnerThread? Thread { get; }

    /// <summary>Frames on the device; null: observations are the host's.</summary>
    public DeviceFrames? Frames => _frames;

    /// <summary>Makes frames on the device; null: the environments do.</summary>
    public FrameMaker? Maker => _maker;

    /// <summary>What a recurrent network carries from step to step where it acts; null: it is not recurrent.</summary>
    public RecurrentState? Memory { get; }

    /// <summary>
    /// Expected returns by the parameters that act, of observations or, with <see cref="Frames"/>, of places among
    /// them.
    /// </summary>
    public ComputeQ ComputeQ { get; }

    /// <summary>New noise for the network that acts.</summary>
    public Action ResampleNoise { get; }

    /// <summary>Its share of the loop's state.</summary>
    public IReadOnlyList<(string Name, IStateful Owner)> State { get; }

    /// <summary>Runs <paramref name="work"/> where the learner lives.</summary>
    public void Run(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Thread is null)
            work();
        else
            Thread.Run(work);
    }

    /// <summary>
    /// The actor takes the learner's parameters, while the learner's thread rests; nothing to do without overlap.
    /// </summary>
    public void Refresh() => _actor?.Refresh();

    /// <summary>Learner and actor start from these weights; a head that differs stays as it is.</summary>
    public WeightFit Import(IReadOnlyList<NamedTensor> weights)
    {
        WeightFit? fit = null;
        Run(() => fit = Learner.ImportWeights(weights, newHead: true));
        Refresh();
        return fit!;
    }

    public void Dispose() => Release(_actor, Learner, _frames, _maker);

    private void Release(Actor? actor, TLearner? learner, DeviceFrames? frames, FrameMaker? maker)
    {
        Run(() =>
        {
            maker?.Dispose();
            actor?.Dispose();
            learner?.Dispose();
            frames?.Dispose();
        });
        Thread?.Dispose();
    }
}
