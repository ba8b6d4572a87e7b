using System.Globalization;
using FastDqn.Media;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Sweeps.Reports;

/// <summary>The study's pictures as SVG texts.</summary>
public static class Plots
{
    public const double ChartWidth = 720;
    public const double ChartHeight = 420;

    private const double Left = 84;
    private const double Right = 24;
    private const double Top = 40;
    private const double Bottom = 52;

    public static IReadOnlyList<string> Names { get; } = ["history", "parallel", "importance", "slices", "lineage", "pareto"];

    /// <summary>The pictures that show something of a study.</summary>
    public static IEnumerable<string> Of(StudySpec spec) => Names.Where(name => name switch
    {
        "lineage" => spec.Sampler.Kind == SamplerKind.Pbt,
        "pareto" => spec.Objectives.Count > 0,
        _ => true,
    });

    public static string Draw(string name, Study study) => name switch
    {
        "history" => History(study.Spec, study.Trials()),
        "parallel" => ParallelCoordinates(study.Spec, study.Trials()),
        "importance" => Bars(study.Spec, Importance.Compute(study.Spec.Space, study.History())),
        "pareto" => Front(study),
        "lineage" => Lineage(study.Spec, study.Trials()),
        _ => Slices(study.Spec, study.Trials()),
    };

    /// <summary>The first two objectives against each other, and the trials that nobody beats in both.</summary>
    public static string Front(Study study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var (canvas, spec, trials) = (new SvgCanvas(ChartWidth, ChartHeight), study.Spec, study.Trials());
        var (first, second) = (spec.Metric, spec.Objectives[0]);
        canvas.Text(Left, 24, $"{spec.Name}: {first.Name} against {second.Name} (orange: beaten by nobody)", size: 15);
        var shown = trials.Where(t => t.HasResult && study.ValueOf(t, second) is not null).ToList();
        if (shown.Count == 0)
            return Empty(canvas);
        var y = ValueAxis(shown);
        var x = Axis.Over([.. shown.Select(t => study.ValueOf(t, second)!.Value)], Left, canvas.Width - Right);
        DrawAxes(canvas, y, first.Name);
        foreach (var tick in x.Ticks(8))
            canvas.Text(x.Map(tick), canvas.Height - Bottom + 18, Axis.Label(tick), "middle", 11);
        canvas.Text(Left + ((canvas.Width - Left - Right) / 2), canvas.Height - 10, second.Name, "middle");
        var front = study.Front(trials).Select(t => t.Number).ToHashSet();
        foreach (var trial in shown.OrderBy(t => front.Contains(t.Number)))
            canvas.Dot(
                x.Map(study.ValueOf(trial, second)!.Value), y.Map(trial.Value!.Value), front.Contains(trial.Number) ? 5 : 3.5,
                front.Contains(trial.Number) ? SvgCanvas.Warm : SvgCanvas.Accent, 0.85, !study.IsFeasible(trial),
                $"trial {trial.Number}: {Export.Short(trial.Value)}, {Export.Short(study.ValueOf(trial, second))} ({trial.Parameters})");
        return canvas.ToString();
    }

