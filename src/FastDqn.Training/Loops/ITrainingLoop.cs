using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Weights;
using FastDqn.Replay;

namespace FastDqn.Training.Loops;

/// <summary>
/// One way of acting and learning. Between two calls of <see cref="Advance"/> nothing is under way but what a device
/// may still be asked of the last updates: that is where, after <see cref="Rest"/>, metrics are written and the whole
/// state is saved.
/// </summary>
public interface ITrainingLoop : IDisposable
{
    QLearner Learner { get; }

    /// <summary>Transitions that could be sampled now; 0 where there is no replay memory.</summary>
    long ReplayFill { get; }

    /// <summary>
    /// The replay memory is filling: no update is made before <c>schedule.warm_up</c> steps are in it.
    /// </summary>
    bool Filling { get; }

    /// <summary>
    /// The replay memory, which is saved by itself and not with <see cref="State"/>; null where there is none.
    /// </summary>
    ReplayRing? Ring { get; }

    /// <summary>Epsilon of the next step (the mean over environments).</summary>
    double Epsilon { get; }

    /// <summary>Takes the place of the exploration's schedule; null: the schedule holds.</summary>
    double? FixedEpsilon { get; set; }

    /// <summary>
    /// Resets the environments and begins with an empty memory: a new run, or one that goes on without the memory it
    /// had.
    /// </summary>
    void Begin();

    /// <summary>Starts from these weights; a head that differs stays as it is.</summary>
    WeightFit Import(IReadOnlyList<NamedTensor> weights);

    /// <summary>One round of the schedule.</summary>
    void Advance();

    /// <summary>
    /// Waits for what a device still does, and takes what comes of it: before figures are read or state is saved.
    /// </summary>
    void Rest();

    /// <summary>Mean over a fixed set of states of the largest Q; NaN before the set is known.</summary>
    double HeldOutMaxQ();

    /// <summary>Runs <paramref name="work"/> on the thread that the learner lives on.</summary>
    void OnLearner(Action work);

    /// <summary>
    /// Draws differently from here on: after a rollback the same draws would lead to the same failure.
    /// </summary>
    void Branch(int branch);

    /// <summary>The state, by the file of a checkpoint that holds it.</summary>
    IReadOnlyList<(string Name, IStateful Owner)> State { get; }
}

/// <summary>An update gave a loss that is not finite or beyond the limit.</summary>
public sealed class DivergedException : Exception
{
    public DivergedException(string message, string? dump = null)
        : base(message) => Dump = dump;

    public DivergedException() { }

    public DivergedException(string message)
        : base(message) { }

    public DivergedException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>File that holds the batch.</summary>
    public string? Dump { get; }
}
