using System.Text;
using FastDqn.Core;
using FastDqn.Reports.Pages;
using FastDqn.Sweeps;
using FastDqn.Training.Runs;

namespace FastDqn.Reports;

/// <summary>Pages on runs and studies, each one HTML file that needs nothing else.</summary>
public static class Report
{
    /// <summary>The page of a run or study in its folder.</summary>
    public const string FileName = "report.html";

    private const int LargestFilm = 200_000;
    private const int AllFilms = 400_000;

    /// <summary>Writes the page of a run into its folder.</summary>
    /// <exception cref="FastDqnException">The run cannot be read, or the page cannot be written.</exception>
    public static void OfRun(string folder)
    {
        var path = Path.Combine(folder, FileName);
        Write(path, RunPage.Make(RunFacts.Read(folder, _ => { }), FilmsOf(path)));
    }

    /// <summary>
    /// Writes the page of a run, of several (also of all in a folder), or of a study; returns the file.
    /// </summary>
    /// <param name="folders">Run folders, folders of runs, or one study's folder.</param>
    /// <param name="output">The file; null: <see cref="FileName"/> in the run's or study's folder, of several runs in
    /// the current one.</param>
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
            return Write(output ?? Path.Combine(study.Folder, FileName), StudyPage.Make(study));
        }

        var given = RunFolders.Of(folders);
        var runs = RunFolders.Read(given, folder => RunFacts.Read(folder, warn), warn);
        if (given.Count > 1)
            return Write(output ?? FileName, ComparisonPage.Make(runs));
        var single = runs[0];
        var path = output ?? Path.Combine(single.Folder, FileName);
        return Write(path, RunPage.Make(single, FilmsOf(path)));
    }

    /// <summary>Small films go into the page, others are linked from the folder that it lies in.</summary>
    private static Func<FileInfo, string> FilmsOf(string output)
    {
        var left = AllFilms;
        return film =>
        {
            if (film.Length <= Math.Min(LargestFilm, left))
            {
                left -= (int)film.Length;
                return $"data:image/gif;base64,{Convert.ToBase64String(File.ReadAllBytes(film.FullName))}";
            }

            var path = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(output))!, film.FullName);
            return "./" + string.Join('/', path.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
        };
    }

    private static bool IsStudy(string folder, string? storage) =>
        !File.Exists(Path.Combine(folder, RunInfo.FileName)) && (storage is not null || File.Exists(Study.DatabaseFile(folder)));

    private static string Write(string path, Page page)
    {
        var html = Encoding.UTF8.GetBytes(HtmlPage.Render(page));
        return OutputFile.Writing(path, () =>
        {
            AtomicFile.Write(path, html);
            return path;
        });
    }
}
