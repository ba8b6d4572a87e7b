using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Training.Diagnostics.Gpu;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Diagnostics;

/// <summary>
/// Runs each check of <c>doctor --gpu</c> in a process of its own: one that throws, crashes (as for a symbol that a
/// foreign libtorch lacks) or hangs takes no other with it, and what it had found stays. The file is written after
/// each.
/// </summary>
/// <param name="command">Starts a check by its name.</param>
/// <param name="file">Where the document goes; null: nowhere.</param>
/// <param name="seconds">For all of them together.</param>
internal sealed class GpuReport(Func<string, IReadOnlyList<string>> command, string? file, double seconds = 330)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly List<Outcome> _outcomes = [];

    /// <summary>What a check's process does: it prints a line of JSON for each figure.</summary>
    public static int RunCheck(string name, GpuSettings settings)
    {
        var check = GpuChecks.All.FirstOrDefault(c => c.Name == name)
            ?? throw new FastDqnException(
                ErrorKind.Usage, $"there is no check '{name}'; there are {string.Join(", ", GpuChecks.All.Select(c => c.Name))}");
        try
        {
            check.Run(settings, figure => Console.Out.WriteLine(figure.ToJson().ToJsonString()));
            return 0;
        }
        catch (Exception e) when (e is not FastDqnException)
        {
            throw new FastDqnException(ErrorKind.Failure, $"{e.GetType().Name}: {e.GetBaseException().Message.Split('\n')[0]}", e);
        }
    }

    /// <summary>Runs them, prints a table and the counts; returns the exit code.</summary>
    public int Run(IReadOnlyList<GpuCheck> checks)
    {
        var clock = Stopwatch.StartNew();
        Write();
        foreach (var check in checks)
        {
            if (check.Name != GpuChecks.First)
                Console.Error.WriteLine($"{check.Title} ...");
            var left = Math.Min(check.LimitSeconds, seconds - clock.Elapsed.TotalSeconds);
            _outcomes.Add(left > 1 ? RunOne(check, left) : new Outcome(check, [], 0, 0, "not begun: the time for all checks is over"));
            // Without a card there is nothing else to say.
            if (check.Name == GpuChecks.First && _outcomes[^1] is { ExitCode: (int)ErrorKind.Unavailable, Problem: { } reason })
            {
                Console.Error.WriteLine(reason);
                return (int)ErrorKind.Unavailable;
            }

            Write();
        }

        Print();
        return _outcomes.All(o => o.Passed) ? 0 : (int)ErrorKind.Failure;
    }

    private Outcome RunOne(GpuCheck check, double limit)
    {
        var (figures, errors) = (new List<GpuFigure>(), new List<string>());
        var words = command(check.Name);
        var clock = Stopwatch.StartNew();
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var ended = process.WaitForExit(TimeSpan.FromSeconds(limit));
        if (!ended)
            process.Kill(entireProcessTree: true);
        // Also waits for the last lines.
        process.WaitForExit();
        lock (errors)
        {
            var problem = !ended ? string.Create(CultureInfo.InvariantCulture, $"did not end within {limit:0} s")
                : process.ExitCode == 0 ? (figures.Count > 0 ? null : "found nothing")
                : Reason(errors) is { } reason ? reason
                : string.Create(CultureInfo.InvariantCulture, $"ended with {process.ExitCode} without a word");
            return new Outcome(check, figures, clock.Elapsed.TotalSeconds, process.ExitCode, problem);
        }

        void Take(string? line)
        {
            if (string.IsNullOrWhiteSpace(line))
                return;
            try
            {
                figures.Add(GpuFigure.FromJson(JsonNode.Parse(line)!));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentNullException or FormatException)
            {
                Keep($"said what is no figure: {line}");
            }
        }

        void Keep(string? line)
        {
            if (string.IsNullOrWhiteSpace(line))
                return;
            lock (errors)
                errors.Add(line);
        }
    }

    /// <summary>Our own line, else the loader's or the runtime's, else the last.</summary>
    private static string? Reason(List<string> errors) =>
        errors.FindLast(line => line.StartsWith("fastdqn: ", StringComparison.Ordinal))
        ?? errors.Find(line => line.Contains("error", StringComparison.OrdinalIgnoreCase))
        ?? errors.LastOrDefault();

    private void Write()
    {
        if (file is not null)
            OutputFile.WriteText(file, ToJson().ToJsonString(Indented) + "\n");
    }

    private JsonObject ToJson() => new()
    {
        ["program"] = $"fastdqn {RunInfo.ProgramVersion}",
        ["utc"] = DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture),
        ["ok"] = _outcomes.Count(o => o.Passed),
        ["failed"] = _outcomes.Count(o => !o.Passed),
        ["checks"] = new JsonArray([.. _outcomes.Select(o => o.ToJson())]),
    };

    private void Print()
    {
        foreach (var outcome in _outcomes)
        {
            var verdict = outcome.Passed ? "ok    " : "FAILED";
            Console.Out.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{verdict}  {outcome.Check.Title} ({outcome.Seconds:0.0} s)"));
            if (outcome.Figures.Count > 0)
                Output.Table([.. outcome.Figures.Select(f => new[] { "       ", f.What, f.Text ?? Number(f.Value), f.Unit, Verdict(f) })]);
            if (outcome.Problem is { } problem)
                Console.Out.WriteLine($"        {problem}");
        }

        Console.Out.WriteLine($"{_outcomes.Count(o => o.Passed)} ok, {_outcomes.Count(o => !o.Passed)} failed");
    }

    private static string Number(double? value) => value is { } number ? number.ToString("G4", CultureInfo.InvariantCulture) : "-";

    private static string Verdict(GpuFigure figure) => figure.Bound is not { } bound ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(figure.Passed ? "ok" : "FAILED")}, at most {bound:G4}");

    private sealed record Outcome(GpuCheck Check, IReadOnlyList<GpuFigure> Figures, double Seconds, int ExitCode, string? Problem)
    {
        /// <summary>A check that found nothing has not shown anything.</summary>
        public bool Passed => Problem is null && Figures.Count > 0 && Figures.All(f => f.Passed);

        public JsonObject ToJson() => new()
        {
            ["name"] = Check.Name,
            ["title"] = Check.Title,
            ["passed"] = Passed,
            ["seconds"] = Math.Round(Seconds, 1),
            ["problem"] = Problem,
            ["figures"] = new JsonArray([.. Figures.Select(f => f.ToJson())]),
        };
    }
}
