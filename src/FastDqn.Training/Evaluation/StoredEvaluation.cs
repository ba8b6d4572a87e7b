using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Evaluation;

/// <summary>
/// An evaluation that is kept with its run, as <c>evaluations/PROTOCOL-step-N-seed-S-SETTINGS.json</c>: the same one
/// again replaces it, another number of episodes or another epsilon lies beside it.
/// </summary>
/// <param name="Protocol">As in <c>eval.protocol</c>.</param>
/// <param name="Settings">All that it fixes, in a line.</param>
/// <param name="Step">Agent steps trained.</param>
/// <param name="Seed">Seed of the games.</param>
/// <param name="MeanReturn">Mean return over the episodes.</param>
/// <param name="Returns">Return of each episode; empty where only the mean is known.</param>
/// <param name="Episodes">Episodes played.</param>
public sealed record StoredEvaluation(
    string Protocol, string Settings, long Step, long Seed, double MeanReturn, IReadOnlyList<double> Returns, int Episodes)
{
    private const int MaxBytes = 1 << 26;

    /// <summary>The folder of a run's evaluations.</summary>
    public static string FolderOf(string run) => Path.Combine(run, "evaluations");

    /// <summary>What an evaluation came to.</summary>
    public static StoredEvaluation Of(EvalReport report, long seed)
    {
        ArgumentNullException.ThrowIfNull(report);
        var agent = report.Agent;
        return new(report.Protocol.Name, report.Protocol.ToString(), report.Step, seed, agent.MeanReturn, agent.Returns, agent.Episodes);
    }

    /// <summary>Writes it into the run; returns the file.</summary>
    public string Save(string run)
    {
        var folder = FolderOf(run);
        OutputFile.MakeFolder(folder);
        var settings = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Settings} {Episodes}")))[..8];
        var path = Path.Combine(folder, FormattableString.Invariant($"{Protocol}-step-{Step:D9}-seed-{Seed}-{settings}.json"));
        var document = new JsonObject
        {
            ["format"] = 1,
            ["version"] = RunInfo.ProgramVersion,
            ["protocol"] = Protocol,
            ["settings"] = Settings,
            ["step"] = Step,
            ["seed"] = Seed,
            ["episodes"] = Episodes,
            ["mean_return"] = MeanReturn,
            ["returns"] = new JsonArray([.. Returns.Select(r => JsonValue.Create(r))]),
        };
        AtomicFile.Write(path, document.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        return path;
    }

    /// <summary>All evaluations of a run: those kept, and the one that its training ended with.</summary>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.BadData"/>: no run, or a file that is no evaluation.
    /// </exception>
    public static IReadOnlyList<StoredEvaluation> All(string run)
    {
        var found = new List<StoredEvaluation>();
        if (RunInfo.Open(run).Result is { } result && result["eval"] is JsonObject last)
            found.Add(Read(last, (long?)result["agent_steps"] ?? 0, RunInfo.FileName));
        if (Directory.Exists(FolderOf(run)))
        {
            foreach (var file in Directory.EnumerateFiles(FolderOf(run), "*.json").Order(StringComparer.Ordinal))
                found.Add(Parse(InputFile.ReadText(file, "kept evaluation", MaxBytes), file));
        }

        return found;
    }

    /// <summary>A run's evaluation under a protocol: of most training, then of most episodes; or null.</summary>
    public static StoredEvaluation? Newest(string run, string protocol) =>
        All(run).Where(e => e.Protocol == protocol).OrderBy(e => e.Step).ThenBy(e => e.Episodes).LastOrDefault();

    private static StoredEvaluation Parse(string text, string file)
    {
        try
        {
            return JsonNode.Parse(text) is JsonObject document
                ? Read(document, (long?)document["step"] ?? 0, file)
                : throw new JsonException("not an object");
        }
        catch (JsonException e)
        {
            throw Bad(file, e);
        }
    }

    private static StoredEvaluation Read(JsonObject document, long step, string file)
    {
        try
        {
            var protocol = (string?)document["protocol"] ?? "";
            if (!ConfigSchema.Get("eval.protocol").Choices.Contains(protocol))
                throw new FormatException($"the protocol '{protocol}' is unknown");
            var list = document["returns"] as JsonArray ?? [];
            var returns = list.Select(r => (double?)r ?? throw new FormatException("a return is missing")).ToArray();
            var mean = (double?)document["mean_return"] ?? throw new FormatException("it has no mean");
            if (!double.IsFinite(mean))
                throw new FormatException("the mean is not finite");
            var (settings, seed) = ((string?)document["settings"] ?? "", (long?)document["seed"] ?? 0);
            return new(protocol, settings, step, seed, mean, returns, (int?)document["episodes"] ?? returns.Length);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            throw Bad(file, e);
        }
    }

    private static FastDqnException Bad(string file, Exception e) =>
        new(ErrorKind.BadData, $"{file}: not an evaluation: {e.Message.ReplaceLineEndings(" ")}", e);
}
