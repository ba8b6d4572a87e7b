using System.Collections.Concurrent;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Training.Runs;

namespace FastDqn.Reports.Serving;

/// <summary>A run that the catalogue knows.</summary>
/// <param name="Id">What pages call it: the number of its root, and its folder from there.</param>
/// <param name="Summary">How it stands.</param>
internal sealed record KnownRun(string Id, RunSummary Summary);

/// <summary>
/// The runs and studies under some folders, which may come, go or be half written at any time. Only what it found can
/// be asked for: an id is looked up, never made a path of.
/// </summary>
internal sealed class Catalogue(IReadOnlyList<string> roots)
{
    private static readonly EnumerationOptions Inner = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
    private readonly ConcurrentDictionary<string, (long Stamp, RunSummary Summary)> _read = new(StringComparer.Ordinal);

    /// <summary>The newest first.</summary>
    public IReadOnlyList<KnownRun> Runs() =>
    [
        .. Folders(RunSummary.FoldersUnder).AsParallel().Select(f => new KnownRun(f.Id, Summary(f.Folder)))
            .OrderByDescending(r => r.Summary.Started, StringComparer.Ordinal).ThenBy(r => r.Id, StringComparer.Ordinal),
    ];

    public IReadOnlyList<(string Id, string Folder)> Studies() => [.. Folders(StudiesUnder).OrderBy(s => s.Id, StringComparer.Ordinal)];

    /// <summary>The folder of a run that is there now; null: there is none of that id.</summary>
    public string? RunFolder(string id) => Find(Folders(RunSummary.FoldersUnder), id);

    /// <summary>The folders of those of several runs that are there now.</summary>
    public IReadOnlyList<string> RunFolders(IReadOnlyList<string> ids)
    {
        var known = Folders(RunSummary.FoldersUnder).ToDictionary(k => k.Id, k => k.Folder, StringComparer.Ordinal);
        return [.. ids.Where(known.ContainsKey).Select(id => known[id])];
    }

    public string? StudyFolder(string id) => Find(Studies(), id);

    private static string? Find(IEnumerable<(string Id, string Folder)> known, string id) =>
        known.Where(k => k.Id == id).Select(k => k.Folder).FirstOrDefault();

    private IEnumerable<(string Id, string Folder)> Folders(Func<string, IEnumerable<string>> under)
    {
        for (var i = 0; i < roots.Count; i++)
        {
            List<string> found;
            try
            {
                found = [.. under(roots[i])];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It vanished meanwhile: the next look sees what there is.
                continue;
            }

            foreach (var folder in found)
                yield return (FormattableString.Invariant($"{i}/{Path.GetRelativePath(roots[i], folder)}"), folder);
        }
    }

    private static IEnumerable<string> StudiesUnder(string root) => File.Exists(Study.DatabaseFile(root)) ? [root]
        : Directory.EnumerateDirectories(root, "*", Inner).Where(folder => File.Exists(Study.DatabaseFile(folder)));

    /// <summary>Read again where its files changed. A running one may have died without a change.</summary>
    private RunSummary Summary(string folder)
    {
        var stamp = Stamp(folder);
        if (_read.TryGetValue(folder, out var known) && known.Stamp == stamp && known.Summary.Status != RunStatus.Running)
            return known.Summary;
        var summary = RunSummary.Read(folder);
        _read[folder] = (stamp, summary);
        return summary;
    }

    /// <summary>Changes when a run's files do.</summary>
    private static long Stamp(string folder)
    {
        var (info, metrics) = (new FileInfo(Path.Combine(folder, RunInfo.FileName)), new FileInfo(RunDirectory.MetricsOf(folder)));
        return HashCode.Combine(info.Exists ? info.LastWriteTimeUtc.Ticks : 0, metrics.Exists ? metrics.Length : 0);
    }
}
