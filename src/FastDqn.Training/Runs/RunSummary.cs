using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
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
public sealed record RunSummary(
    string Folder, RunStatus? Status, string Ended, string Environment, string Algorithm, long Seed, long Step, long Steps,
    double MeanReturn, double StepsPerSecond, string Started)
{
    private const int MaxDepth = 4;
    private const int TailBytes = 1 << 16;

    /// <summary>Episodes that it is to have; 0: steps are its length.</summary>
    public long Episodes { get; init; }

    /// <summary>
    /// The runs under a folder, of batches and studies too, or itself where it is one; in the order of their start.
    /// </summary>
    public static IReadOnlyList<RunSummary> Under(string root)
    {
        var runs = Folders(root, 0).Select(Read);
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
            var config = RunDirectory.ReadConfig(folder, _ => { });
            var (step, mean, rate) = NewestRow(RunDirectory.MetricsOf(folder));
            return new RunSummary(
                folder,
                info.Status,
                How(info, config),
                config.Env.Rom.Length > 0 ? Path.GetFileNameWithoutExtension(config.Env.Rom) : config.Env.Name,
                config.Algorithm.Name,
                config.Run.Seed,
                Math.Max(step, info.Step),
                config.Train.Steps,
                mean,
                rate,
                (string?)info.Document["started_utc"] ?? "")
            {
                Episodes = config.Train.Episodes,
            };
        }
        catch (Exception e) when (e is FastDqnException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return new RunSummary(folder, null, e.Message, "", "", 0, 0, 0, double.NaN, double.NaN, "");
        }
    }

    private static string How(RunInfo info, TrainConfig config) => info.Status switch
    {
        RunStatus.Finished when info.Document["result"] is JsonObject result =>
            (bool?)result["goal_reached"] == true ? "goal reached" : config.Train.ByEpisodes ? "all episodes done" : "all steps done",
        RunStatus.Interrupted => "by a signal",
        RunStatus.Failed => (string?)info.Document["reason"] ?? "",
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

    private static (long Step, double Mean, double Rate) NewestRow(string path)
    {
        if (FileKinds.Of(path) != FileKind.File)
            return (0, double.NaN, double.NaN);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Max(0, file.Length - TailBytes);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines.Reverse())
        {
            try
            {
                using var document = JsonDocument.Parse(line);
                var row = document.RootElement;
                if (row.GetProperty("kind").GetString() != "train")
                    continue;
                var step = row.GetProperty("step").GetInt64();
                return (step, Value(row, "metrics", "charts/mean_return"), Value(row, "wall", "perf/SPS"));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                // Half a row: the tail's first, or the last one of a run that is being written.
            }
        }

        return (0, double.NaN, double.NaN);
    }

    private static double Value(JsonElement row, string part, string name)
    {
        if (!row.TryGetProperty(part, out var values) || values.ValueKind != JsonValueKind.Object)
            return double.NaN;
        return values.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
    }
}
