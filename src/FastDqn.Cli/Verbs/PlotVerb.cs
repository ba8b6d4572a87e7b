using System.CommandLine;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Media;
using FastDqn.Reports;
using FastDqn.Training.Configuration;
using FastDqn.Training.Curves;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn plot</c>: the curves of runs as SVG, runs of several seeds as a band.</summary>
internal static class PlotVerb
{
    private static readonly (string Metric, string Title)[] Usual =
    [
        ("charts/mean_return", "Average reward of the last episodes"),
        ("charts/held_out_max_q", "Average max Q over a fixed set of states"),
        ("losses/td_loss", "Loss"),
        ("charts/epsilon", "Epsilon"),
    ];

    public static Command Create()
    {
        var command = new Command(
            "plot", "Draw the curves of runs as SVG; runs that differ in seed only become one curve with a band from lowest to highest");
        var runs = new Argument<string[]>("run") { Description = "Run folders", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output", "-o") { Description = "SVG file to write", Required = true };
        var metrics = new Option<string[]>("--metric")
        {
            Description = "Metric to draw, one chart each; those of evaluations are eval/NAME, or NAME alone (default: "
                + "average reward, average max Q, loss, epsilon)",
        };
        var smooth = new Option<int>("--smooth") { Description = "Rows of a running mean", DefaultValueFactory = _ => 1 };
        command.Arguments.Add(runs);
        foreach (var option in new Option[] { output, metrics, smooth })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(smooth) < 1)
                throw new FastDqnException(ErrorKind.Usage, "--smooth must be at least 1 row");
            CheckName(parsed.GetValue(output)!);
            RunFolders.RequireOnce(parsed.GetValue(runs)!);
            var curves = RunFolders.Read(parsed.GetValue(runs)!, run => RunCurves.Read(run, Output.Warn), Output.Warn);
            var labels = ConfigGroups.Label([.. curves.Select(c => c.Config)]);
            var chosen = parsed.GetValue(metrics) is { Length: > 0 } asked
                ? [.. asked.Select(m => curves.Select(c => c.FullName(m)).FirstOrDefault(n => n != m, m)).Select(m => (m, m))]
                : Present(curves);
            var charts = chosen.Select(m => Chart(curves, labels, m.Item1, m.Item2, parsed.GetValue(smooth))).ToList();
            foreach (var run in curves.Where(c => !chosen.Any(m => c.Has(m.Item1))))
                Output.Warn($"{run.Folder}: has no value of {string.Join(", ", chosen.Select(m => m.Item1))} so far and is not drawn");
            var path = parsed.GetValue(output)!;
            OutputFile.WriteText(path, LineChart.Render(charts));

            Console.Out.WriteLine(path);
            return 0;
        });
        return command;
    }

    /// <summary>Refuses a file name that promises another format than SVG, and what is no place for a file.</summary>
    internal static void CheckName(string path)
    {
        if (!string.Equals(Path.GetExtension(path), ".svg", StringComparison.OrdinalIgnoreCase))
            throw new FastDqnException(ErrorKind.Usage, $"{path}: charts are SVG: the file name must end in .svg");
        OutputFile.Check(path);
    }

    private static (string, string)[] Present(IReadOnlyList<RunCurves> curves)
    {
        var present = Usual.Where(m => curves.Any(c => c.Has(m.Metric))).ToArray();
        if (present.Length > 0)
            return present;
        var known = Known(curves);
        throw new FastDqnException(
            ErrorKind.BadData,
            "these runs have no training metrics: a row comes every log.every agent steps and at the end of a run, "
            + "and they have not come so far"
            + (known.Count > 0 ? $"; --metric draws any of: {string.Join(", ", known)}" : ""));
    }

    private static List<string> Known(IReadOnlyList<RunCurves> curves) =>
        [.. curves.SelectMany(c => c.Names).Distinct().Order(StringComparer.Ordinal)];

    private static LineChart Chart(IReadOnlyList<RunCurves> curves, IReadOnlyList<string> labels, string metric, string title, int smooth)
    {
        var groups = curves.Zip(labels).Where(c => c.First.Has(metric)).GroupBy(c => c.Second, c => c.First).ToList();
        if (groups.Count == 0)
        {
            if (curves.Any(c => c.Unknown.Contains(metric)))
                throw new FastDqnException(ErrorKind.BadData, $"'{metric}' has had no value so far: there is nothing to draw");
            var known = Known(curves);
            throw new FastDqnException(
                ErrorKind.Usage,
                $"no run has a metric '{metric}'{NearestMatch.Hint(metric, known)} (there are: {string.Join(", ", known)})");
        }

        return new LineChart(
            title, "agent steps", metric, [.. groups.Select(g => SeedBand.Of(g.Key, [.. g.Select(c => c[metric])], smooth))]);
    }
}
