using FastDqn.Core;

namespace FastDqn.Sweeps.Pruners;

/// <summary>
/// Hyperband (Li et al. 2018, "Hyperband: a novel bandit-based approach to hyperparameter optimization") with
/// asynchronous brackets: bracket s is ASHA with early-stopping rate s, for s = 0 .. floor(log_eta(R / r)). Trials
/// go to brackets by a hash of study and number, in proportion to the paper's bracket sizes; a run is compared
/// within its bracket alone.
/// </summary>
public sealed class HyperbandPruner : IPruner
{
    private readonly string _study;
    private readonly AshaPruner[] _brackets;
    private readonly long[] _sizes;

    public HyperbandPruner(long minResource, long maxResource, int eta, string study)
    {
        _study = study;
        var last = 0;
        for (var r = minResource * eta; r <= maxResource; r *= eta)
            last++;
        _brackets = [.. Enumerable.Range(0, last + 1).Select(s => new AshaPruner(minResource, eta, s))];
        // n_s = ceil((s_max + 1) / (s + 1) * eta^s) with the paper's s counted from the other end.
        _sizes = [.. Enumerable.Range(0, last + 1).Select(rate =>
        {
            var s = last - rate;
            return (long)Math.Ceiling((last + 1.0) / (s + 1) * Math.Pow(eta, s));
        })];
    }

    public int BracketCount => _brackets.Length;

    /// <summary>Trials per round in each bracket, the most aggressive first.</summary>
    public IReadOnlyList<long> BracketSizes => _sizes;

    public int BracketOf(int trial)
    {
        var ticket = (long)(RandomStream.DeriveSeed(0, _study, trial) % (ulong)_sizes.Sum());
        for (var i = 0; i < _sizes.Length; i++)
        {
            if (ticket < _sizes[i])
                return i;
            ticket -= _sizes[i];
        }

        return _sizes.Length - 1;
    }

    public bool ShouldStop(RunCurve run, IReadOnlyList<RunCurve> others)
    {
        var bracket = BracketOf(run.Trial);
        return _brackets[bracket].ShouldStop(run, [.. others.Where(o => BracketOf(o.Trial) == bracket)]);
    }
}
