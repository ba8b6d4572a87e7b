using System.CommandLine;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Reports;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn export</c>: the metrics of runs as one table for notebooks and scripts.</summary>
internal static class ExportVerb
{
    public static Command Create()
    {
        var command = new Command(
            "export", "The metrics of runs as one table, CSV or Parquet: a row for each row of their metrics.jsonl (docs/reports.md)");
        var runs = new Argument<string[]>("run")
        {
            Description = "Run folders, or folders that hold runs",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--output", "-o") { Description = "File to write, .csv or .parquet (default: CSV on stdout)" };
        var metrics = new Option<string[]>("--metric")
        {
            Description = "Metric to export, with the rows that have it (default: all); those of evaluations are eval/NAME",
        };
        command.Arguments.Add(runs);
        command.Options.Add(output);
        command.Options.Add(metrics);
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output);
            var kind = Path.GetExtension(path)?.ToLowerInvariant();
            if (kind is not (null or ".csv" or ".parquet"))
                throw new FastDqnException(ErrorKind.Usage, $"{path}: a table is CSV or Parquet: its name must end in .csv or .parquet");
            if (path is not null)
                OutputFile.Check(path);
            var table = MetricsTable.Of(RunFolders.Of(parsed.GetValue(runs)!), parsed.GetValue(metrics) ?? [], Output.Warn);
            if (path is null)
            {
                table.WriteCsv(Console.Out, Output.Warn);
                return 0;
            }

            // Put in its place when it is whole: a run that cannot be read leaves what was there as it was.
            var rows = OutputFile.Write(
                path, file => kind == ".csv" ? table.WriteCsv(file, Output.Warn) : table.WriteParquet(file, Output.Warn));
            var columns = MetricsTable.RunColumns.Count + table.Metrics.Count;
            Console.Out.WriteLine(FormattableString.Invariant($"{path}: {rows} rows, {columns} columns"));
            return 0;
        });
        return command;
    }
}
