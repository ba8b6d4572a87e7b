using FastDqn.Core;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;

namespace FastDqn.Sweeps;

/// <summary>A trial that this program works on: its parameters, and what becomes of it.</summary>
public sealed class Trial
{
    private readonly Study _study;
    private readonly RunClaim _claim;
    private readonly List<(long Step, double Value)> _points;

    internal Trial(Study study, RunClaim claim)
    {
        (_study, _claim) = (study, claim);
        _points = [.. study.Storage.Reports([(claim.RunId, long.MinValue)]).Select(r => (r.Step, r.Value))];
    }

    public int Number => _claim.TrialNumber;

    /// <summary>The seed to run with (studies with several seeds ask for each).</summary>
    public long Seed => _claim.Seed;

    public Assignment Parameters => _claim.Parameters;

    /// <summary>A numeric parameter's value.</summary>
    public double this[string name] => Parameters[name].Number;

    /// <summary>Notes the value reached at a step.</summary>
    public void Report(long step, double value)
    {
        if (!_study.Storage.AddReports(_claim, [(step, value)]))
            throw Lost();
        _points.RemoveAll(p => p.Step == step);
        _points.Add((step, value));
        _points.Sort((a, b) => a.Step.CompareTo(b.Step));
    }

    /// <summary>
    /// Whether early termination says to stop now; then throw <see cref="TrialPrunedException"/> or call
    /// <see cref="Prune"/>.
    /// </summary>
    public bool ShouldStop() => _study.ShouldStop(_claim, _points);

    /// <summary>Ends the trial with its value.</summary>
    /// <param name="value">The metric's.</param>
    /// <param name="figures">Further objectives and constraints, by their names.</param>
    public void Complete(double value, IReadOnlyDictionary<string, double>? figures = null) =>
        End(_study.EndOf(_claim), value, figures: figures);

    /// <summary>How far to go for now, in steps; 0: to the end. A promoted trial is asked for again.</summary>
    public long Budget => _claim.Budget;

    /// <summary>Ends the trial as stopped early, with the last value reported.</summary>
    public void Prune() => End(TrialState.Pruned, _points.Count > 0 ? _points[^1].Value : null);

    /// <summary>Ends the trial without a value.</summary>
    public void Fail(string message) => End(TrialState.Failed, null, message);

    private void End(TrialState state, double? value, string message = "", IReadOnlyDictionary<string, double>? figures = null)
    {
        if (!_study.Storage.Finish(_claim, state, value, message, figures))
            throw Lost();
    }

    private FastDqnException Lost() =>
        new(ErrorKind.Failure, $"trial {Number} of study '{_study.Record.Name}' was told already or given to another worker");
}

/// <summary>Thrown by an objective to end its trial early.</summary>
public sealed class TrialPrunedException : Exception
{
    public TrialPrunedException()
        : base("the trial is stopped early") { }

    public TrialPrunedException(string message)
        : base(message) { }

    public TrialPrunedException(string message, Exception innerException)
        : base(message, innerException) { }
}
