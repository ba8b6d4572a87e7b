using System.Diagnostics;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Samplers;
using Spectre.Console;

namespace FastDqn.Cli.Terminal;

/// <summary>
/// A study while it runs: on a terminal a table that is drawn over itself, elsewhere a line whenever a trial ends. All
/// on stderr; stdout is for the result.
/// </summary>
internal sealed class SweepDisplay : ICoordinatorObserver
{
    private const int ShownTrials = 12;

    private readonly bool _quiet;
    private readonly HashSet<(int Number, TrialState State, long Budget)> _told = [];
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private LiveDisplayContext? _live;
    private DateTime _next = DateTime.MinValue;

    private SweepDisplay(bool quiet) => _quiet = quiet;

    public static CoordinatorEnd Run(Study study, bool quiet, Func<ICoordinatorObserver, CoordinatorEnd> work)
    {
        var display = new SweepDisplay(quiet);
        if (quiet || Console.IsErrorRedirected)
            return Work();
        return display._console.Live(new Table()).AutoClear(false).Start(live =>
        {
            display._live = live;
            return Work();
        });

        // Looks are a second apart: the last one shows how it ended.
        CoordinatorEnd Work()
        {
            var end = work(display);
            display._next = DateTime.MinValue;
            display.Looked(study);
            return end;
        }
    }

    public void Said(string message)
    {
        if (_live is null)
            Console.Error.WriteLine(message);
        else
            _console.WriteLine(message);
    }

    public void Looked(Study study)
    {
        if (_quiet || DateTime.UtcNow < _next)
            return;
        // Every second, or less often where reading a big study would take more than a twentieth of the time.
        var clock = Stopwatch.StartNew();
        var trials = study.Trials();
        _next = DateTime.UtcNow + TimeSpan.FromSeconds(Math.Max(1, 20 * clock.Elapsed.TotalSeconds));
        var names = study.Spec.Space.Parameters.Select(p => p.Name).ToList();
        if (_live is null)
        {
            var over = trials.Where(t => t.FinishOrder > 0 && t.State is not (TrialState.Waiting or TrialState.Running));
            foreach (var trial in over.OrderBy(t => t.FinishOrder))
                if (_told.Add((trial.Number, trial.State, trial.Budget)))
                    Console.Error.WriteLine(
                        $"trial {trial.Number} {trial.State.ToString().ToLowerInvariant()}: "
                        + $"{study.Spec.Metric.Name} = {Sweeps.Reports.Export.Short(trial.Value)} ({trial.Parameters})");
            return;
        }

        // What runs now, then the newest that ended.
        var shown = trials.Where(t => t.State == TrialState.Running)
            .Concat(trials.Where(t => t.FinishOrder > 0).OrderByDescending(t => t.FinishOrder)).Take(ShownTrials);
        var width = Math.Max(_console.Profile.Width, 40);
        var rows = TableFit.Fit(
            [SweepReport.Header(study, messages: false), .. shown.Select(t => SweepReport.Row(study, t, names, messages: false))],
            width, kept: 4);
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in rows[0])
            table.AddColumn(new TableColumn(Markup.Escape(column)) { NoWrap = true });
        foreach (var row in rows.Skip(1))
            table.AddRow([.. row.Select(Markup.Escape)]);
        var lines = SweepReport.StatusLines(study, trials, study.Best()).Select(line => TableFit.Cut(line, width));
        table.Caption(Markup.Escape(string.Join("\n", lines)));
        _live.UpdateTarget(table);
    }
}
