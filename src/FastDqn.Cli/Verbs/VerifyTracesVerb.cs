using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Environments.Atari;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn verify-traces</c>.</summary>
internal static class VerifyTracesVerb
{
    public static Command Create()
    {
        var command = new Command(
            "verify-traces",
            "Replay recorded traces and say whether every byte agrees; exit code 1 when one differs, 3 when a ROM is missing");
        var files = new Argument<string[]>("FILE") { Description = "Trace files: one JSON object a line", Arity = ArgumentArity.OneOrMore };
        var roms = new Option<string>("--roms")
        {
            Description = "Folder of ROM images, searched by MD5 before FASTDQN_ROMS and ale-py's folder",
        };
        var backend = BackendOption();
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Arguments.Add(files);
        command.Options.Add(roms);
        command.Options.Add(backend);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var verifier = new TraceVerifier(RomLibrary.Open(parsed.GetValue(roms)), BackendOf(parsed.GetValue(backend)));
            var verdicts = new List<TraceVerdict>();
            foreach (var verdict in parsed.GetValue(files)!.SelectMany(verifier.Verify))
            {
                verdicts.Add(verdict);
                if (!parsed.GetValue(json))
                    Console.Out.WriteLine($"{Word(verdict.Outcome),-8} {verdict.Game} {verdict.Kind}: {verdict.Detail}");
            }

            if (parsed.GetValue(json))
                Console.Out.WriteLine(new JsonArray([.. verdicts.Select(ToJson)]).ToJsonString(JsonText.Indented));
            else
                Console.Out.WriteLine(Summary(verdicts));
            return verdicts.Any(v => v.Outcome == TraceOutcome.Differs) ? 1
                : verdicts.Any(v => v.Outcome == TraceOutcome.NoRom) ? 3
                : 0;
        });
        return command;
    }

    internal static Option<string> BackendOption()
    {
        var option = new Option<string>("--backend")
        {
            Description = "Who emulates: vcs, FastDqn's own core, or ale, an installed ALE",
            DefaultValueFactory = _ => "vcs",
        };
        option.AcceptOnlyFromAmong("vcs", "ale");
        return option;
    }

    internal static AtariBackend BackendOf(string? name) => name == "ale" ? AtariBackend.Ale : AtariBackend.Vcs;

    private static string Word(TraceOutcome outcome) => outcome switch
    {
        TraceOutcome.Exact => "exact",
        TraceOutcome.Differs => "DIFFERS",
        _ => "no ROM",
    };

    private static string Summary(List<TraceVerdict> verdicts)
    {
        int Of(TraceOutcome outcome) => verdicts.Count(v => v.Outcome == outcome);
        var seconds = verdicts.Sum(v => v.Seconds).ToString("0.0", CultureInfo.InvariantCulture);
        return $"{verdicts.Count} traces: {Of(TraceOutcome.Exact)} exact, {Of(TraceOutcome.Differs)} differ, "
            + $"{Of(TraceOutcome.NoRom)} without ROM ({seconds} s)";
    }

    private static JsonObject ToJson(TraceVerdict verdict) => new()
    {
        ["file"] = verdict.File,
        ["line"] = verdict.Line,
        ["game"] = verdict.Game,
        ["kind"] = verdict.Kind,
        ["rom_md5"] = verdict.RomMd5,
        ["outcome"] = verdict.Outcome switch { TraceOutcome.Exact => "exact", TraceOutcome.Differs => "differs", _ => "no_rom" },
        ["checkpoints"] = verdict.Checkpoints,
        ["step"] = verdict.Step < 0 ? null : verdict.Step,
        ["differences"] = new JsonArray([.. verdict.Differences.Select(d => (JsonNode)d)]),
        ["detail"] = verdict.Detail,
        ["seconds"] = Math.Round(verdict.Seconds, 3),
    };
}
