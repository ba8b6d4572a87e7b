using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Media;
using FastDqn.Training.Batch;
using FastDqn.Training.Curves;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Bench;

/// <summary>
/// <c>./build.sh bench learning</c>: what the studies in bench/learning came to, as data in docs/results, pictures and
/// tables of that data, and which of it was made by other code than there is now.
/// </summary>
internal static class LearningResults
{
    private const string Studies = "bench/learning";
    private const string Results = "docs/results";
    private const string References = "references.json";
    private const int CurvePoints = 100;
    private const string Begin = "<!-- results: made by ./build.sh bench learning draw -->";
    private const string End = "<!-- results end -->";

    /// <summary>What decides how a training goes. A change elsewhere leaves results as they are.</summary>
    private static readonly string[] CodeThatMatters =
    [
        "native/games", "native/kernels", "native/pixels", "native/replay", "native/roms", "native/vcs", "native/vector",
        "src/FastDqn.Environments", "src/FastDqn.Learning", "src/FastDqn.Replay", "src/FastDqn.Training/Acting",
        "src/FastDqn.Training/Evaluation", "src/FastDqn.Training/Loops", "src/FastDqn.Training/Presets",
    ];

    private static readonly JsonSerializerOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int Run(ReadOnlySpan<string> arguments)
    {
        Environment.CurrentDirectory = Root();
        switch (arguments)
        {
            case ["collect", .. var studies]:
                foreach (var file in Files(studies))
                    Collect(file);
                return 0;
            case ["draw"]:
                Draw();
                return 0;
            case ["stale"]:
                return Stale() ? 1 : 0;
            default:
                throw new FastDqnException(
                    ErrorKind.Usage,
                    "usage: bench learning collect [STUDY...] | draw | stale (./build.sh --help says what they do)");
        }
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, Studies)))
                return folder.FullName;
        }

        throw new FastDqnException(ErrorKind.Unavailable, $"{Studies} is not there: this needs FastDqn's tree");
    }

    private static IEnumerable<string> Files(ReadOnlySpan<string> studies)
    {
        if (studies.Length == 0)
            return Directory.EnumerateFiles(Studies, "*.yaml").Order(StringComparer.Ordinal);
        var files = new List<string>();
        foreach (var study in studies)
            files.Add(Path.Combine(Studies, Path.GetFileNameWithoutExtension(study) + ".yaml"));
        return files;
    }

    /// <summary>Takes up a study's runs as they are now. One that is not here keeps the result it has.</summary>
    private static void Collect(string file)
    {
        var study = Path.GetFileNameWithoutExtension(file);
        var path = Path.Combine(Results, study + ".json");
        var known = !File.Exists(path) ? []
            : Read(path)["runs"]!.AsArray().ToDictionary(r => (string)r!["name"]!, r => r!.DeepClone());
        var fresh = 0;
        var runs = new JsonArray();
        foreach (var item in BatchPlan.Read(file).Items)
        {
            if (Summary(item, file) is { } summary)
            {
                runs.Add(summary);
                fresh++;
            }
            else if (known.TryGetValue(item.Name, out var before))
            {
                runs.Add(before);
            }
        }

        Console.Out.WriteLine($"{study}: {fresh} runs here, {runs.Count - fresh} kept from before");
        if (runs.Count == 0)
            return;
        // A run is a line.
        var lines = string.Join(",\n", runs.Select(run => "    " + run!.ToJsonString(Form)));
        var head = $"  \"study\": \"{study}\",\n  \"command\": \"./fastdqn batch {file}\",\n";
        OutputFile.WriteText(path, $"{{\n{head}  \"runs\": [\n{lines}\n  ]\n}}\n");
    }

    /// <summary>A run as data; null where it has not begun.</summary>
    private static JsonObject? Summary(BatchItem item, string study)
    {
        if (!File.Exists(Path.Combine(item.Directory, RunInfo.FileName)) || !File.Exists(RunDirectory.MetricsOf(item.Directory)))
            return null;
        var info = RunInfo.Open(item.Directory);
        var curves = RunCurves.Read(item.Directory, Console.Error.WriteLine);
        var curve = Reduction.Reduce(curves["charts/mean_return"], CurvePoints);
        if (curve.Count == 0)
            return null;
        var (document, config) = (info.Document, curves.Config);
        var step = Math.Max(info.Step, (long)curves["charts/mean_return"][^1].Step);
        // What was built, which the checkout may be ahead of.
        var version = (string?)document["version"] ?? "";
        var commit = version.Contains('+', StringComparison.Ordinal) ? version.Split('+')[1] : (string?)document["git"] ?? "";
        return new JsonObject
        {
            ["name"] = item.Name,
            ["env"] = config.Env.Name,
            ["algorithm"] = config.Run.Name,
            ["seed"] = config.Run.Seed,
            ["status"] = info.Status.ToString().ToLowerInvariant(),
            ["steps"] = step,
            ["steps_planned"] = config.Train.Steps,
            ["frames"] = (long)(step * config.Env.Atari.FrameSkip.Mean),
            ["seconds"] = Math.Round(Seconds(curves["perf/seconds"])),
            ["return"] = Math.Round(curve[^1].Value, 3),
            ["eval"] = curves.Has("eval/mean_return")
                ? new JsonObject
                {
                    ["return"] = Math.Round(curves.Last("eval/mean_return"), 3),
                    ["std"] = Math.Round(curves.Last("eval/std_return"), 3),
                    ["episodes"] = curves.Last("eval/episodes"),
                    ["step"] = curves["eval/mean_return"][^1].Step,
                    ["protocol"] = config.Eval.Protocol,
                }
                : null,
            ["version"] = version.Split('+')[0],
            ["git"] = commit,
            ["machine"] = new JsonObject
            {
                ["cpu"] = (string?)document["hardware"]?["cpu"],
                ["cores"] = (int?)document["hardware"]?["cores"],
                ["device"] = config.Run.Device.ToString().ToLowerInvariant(),
            },
            ["code"] = CodeOf(commit, study),
            ["curve"] = new JsonArray([.. curve.Select(p => (JsonNode)new JsonArray(p.Step, Math.Round(p.Value, 3)))]),
        };
    }

    /// <summary>Seconds of all processes that a run took: the clock starts again with each.</summary>
    private static double Seconds(IReadOnlyList<(double Step, double Value)> clock)
    {
        var (sum, last) = (0.0, 0.0);
        foreach (var (_, value) in clock)
        {
            sum += value >= last ? value - last : value;
            last = value;
        }

        return sum;
    }

    /// <summary>Git's hashes of the code that a run was made with; empty where its commit is not known here.</summary>
    private static JsonObject CodeOf(string commit, string study)
    {
        var code = new JsonObject();
        foreach (var path in CodeThatMatters.Append(study))
        {
            if (commit.Length > 0 && Git("rev-parse", "--verify", "--quiet", $"{commit}:{path}") is { Length: > 0 } hash)
                code[path] = hash[..12];
        }

        return code;
    }

    private static bool Stale()
    {
        var any = false;
        foreach (var path in ResultFiles())
        {
            var document = Read(path);
            var now = CodeOf("HEAD", $"{Studies}/{(string)document["study"]!}.yaml");
            foreach (var run in document["runs"]!.AsArray())
            {
                var code = run!["code"]!.AsObject();
                var changed = now.Where(p => (string?)code[p.Key] != (string?)p.Value).Select(p => p.Key).ToList();
                var why = code.Count == 0 ? "made by an unknown commit"
                    : changed.Count > 0 ? $"changed since: {string.Join(", ", changed)}"
                    : null;
                any |= why is not null;
                Console.Out.WriteLine($"{(string)document["study"]!} {(string)run["name"]!}: {why ?? "as the code is now"}");
            }
        }

        return any;
    }

    private static void Draw()
    {
        var references = Read(Path.Combine(Results, References)).AsArray();
        var page = new StringBuilder();
        foreach (var path in ResultFiles())
        {
            var document = Read(path);
            var study = (string)document["study"]!;
            var groups = document["runs"]!.AsArray()
                .GroupBy(r => (Env: (string)r!["env"]!, Algorithm: (string)r["algorithm"]!))
                .Select(g => new Group(g.Key.Env, g.Key.Algorithm, [.. g!])).ToList();
            var charts = groups.GroupBy(g => g.Env).Select(g => new LineChart(
                $"{g.Key}: mean return of the last 100 training episodes", "agent steps", "return", [.. g.Select(c => c.Band())])).ToList();
            OutputFile.WriteText(Path.Combine(Results, study + ".svg"), LineChart.Render(charts));
            page.Append(CultureInfo.InvariantCulture, $"\n### {study}\n\n");
            page.Append(CultureInfo.InvariantCulture, $"`{(string)document["command"]!}`; data: [{study}.json]({study}.json)\n\n");
            page.Append("| game | algorithm | seeds | agent steps | return in training | evaluation | published | seconds per seed | ");
            page.Append("machine |\n|---|---|---|---|---|---|---|---|---|\n");
            foreach (var group in groups)
                page.Append(group.Row(references)).Append('\n');
            page.Append(CultureInfo.InvariantCulture, $"\n![{study}]({study}.svg)\n");
        }

        page.Append("\nPublished figures are from:\n\n");
        foreach (var r in references)
        {
            page.Append(CultureInfo.InvariantCulture, $"- {(string)r!["env"]!}, {(string)r["algorithm"]!}: ");
            page.Append(CultureInfo.InvariantCulture, $"[{(string)r["what"]!}]({(string)r["source"]!})\n");
        }

        var readme = Path.Combine(Results, "README.md");
        var text = File.ReadAllText(readme);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (from < 0 || to < from)
            throw new FastDqnException(ErrorKind.BadData, $"{readme}: lacks the lines '{Begin}' and '{End}'");
        OutputFile.WriteText(readme, $"{text[..(from + Begin.Length)]}\n{page}\n{text[to..]}");
        Console.Out.WriteLine(readme);
    }

    private static IEnumerable<string> ResultFiles() => Directory.EnumerateFiles(Results, "*.json")
        .Where(path => Path.GetFileName(path) != References).Order(StringComparer.Ordinal);

    private static JsonNode Read(string path)
    {
        try
        {
            return JsonNode.Parse(InputFile.ReadText(path, "results", 1 << 26))!;
        }
        catch (JsonException e)
        {
            throw new FastDqnException(ErrorKind.BadData, $"{path}: {e.Message}", e);
        }
    }

    private static string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : "";
    }

    /// <summary>One algorithm on one game: the runs of all seeds.</summary>
    private sealed record Group(string Env, string Algorithm, IReadOnlyList<JsonNode> Runs)
    {
        private long Steps => Runs.Max(r => (long)r["steps"]!);

        private long Planned => Runs.Max(r => (long)r["steps_planned"]!);

        private bool Stopped => Runs.Any(r => (string?)r["status"] != "finished");

        public Series Band() => SeedBand.Of(
            Stopped ? $"{Algorithm}, stopped at {Millions(Steps)} of {Millions(Planned)}" : Algorithm,
            [.. Runs.Select(r => r["curve"]!.AsArray().Select(p => ((double)p![0]!, (double)p[1]!)).ToList())], 1);

        public string Row(JsonArray references)
        {
            var evals = Runs.Select(r => r["eval"]).OfType<JsonNode>().Select(e => (double)e["return"]!).ToList();
            var published = references.FirstOrDefault(r => (string?)r!["env"] == Env && (string?)r["algorithm"] == Algorithm);
            return $"| {Env} | {Algorithm} | {Runs.Count} | {Millions(Steps)}{(Stopped ? $" of {Millions(Planned)}" : "")} | "
                + $"{Range(Runs.Select(r => (double)r["return"]!))} | {(evals.Count > 0 ? Range(evals) : "-")} | "
                + $"{(published is null ? "-" : Published(published))} | "
                + $"{Number(Runs.Average(r => (double)r["seconds"]!), "0")} | "
                + $"{string.Join("; ", Runs.Select(Machine).Distinct())} |";
        }

        private static string Published(JsonNode r) => string.Create(
            CultureInfo.InvariantCulture, $"{(double)r["return"]!} ± {(double)r["spread"]!} at {Millions((long)r["steps"]!)}");

        private static string Range(IEnumerable<double> values)
        {
            var all = values.ToList();
            return all.Count == 1 ? Number(all[0]) : $"{Number(all.Average())} ({Number(all.Min())} .. {Number(all.Max())})";
        }

        private static string Machine(JsonNode run) => $"{(string?)run["machine"]!["cpu"]}, {(int?)run["machine"]!["cores"]} cores";

        private static string Millions(long steps) =>
            steps >= 1_000_000 ? $"{Number(steps / 1e6, "0.##")}M" : $"{Number(steps / 1e3, "0.#")}k";

        private static string Number(double value, string form = "0.#") => value.ToString(form, CultureInfo.InvariantCulture);
    }
}
