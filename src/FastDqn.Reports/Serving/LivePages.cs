using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Reports.Pages;
using FastDqn.Sweeps;
using FastDqn.Training.Reports;
using FastDqn.Training.Runs;

namespace FastDqn.Reports.Serving;

/// <summary>What the server shows, made when it is asked for.</summary>
internal sealed class LivePages(IReadOnlyList<string> roots)
{
    private const int LogBytes = 1 << 15;
    private const int MostKept = 100;

    // Of the list, whose first look reads all runs, and of a page that was made once only.
    private static readonly long LongestWait = 10 * Stopwatch.Frequency;
    private readonly Catalogue _catalogue = new(roots);
    private readonly ConcurrentDictionary<string, Made> _made = new(StringComparer.Ordinal);

    /// <summary>The page of a path and its query, and its data as JSON; null: there is none.</summary>
    public (Page Page, byte[] Data)? Of(string path, IReadOnlyList<string> ids) => path switch
    {
        "/" => Kept("/", Listed),
        "/run" when ids is [var id] && _catalogue.RunFolder(id) is { } folder => Kept($"run {id}", () => Run(id, folder)),
        "/study" when ids is [var id] && _catalogue.StudyFolder(id) is { } folder => Kept($"study {id}", () => StudyOf(folder)),
        "/compare" when ids.Distinct(StringComparer.Ordinal).ToList() is { Count: > 1 } several
            && _catalogue.RunFolders(several) is { Count: > 0 } folders =>
            Kept($"compare {string.Join('\n', several)}", () => Comparison(folders, several.Count)),
        _ => null,
    };

    /// <summary>A film of a run; null: there is none of that name.</summary>
    public string? Film(string id, string name)
    {
        var videos = _catalogue.RunFolder(id) is { } folder ? Path.Combine(folder, "videos") : "";
        return Directory.Exists(videos) ? Directory.EnumerateFiles(videos, "*.gif").FirstOrDefault(f => Path.GetFileName(f) == name) : null;
    }

    /// <summary>
    /// A page as it was made lately: of the machine's time its making takes half a percent at most, whoever asks how
    /// often. Who asks for another page does not wait for it.
    /// </summary>
    private (Page Page, byte[] Data) Kept(string key, Func<Page> make)
    {
        if (_made.Count > MostKept)
            _made.Clear();
        var made = _made.GetOrAdd(key, _ => new Made());
        lock (made.Lock)
        {
            var start = Stopwatch.GetTimestamp();
            if (made.Newest is not { } newest || start >= made.Due)
            {
                var again = made.Newest is not null;
                var page = Tried(make);
                newest = (page, JsonSerializer.SerializeToUtf8Bytes<JsonNode>(page.ToJson()));
                var now = Stopwatch.GetTimestamp();
                var took = now - start;
                // The first compiles code too, and any may have waited for a core: the shorter of the last two counts.
                var wait = 200 * (again ? Math.Min(took, made.Took) : took);
                made.Due = now + (again && key != "/" ? wait : Math.Min(wait, LongestWait));
                (made.Took, made.Newest) = (took, newest);
            }

            return newest;
        }
    }

    /// <summary>A run that vanishes or is half written has a page that says so.</summary>
    private static Page Tried(Func<Page> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException)
        {
            return new Page("cannot be read", e.Message, "unreadable", "bad");
        }
    }

    private Page Listed()
    {
        var (runs, studies) = (_catalogue.Runs(), _catalogue.Studies());
        var running = runs.Count(r => r.Summary.Status == RunStatus.Running);
        var page = new Page("Runs", $"{Counted(runs.Count, "run", "runs")}, {running} running, "
            + $"{Counted(studies.Count, "study", "studies")} in {string.Join(", ", roots)}");
        page.Picks(
            "", "Tick two or more to compare them.",
            [
                "run", "status", "environment", "algorithm", "seed", "agent steps", "of", "return", "agent steps/s", "left", "started",
                "how it ended",
            ],
            runs.Select(r => (r.Id, Row(r))));
        return page.Table("Studies", "", ["study", "folder"], studies.Select(s => (IReadOnlyList<object?>)
        [
            new Link(Path.GetFileName(s.Folder), $"/study?id={Uri.EscapeDataString(s.Id)}"), s.Folder,
        ]));
    }

    private static IReadOnlyList<object?> Row(KnownRun run)
    {
        var s = run.Summary;
        var name = run.Id[(run.Id.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var link = new Link(name == "." ? Path.GetFileName(s.Folder) : name, $"/run?id={Uri.EscapeDataString(run.Id)}");
        if (s.Status is not { } status)
            return [link, "unreadable", null, null, null, null, null, null, null, null, null, s.Ended];
        var word = status == RunStatus.Failed && s.Ended.StartsWith("diverged", StringComparison.Ordinal) ? "diverged"
            : status.ToString().ToLowerInvariant();
        var left = status == RunStatus.Running && s.StepsPerSecond > 0 && s.StepsLeft > 0
            ? RunFacts.Duration(s.StepsLeft / s.StepsPerSecond) : "";
        object length = s.Episodes > 0 ? FormattableString.Invariant($"{s.EpisodesDone} of {s.Episodes} episodes") : s.Steps;
        return
        [
            link, word, s.Environment, s.Algorithm, s.Seed, s.Step, length, s.MeanReturn, s.StepsPerSecond, left,
            s.Started.Length > 16 ? s.Started[..16].Replace('T', ' ') : s.Started, s.Ended,
        ];
    }

    private static string Counted(int count, string one, string several) => $"{RunFacts.Count(count)} {(count == 1 ? one : several)}";

    /// <summary>Those that are there and can be read, beside each other.</summary>
    private static Page Comparison(IReadOnlyList<string> folders, int asked)
    {
        List<string> left = [];
        if (folders.Count < asked)
            left.Add($"{Counted(asked - folders.Count, "run is", "runs are")} not there any more");
        var runs = RunFolders.Read(folders, f => RunFacts.Read(f, _ => { }), left.Add);
        return ComparisonPage.Make(runs, string.Join("; ", left));
    }

    private static Page Run(string id, string folder)
    {
        var page = RunPage.Make(
            RunFacts.Read(folder, _ => { }), film => $"/film?id={Uri.EscapeDataString(id)}&name={Uri.EscapeDataString(film.Name)}");
        var log = Path.Combine(folder, "log.txt");
        if (File.Exists(log))
            page.Commands("Log", "Its last lines.", Tail(log));
        return page;
    }

    private static Page StudyOf(string folder)
    {
        using var study = Study.Open(folder);
        return StudyPage.Make(study);
    }

    private static string Tail(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Max(0, file.Length - LogBytes);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var lines = reader.ReadToEnd().TrimEnd('\n').Split('\n');
        return string.Join('\n', lines.Length > 1 && file.Length > LogBytes ? lines.Skip(1) : lines);
    }

    /// <summary>A page that was made, how long that took, and when it may be made again.</summary>
    private sealed class Made
    {
        public Lock Lock { get; } = new();

        public long Due { get; set; }

        public long Took { get; set; }

        public (Page Page, byte[] Data)? Newest { get; set; }
    }
}