    /// <summary>Who went on from whom in a population: a row a member, the best one's ancestors drawn strong.</summary>
    public static string Lineage(StudySpec spec, IReadOnlyList<TrialRecord> trials)
    {
        const double row = 34;
        var places = trials.Where(t => t.Attributes.Length > 0)
            .ToDictionary(t => t.Number, t => PopulationSampler.PlaceOf(t.Attributes));
        var members = places.Values.Select(p => p.Member).DefaultIfEmpty(0).Max() + 1;
        var canvas = new SvgCanvas(ChartWidth, Top + Bottom + (row * members));
        canvas.Text(Left, 24, $"{spec.Name}: who went on from whom (dark: better, orange: the best one's ancestors)", size: 15);
        if (places.Count == 0)
            return Empty(canvas);
        var x = Axis.Over([0, spec.Horizon], Left, canvas.Width - Right);
        double Y(int member) => Top + (row * (member + 0.5));
        foreach (var tick in x.Ticks(8))
            canvas.Text(x.Map(tick), canvas.Height - Bottom + 18, Axis.Label(tick), "middle", 11);
        canvas.Text(Left + ((canvas.Width - Left - Right) / 2), canvas.Height - 10, "steps", "middle");
        for (var m = 0; m < members; m++)
            canvas.Text(Left - 12, Y(m) + 4, string.Create(CultureInfo.InvariantCulture, $"member {m}"), "end", 11);
        var ranked = trials.Where(t => t.Value is not null).OrderByDescending(t => spec.Metric.ToLoss(t.Value!.Value)).ToList();
        var ancestors = new HashSet<int>();
        var byNumber = trials.ToDictionary(t => t.Number);
        for (var at = ranked.LastOrDefault(); at is not null; at = byNumber.GetValueOrDefault(at.Parent))
            ancestors.Add(at.Number);
        foreach (var trial in trials.Where(t => places.ContainsKey(t.Number)).OrderBy(t => ancestors.Contains(t.Number)))
        {
            var place = places[trial.Number];
            var begins = trial.Parent < 0 ? 0 : byNumber[trial.Parent].Budget;
            var rank = ranked.IndexOf(trial);
            var share = ranked.Count < 2 || rank < 0 ? 0 : rank / (ranked.Count - 1.0);
            var color = ancestors.Contains(trial.Number) ? SvgCanvas.Warm : Shade(share);
            var width = ancestors.Contains(trial.Number) ? 3.0 : 1.6;
            var from = trial.Parent < 0 || !places.TryGetValue(trial.Parent, out var source) ? place.Member : source.Member;
            var turn = begins + ((trial.Budget - begins) * 0.3);
            canvas.Path(
                [(x.Map(begins), Y(from)), (x.Map(turn), Y(place.Member)), (x.Map(trial.Budget), Y(place.Member))], color, width);
            canvas.Dot(
                x.Map(trial.Budget), Y(place.Member), 3.5, color, 0.9, trial.Value is null,
                $"trial {trial.Number}: {Export.Short(trial.Value)} ({trial.Parameters})");
        }

        return canvas.ToString();
    }

    /// <summary>Every trial's value in the order of their numbers, and the best so far.</summary>
    public static string History(StudySpec spec, IReadOnlyList<TrialRecord> trials)
    {
        var canvas = new SvgCanvas(ChartWidth, ChartHeight);
        var shown = trials.Where(t => t.Value is not null).OrderBy(t => t.Number).ToList();
        canvas.Text(Left, 24, $"{spec.Name}: {spec.Metric.Name} by trial (hollow: stopped early, line: best so far)", size: 15);
        if (shown.Count == 0)
            return Empty(canvas);
        var y = ValueAxis(shown);
        var x = Axis.Over([0, Math.Max(shown[^1].Number, 1)], Left, canvas.Width - Right);
        DrawAxes(canvas, y, spec.Metric.Name);
        foreach (var tick in x.Ticks(8).Where(t => t.Equals(Math.Floor(t))))
            canvas.Text(x.Map(tick), canvas.Height - Bottom + 18, Axis.Label(tick), "middle", 11);
        canvas.Text(Left + ((canvas.Width - Left - Right) / 2), canvas.Height - 10, "trial", "middle");
        var best = new List<(double, double)>();
        double? record = null;
        foreach (var trial in shown)
        {
            if (trial.State == TrialState.Complete && (record is null || spec.Metric.Better(trial.Value!.Value, record.Value)))
            {
                if (record is not null)
                    best.Add((x.Map(trial.Number), y.Map(record.Value)));
                record = trial.Value;
            }

            if (record is not null)
                best.Add((x.Map(trial.Number), y.Map(record.Value)));
        }

        canvas.Path(best, SvgCanvas.Warm, 2);
        foreach (var trial in shown)
            canvas.Dot(
                x.Map(trial.Number),
                y.Map(trial.Value!.Value),
                3.5,
                SvgCanvas.Accent,
                0.8,
                trial.State == TrialState.Pruned,
                $"trial {trial.Number}: {Export.Short(trial.Value)} ({trial.Parameters})");
        return canvas.ToString();
    }

