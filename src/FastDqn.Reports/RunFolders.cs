using System.Runtime.ExceptionServices;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Training.Runs;

namespace FastDqn.Reports;

/// <summary>The runs that a user names: by their folders, or by a folder that holds them.</summary>
public static class RunFolders
{
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.BadData"/>: no run there; <see cref="ErrorKind.Usage"/>: a run twice, or a study beside
    /// others.
    /// </exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> folders)
    {
        var found = folders.SelectMany(Of).ToList();
        RequireOnce(found);
        return found;
    }

    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: a run is there twice.</exception>
    public static void RequireOnce(IEnumerable<string> folders)
    {
        var twice = folders.GroupBy(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), StringComparer.Ordinal)
            .FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
            throw new FastDqnException(ErrorKind.Usage, $"{twice.First()} is given twice: each run counts once");
    }

    /// <summary>
    /// What <paramref name="read"/> makes of each run. Of several, one that is damaged is left out and
    /// <paramref name="warn"/> is told; where none is left, the first one's error is thrown.
    /// </summary>
    public static IReadOnlyList<T> Read<T>(IReadOnlyList<string> folders, Func<string, T> read, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(warn);
        var (made, damaged) = (new List<T>(folders.Count), new List<FastDqnException>());
        foreach (var folder in folders)
        {
            try
            {
                made.Add(read(folder));
            }
            catch (FastDqnException e) when (e.Kind == ErrorKind.BadData)
            {
                damaged.Add(e);
            }
        }

        if (made.Count == 0 && damaged.Count > 0)
            ExceptionDispatchInfo.Throw(damaged[0]);
        damaged.ForEach(e => warn($"{e.Message}; the run is left out"));
        return made;
    }

    private static IEnumerable<string> Of(string folder)
    {
        if (File.Exists(Path.Combine(folder, RunInfo.FileName)))
            return [folder];
        if (FileKinds.Of(folder) is var kind and not FileKind.Folder)
        {
            var why = kind == FileKind.Missing ? "no such folder" : "is no folder of runs";
            throw new FastDqnException(ErrorKind.BadData, $"{folder}: {why}");
        }

        if (File.Exists(Study.DatabaseFile(folder)))
            throw new FastDqnException(ErrorKind.Usage, $"{folder} is a study, which has a page of its own: give it alone");
        var runs = RunSummary.Under(folder).Select(run => run.Folder).ToList();
        return runs.Count > 0 ? runs
            : throw new FastDqnException(ErrorKind.BadData, $"{folder}: holds neither a run ({RunInfo.FileName}) nor a study (study.db)");
    }
}
