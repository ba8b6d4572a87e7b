using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Loops;

/// <summary>
/// How long a training is, in agent steps or in finished episodes of all environments together, and how far it has
/// come. It ends with the step that finishes the last episode.
/// </summary>
internal sealed class RunLength(TrainOptions options, RunCounters counters, EpisodeTracker tracker)
{
    /// <summary>Steps or episodes of the whole training.</summary>
    public long Whole => options.Length;

    /// <summary>Steps or episodes done.</summary>
    public long Done => options.ByEpisodes ? tracker.Finished : counters.Steps;

    public bool Reached => Done >= Whole;

    /// <summary>How far the training is, 0 to 1 and a little beyond.</summary>
    public double Share => Done / (double)Whole;
}