    /// <summary>A line a trial through its parameters, the better the darker.</summary>
    public static string ParallelCoordinates(StudySpec spec, IReadOnlyList<TrialRecord> trials)
    {
        var shown = trials.Where(t => t.Value is { } v && double.IsFinite(v)).ToList();
        var parameters = spec.Space.Parameters.Where(p => p.Domain.Count != 1).ToList();
        var canvas = new SvgCanvas(Math.Max(ChartWidth, 130 * (parameters.Count + 1)), ChartHeight);
        canvas.Text(Left, 24, $"{spec.Name}: parameters of each trial (dark: better)", size: 15);
        if (shown.Count == 0)
            return Empty(canvas);
        double X(int column) => Left + ((canvas.Width - Left - Right - 40) * column / Math.Max(parameters.Count, 1));
        const double top = Top + 24;
        var bottom = canvas.Height - 30;
        double Y(double share) => bottom - ((bottom - top) * share);
        var y = ValueAxis(shown);
        for (var c = 0; c < parameters.Count; c++)
        {
            canvas.Line(X(c), top, X(c), bottom, SvgCanvas.Ink);
            canvas.Text(X(c), top - 10, parameters[c].Name, "middle", 11);
            foreach (var (share, label) in Labels(parameters[c].Domain))
                canvas.Text(X(c) - 5, Y(share) + 4, label, "end", 10);
        }

        var last = X(parameters.Count);
        canvas.Line(last, top, last, bottom, SvgCanvas.Ink);
        canvas.Text(last, top - 10, spec.Metric.Name, "middle", 11);
        foreach (var tick in y.Ticks())
            canvas.Text(last + 6, Y(y.Share(tick)) + 4, Axis.Label(tick), "start", 10);
        var ranked = shown.OrderByDescending(t => spec.Metric.ToLoss(t.Value!.Value)).ToList();
        for (var i = 0; i < ranked.Count; i++)
        {
            var trial = ranked[i];
            var rank = ranked.Count == 1 ? 1 : i / (ranked.Count - 1.0);
            var line = new List<(double, double)>();
            for (var c = 0; c < parameters.Count; c++)
                if (trial.Parameters.TryGetValue(parameters[c].Name, out var value))
                    line.Add((X(c), Y(Share(parameters[c].Domain, value))));
            line.Add((last, Y(y.Share(trial.Value!.Value))));
            canvas.Path(line, i == ranked.Count - 1 ? SvgCanvas.Warm : Shade(rank), i == ranked.Count - 1 ? 2.5 : 1.2, 0.35 + (0.6 * rank));
        }

        return canvas.ToString();
    }

    /// <summary>The parameters' importances as bars.</summary>
    public static string Bars(StudySpec spec, IReadOnlyList<(string Parameter, double Share)> importance)
    {
        var canvas = new SvgCanvas(ChartWidth, Math.Max(140, 70 + (30 * importance.Count)));
        canvas.Text(20, 24, $"{spec.Name}: importance of each parameter (PED-ANOVA)", size: 15);
        if (importance.Count == 0)
        {
            canvas.Text(20, 70, "needs at least 10 complete trials");
            return canvas.ToString();
        }

        const double from = 220;
        for (var i = 0; i < importance.Count; i++)
        {
            var (name, share) = importance[i];
            var at = 50 + (30 * i);
            canvas.Text(from - 10, at + 14, name, "end");
            canvas.Bar(from, at, (canvas.Width - from - 80) * share, 20, SvgCanvas.Accent);
            canvas.Text(from + 6 + ((canvas.Width - from - 80) * share), at + 14, share.ToString("P1", CultureInfo.InvariantCulture));
        }

        return canvas.ToString();
    }

