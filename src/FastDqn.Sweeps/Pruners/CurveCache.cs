using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Pruners;

/// <summary>
/// The curves of a study's runs, kept between looks: of an ended run nothing is read again, of one that goes on only
/// what is new.
/// </summary>
internal sealed class CurveCache(IStudyStorage storage, long studyId, MetricSpec metric)
{
    private readonly Dictionary<long, Kept> _kept = [];

    private sealed class Kept
    {
        public List<(long Step, double Loss)> Points { get; } = [];

        public bool Ended { get; set; }

        public int Attempts { get; set; }

        public long After => Points.Count > 0 ? Points[^1].Step : long.MinValue;
    }

    /// <summary>Every run's curve but one's, as they are now.</summary>
    public IReadOnlyList<RunCurve> Others(long runId)
    {
        var states = storage.RunStates(studyId);
        var wanted = new List<(long RunId, long After)>();
        foreach (var run in states)
        {
            if (run.RunId == runId)
                continue;
            if (!_kept.TryGetValue(run.RunId, out var kept))
                _kept.Add(run.RunId, kept = new Kept());
            if (kept.Ended)
                continue;
            // An outside program may report its steps in any order, and a step twice; a new attempt may have begun
            // anew.
            if (!run.Expires || run.Attempts != kept.Attempts)
                kept.Points.Clear();
            kept.Attempts = run.Attempts;
            wanted.Add((run.RunId, kept.After));
            // What was ended before its reports were read has no more to come.
            kept.Ended = run.State is not (TrialState.Running or TrialState.Waiting or TrialState.Paused);
        }

        foreach (var report in storage.Reports(wanted))
            _kept[report.RunId].Points.Add((report.Step, metric.ToLoss(report.Value)));
        return
        [
            .. states
                .Where(r => r.RunId != runId)
                .Select(r => new RunCurve(r.TrialNumber, r.State == TrialState.Complete, _kept[r.RunId].Points)),
        ];
    }
}
