using System.CommandLine;
using System.Text;
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
            "export", "The metrics of runs as one CSV table: a row for each row of their metrics.jsonl (docs/reports.md)");
        var runs = new Argument<string[]>("run")
        {
            Description = "Run folders, or folders that hold runs",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--output", "-o") { Description = "CSV file to write (default: stdout)" };
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
            if (path is not null && !string.Equals(Path.GetExtension(path), ".csv", StringComparison.OrdinalIgnoreCase))
                throw new FastDqnException(ErrorKind.Usage, $"{path}: the table is CSV: the file name must end in .csv");
            if (path is not null)
                OutputFile.Check(path);
            var table = MetricsTable.Of(RunFolders.Of(parsed.GetValue(runs)!), parsed.GetValue(metrics) ?? []);
            if (path is null)
            {
                table.WriteCsv(Console.Out, Output.Warn);
                return 0;
            }

            var rows = OutputFile.Writing(path, () =>
            {
                // Beside it: a run that cannot be read leaves what was there as it was.
                var part = $"{path}.part";
                try
                {
                    long count;
                    using (var file = new StreamWriter(part, append: false, new UTF8Encoding(false)))
                        count = table.WriteCsv(file, Output.Warn);
                    File.Move(part, path, overwrite: true);
                    return count;
                }
                finally
                {
                    File.Delete(part);
                }
            });
            var columns = MetricsTable.RunColumns.Count + table.Metrics.Count;
            Console.Out.WriteLine(FormattableString.Invariant($"{path}: {rows} rows, {columns} columns"));
            return 0;
        });
        return command;
    }
}