    /// <summary>The value against each parameter, a panel each.</summary>
    public static string Slices(StudySpec spec, IReadOnlyList<TrialRecord> trials)
    {
        const double panel = 300, room = 10;
        var shown = trials.Where(t => t.Value is { } v && double.IsFinite(v)).ToList();
        var parameters = spec.Space.Parameters.Where(p => p.Domain.Count != 1).ToList();
        var columns = Math.Clamp(parameters.Count, 1, 3);
        var rows = (int)Math.Ceiling(parameters.Count / (double)columns);
        var canvas = new SvgCanvas(40 + (columns * panel), 50 + (Math.Max(rows, 1) * panel));
        canvas.Text(20, 24, $"{spec.Name}: {spec.Metric.Name} against each parameter", size: 15);
        if (shown.Count == 0)
            return Empty(canvas);
        var y = ValueAxis(shown);
        for (var i = 0; i < parameters.Count; i++)
        {
            var (left, top) = (70 + (i % columns * panel), 50 + (i / columns * panel));
            var (right, bottom) = (left + panel - 70, top + panel - 80);
            var domain = parameters[i].Domain;
            canvas.Line(left, bottom, right, bottom, SvgCanvas.Ink);
            canvas.Line(left, top, left, bottom, SvgCanvas.Ink);
            foreach (var tick in y.Ticks(4))
                canvas.Text(left - 5, bottom - ((bottom - top) * y.Share(tick)) + 4, Axis.Label(tick), "end", 10);
            var x = new Axis(0, 1, left + room, right - room);
            foreach (var (share, label) in Labels(domain))
                canvas.Text(x.Map(share), bottom + 15, label, "middle", 10);
            canvas.Text((left + right) / 2, bottom + 34, parameters[i].Name, "middle", 12);
            foreach (var trial in shown)
                if (trial.Parameters.TryGetValue(parameters[i].Name, out var value))
                    canvas.Dot(
                        x.Map(Share(domain, value)),
                        bottom - ((bottom - top) * y.Share(trial.Value!.Value)),
                        3.2,
                        SvgCanvas.Accent,
                        0.7,
                        trial.State == TrialState.Pruned,
                        $"trial {trial.Number}: {Export.Short(trial.Value)}");
        }

        return canvas.ToString();
    }

    private static string Empty(SvgCanvas canvas)
    {
        canvas.Text(Left, 90, "no finished trial yet");
        return canvas.ToString();
    }

    private static Axis ValueAxis(IEnumerable<TrialRecord> trials) =>
        Axis.Over(trials.Select(t => t.Value!.Value), ChartHeight - Bottom, Top);

    private static void DrawAxes(SvgCanvas canvas, Axis y, string label)
    {
        foreach (var tick in y.Ticks())
        {
            canvas.Line(Left, y.Map(tick), canvas.Width - Right, y.Map(tick), SvgCanvas.Faint, 0.6);
            canvas.Text(Left - 6, y.Map(tick) + 4, Axis.Label(tick), "end", 11);
        }

        canvas.Line(Left, Top, Left, canvas.Height - Bottom, SvgCanvas.Ink);
        canvas.Line(Left, canvas.Height - Bottom, canvas.Width - Right, canvas.Height - Bottom, SvgCanvas.Ink);
        canvas.Text(18, (Top + canvas.Height - Bottom) / 2, label, "middle", rotate: -90);
    }

    private static string Shade(double rank)
    {
        var grey = (int)(200 - (170 * rank));
        return string.Create(CultureInfo.InvariantCulture, $"rgb({grey},{grey + 10},{Math.Min(255, grey + 60)})");
    }

    /// <summary>Where on a parameter's axis a value lies, 0 to 1.</summary>
    public static double Share(Domain domain, ParameterValue value) => domain switch
    {
        NumberDomain number when number.High > number.Low => (number.ToScale(value.Number) - number.Low) / (number.High - number.Low),
        ChoiceDomain choice when choice.Choices.Count > 1 => choice.IndexOf(value) / (choice.Choices.Count - 1.0),
        _ => 0.5,
    };

    /// <summary>The values that a parameter's axis names, and where they lie.</summary>
    public static IEnumerable<(double Share, string Label)> Labels(Domain domain)
    {
        if (domain is ChoiceDomain choice)
            return choice.Choices.Select(c => (Share(domain, c), c.Text));
        var number = (NumberDomain)domain;
        var values = number.Log
            ? Enumerable.Range((int)Math.Ceiling(Math.Log10(number.Min) - 1e-9), 40)
                .Select(e => Math.Pow(10, e))
                .TakeWhile(v => v <= number.Max * 1.0000001)
            : Axis.Ticks(number.Min, number.Max, 4);
        var list = values.Where(v => v >= number.Min * 0.9999999 || !number.Log).ToList();
        if (list.Count < 2)
            list = [number.Min, number.Max];
        return list.Select(v => (Share(domain, ParameterValue.From(v)), Axis.Label(v)));
    }
}
