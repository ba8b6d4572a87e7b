namespace FastDqn.Training.Loops;

/// <summary>Runs the two halves of a round of overlap: at the same time, or one after the other on the learner's thread, as <see cref="RoundOrder"/> says.</summary>
internal sealed class RoundRunner
{
    private readonly LearnerThread _thread;
    private readonly StageTimes _times;
    private readonly Action _act;
    private readonly Action _learn;
    private readonly Action _both;
    private readonly RoundOrder _order = new();
    private long _learnerEnd;

    public RoundRunner(LearnerThread thread, StageTimes times, Action act, Action learn)
    {
        (_thread, _times, _act) = (thread, times, act);
        _learn = () =>
        {
            learn();
            _learnerEnd = StageTimes.Now;
        };
        _both = () =>
        {
            act();
            learn();
        };
    }

    /// <summary>One round; <paramref name="whole"/> unless it has less to do than others.</summary>
    public void Run(bool whole = true)
    {
        var begin = StageTimes.Now;
        if (_order.AtOnce)
            AtOnce();
        else
            _thread.Run(_both);
        if (whole)
            _order.Done(StageTimes.Now - begin);
    }

    private void AtOnce()
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
