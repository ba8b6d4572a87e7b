using System.CommandLine;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Reports;
using FastDqn.Training.Reports;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn report</c>: a page to look at.</summary>
internal static class ReportVerb
{
    public static Command Create()
    {
        var command = new Command(
            "report", "A page on a run, on several beside each other, or on a study: one HTML file that needs nothing else");
        var runs = new Argument<string[]>("run")
        {
            Description = "Run folders, folders that hold runs, or the folder of a study",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = $"HTML file to write (default: {RunReport.FileName} in the run's or study's folder, of several runs in the "
                + "current one)",
        };
        var storage = SweepVerb.StorageOption();
        command.Arguments.Add(runs);
        command.Options.Add(output);
        command.Options.Add(storage);
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output);
            if (path is not null && Path.GetExtension(path).ToLowerInvariant() is not (".html" or ".htm"))
                throw new FastDqnException(ErrorKind.Usage, $"{path}: a report is HTML: the file name must end in .html");
            // Not FASTDQN_STORAGE: it may name a server's database while the report is of a run.
            Console.Out.WriteLine(Report.Make(parsed.GetValue(runs)!, path, parsed.GetValue(storage), Output.Warn));
            return 0;
        });
        return command;
    }
}
