using FastDqn.Core;
using FastDqn.Reports.Pages;
using FastDqn.Sweeps;
using FastDqn.Training.Reports;
using FastDqn.Training.Runs;

namespace FastDqn.Reports;

/// <summary>Pages on runs and studies that a user asks for, each one HTML file that needs nothing else.</summary>
public static class Report
{
    /// <summary>
    /// Writes the page of a run, of several (also of all in a folder), or of a study; returns the file.
    /// </summary>
    /// <param name="folders">Run folders, folders of runs, or one study's folder.</param>
    /// <param name="output">The file; null: <see cref="RunReport.FileName"/> in the run's or study's folder, of several
    /// runs in the current one.</param>
    /// <param name="storage">Where the study is kept; null: in its folder.</param>
    /// <param name="warn">Told of options that were removed since, and of damaged runs among several.</param>
    public static string Make(IReadOnlyList<string> folders, string? output, string? storage, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(folders);
        if (output is not null)
            OutputFile.Check(output);
        if (folders is [var one] && IsStudy(one, storage))
        {
            using var study = Study.Open(one, storage, warn: warn);
            return RunReport.Write(output ?? Path.Combine(study.Folder, RunReport.FileName), StudyPage.Make(study));
        }

        var given = RunFolders.Of(folders);
        var runs = RunFolders.Read(given, folder => RunFacts.Read(folder, warn), warn);
        if (given.Count > 1)
            return RunReport.Write(output ?? RunReport.FileName, ComparisonPage.Make(runs));
        return RunReport.Write(output ?? Path.Combine(runs[0].Folder, RunReport.FileName), runs[0]);
    }

    private static bool IsStudy(string folder, string? storage) =>
        !File.Exists(Path.Combine(folder, RunInfo.FileName)) && (storage is not null || File.Exists(Study.DatabaseFile(folder)));
}
