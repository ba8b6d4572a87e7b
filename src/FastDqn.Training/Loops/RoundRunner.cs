namespace FastDqn.Training.Loops;

/// <summary>
/// Runs the two halves of a round of overlap at the same time: acting on the caller's thread, learning on the
/// learner's.
/// </summary>
internal sealed class RoundRunner
{
    private readonly LearnerThread _thread;
    private readonly StageTimes _times;
    private readonly Action _act;
    private readonly Action _learn;
    private long _learnerEnd;

    public RoundRunner(LearnerThread thread, StageTimes times, Action act, Action learn)
    {
        (_thread, _times, _act) = (thread, times, act);
        _learn = () =>
        {
            learn();
            _learnerEnd = StageTimes.Now;
        };
    }

    /// <summary>One round; returns when both halves are done.</summary>
    public void Run()
    {
        long acted;
        _thread.Start(_learn);
        try
        {
            _act();
        }
        finally
        {
            acted = StageTimes.Now;
            _thread.Join();
        }

        if (_learnerEnd > acted)
            _times.Add(Stage.ActorWait, acted);
        else
            _times.AddSpan(Stage.LearnerWait, _learnerEnd, acted);
    }
}
