using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Runs;

/// <summary>A run in a line: what its documents and its newest row of metrics say. Takes no lock.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Status">How it stands; null: its documents cannot be read.</param>
/// <param name="Ended">How it ended, or why it cannot be read.</param>
/// <param name="Environment">Its environment, or its ROM's name.</param>
/// <param name="Algorithm">Its algorithm.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Step">Agent steps by its newest row.</param>
/// <param name="Steps">Agent steps that it is to have; without meaning where episodes are its length.</param>
/// <param name="MeanReturn">Mean return of its last training episodes; NaN before the first.</param>
/// <param name="StepsPerSecond">Its rate; NaN before the first row.</param>
/// <param name="Started">When it was started (UTC), as its document has it.</param>
public sealed partial record RunSummary(
    string Folder, RunStatus? Status, string Ended, string Environment, string Algorithm, long Seed, long Step, long Steps,
    double MeanReturn, double StepsPerSecond, string Started)
{
    private const int MaxDepth = 4;
    private const int MostLines = 1000;

    // The newest row is nearly always among the last few.
    private static readonly int[] TailBytes = [1 << 12, 1 << 16];

    /// <summary>Episodes that it is to have; 0: steps are its length.</summary>
    public long Episodes { get; init; }

    /// <summary>Episodes by its newest row.</summary>
    public long EpisodesDone { get; init; }

    /// <summary>
    /// Agent steps that are left, as far as can be told; NaN before the first episode of a length in episodes.
    /// </summary>
    public double StepsLeft => Episodes == 0 ? Math.Max(0, Steps - Step)
        : EpisodesDone == 0 ? double.NaN
        : Math.Max(0, Episodes - EpisodesDone) * (Step / (double)EpisodesDone);

    /// <summary>
    /// The runs under a folder, of batches and studies too, or itself where it is one; in the order of their start.
    /// </summary>
    public static IReadOnlyList<RunSummary> Under(string root)
    {
        var runs = Folders(root, 0).ToList().AsParallel().Select(Read);
        return [.. runs.OrderBy(run => run.Started, StringComparer.Ordinal).ThenBy(run => run.Folder, StringComparer.Ordinal)];
    }

    /// <summary>The folders of the runs under a folder, or itself where it is one.</summary>
    public static IEnumerable<string> FoldersUnder(string root) => Folders(root, 0);

    /// <summary>The run in a folder.</summary>
    public static RunSummary Read(string folder)
    {
        try
        {
            var info = RunInfo.Open(folder);
            var (status, option) = (info.Status, Options(Path.Combine(folder, RunDirectory.ConfigFile)));
            var (rom, episodes) = (option("env.rom"), (long)ConfigSchema.Get("train.episodes").Parse(option("train.episodes")));
            var (step, finished, mean, rate) = NewestRow(RunDirectory.MetricsOf(folder));
            return new RunSummary(
                folder,
                status,
                How(info, status, episodes > 0),
                rom.Length > 0 ? Path.GetFileNameWithoutExtension(rom) : option("env.name"),
                option("algorithm.name"),
                (long)ConfigSchema.Get("run.seed").Parse(option("run.seed")),
                Math.Max(step, info.Step),
                (long)ConfigSchema.Get("train.steps").Parse(option("train.steps")),
                mean,
                rate,
                info.Text("started_utc"))
            {
                Episodes = episodes,
                EpisodesDone = Math.Max(finished, (long)(info.Number("episodes") ?? 0)),
            };
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return new RunSummary(folder, null, e.Message, "", "", 0, 0, 0, double.NaN, double.NaN, "");
        }
    }

    /// <summary>
    /// The values of a run's options as written, else their defaults: a thousand runs are listed in a second, most of
    /// which parsing their YAML and making a configuration of each would take.
    /// </summary>
    private static Func<string, string> Options(string path)
    {
        var entries = RetiredOptions.LeaveOut(Plain(path) ?? YamlConfig.ReadFile(path), path, _ => { });
        var written = entries.ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
        return name => written.TryGetValue(name, out var value) ? value : ConfigKey.Format(ConfigSchema.Get(name).Default);
    }

    /// <summary>The entries of a file of sections and plain values, as runs write it; null: it has more.</summary>
    private static List<YamlEntry>? Plain(string path)
    {
        if (FileKinds.Of(path) != FileKind.File)
            return null;
        var (entries, section) = (new List<YamlEntry>(), "");
        foreach (var line in File.ReadLines(path).Take(MostLines))
        {
            var match = PlainLine().Match(line);
            if (!match.Success)
                return null;
            if (match.Groups["section"] is { Success: true } name)
                section = name.Value + ".";
            else
                entries.Add(new YamlEntry(section + match.Groups["name"].Value, match.Groups["value"].Value, 0, 0));
        }

        return entries.DistinctBy(e => e.Key).Count() == entries.Count ? entries : null;
    }

    private static string How(RunInfo info, RunStatus status, bool byEpisodes) => status switch
    {
        RunStatus.Finished when info.Result is not null =>
            info.Text("result", "goal_reached") == "true" ? "goal reached" : byEpisodes ? "all episodes done" : "all steps done",
        RunStatus.Interrupted => "by a signal",
        RunStatus.Failed => info.Text("reason"),
        _ => "",
    };

    private static IEnumerable<string> Folders(string folder, int depth)
    {
        if (File.Exists(Path.Combine(folder, RunInfo.FileName)))
            return [folder];
        if (depth == MaxDepth)
            return [];
        var options = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateDirectories(folder, "*", options).SelectMany(inner => Folders(inner, depth + 1));
    }

    private static (long Step, long Episodes, double Mean, double Rate) NewestRow(string path)
    {
        var row = (Step: 0L, Episodes: 0L, Mean: double.NaN, Rate: double.NaN, Found: false);
        if (FileKinds.Of(path) == FileKind.File)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach (var bytes in TailBytes)
            {
                row = NewestRow(file, Math.Min(bytes, file.Length));
                if (row.Found || bytes >= file.Length)
                    break;
            }
        }

        return (row.Step, row.Episodes, row.Mean, row.Rate);
    }

    /// <summary>What the last bytes tell, the newest row of training among them if it is found there.</summary>
    private static (long Step, long Episodes, double Mean, double Rate, bool Found) NewestRow(FileStream file, long bytes)
    {
        var (newest, episodes) = (0L, 0L);
        var tail = new byte[bytes];
        file.Position = file.Length - bytes;
        var lines = Encoding.UTF8.GetString(tail, 0, file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines.Reverse())
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                var row = document.RootElement;
                var kind = row.GetProperty("kind").GetString();
                newest = Math.Max(newest, row.GetProperty("step").GetInt64());
                var finished = Value(row, "metrics", kind == "train" ? "charts/episodes" : "number");
                if (kind is "train" or "episode" && finished > episodes)
                    episodes = (long)finished;
                if (kind == "train")
                    return (newest, episodes, Value(row, "metrics", "charts/mean_return"), Value(row, "wall", "perf/SPS"), true);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                // Half a row: the tail's first, or the last one of a run that is being written.
            }
        }

        return (newest, episodes, double.NaN, double.NaN, false);
    }

    private static double Value(JsonElement row, string part, string name)
    {
        if (!row.TryGetProperty(part, out var values) || values.ValueKind != JsonValueKind.Object)
            return double.NaN;
        return values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
    }

    [GeneratedRegex("^(?:(?<section>[a-z0-9_]+):|"
        + "  (?<name>[a-z0-9_]+): (?:\"(?<value>[^\"\\\\]*)\"|(?<value>[A-Za-z0-9.+_-]+|\\[[^\\]#'\"]*\\])))$")]
    private static partial Regex PlainLine();
}
