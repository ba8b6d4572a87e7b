using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FastDqn.Cli.Diagnostics;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Sweeps.Engines;
using FastDqn.Training.Diagnostics;
using FastDqn.Training.Diagnostics.Gpu;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn doctor</c>.</summary>
internal static class DoctorVerb
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var command = new Command(
            "doctor", "Say what this installation has and lacks, with remedies; exit code 4 when something needed is missing");
        var kernels = new Option<bool>("--kernels")
        {
            Description = "Also run the pixel kernels on the device found and compare them with the CPU path",
        };
        var gpu = new Option<bool>("--gpu")
        {
            Description = "Prove the NVIDIA card, its driver and libtorch: correctness, times, rates, short trainings (about 5 minutes)",
        };
        var json = new Option<string?>("--json")
        {
            Description = "One JSON document, on stdout or in FILE (with --gpu beside the table)",
            HelpName = "file",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var rehearse = new Option<bool>("--rehearse") { Description = "With --gpu: the same on the CPU, small", Hidden = true };
        var check = new Option<string?>("--check") { Description = "With --gpu: one check, a JSON line per figure", Hidden = true };
        foreach (var option in new Option[] { kernels, gpu, json, rehearse, check })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(gpu))
            {
                var rehearsal = parsed.GetValue(rehearse);
                if (parsed.GetValue(check) is { } name)
                    return GpuReport.RunCheck(name, rehearsal ? GpuSettings.Rehearse : new GpuSettings());
                if (parsed.GetResult(json) is not null && parsed.GetValue(json) is null)
                    throw new FastDqnException(ErrorKind.Usage, "--gpu --json needs a file: stdout has the table");
                return new GpuReport(
                    one => [.. RunPlan.Program(), "doctor", "--gpu", "--check", one, .. rehearsal ? ["--rehearse"] : Array.Empty<string>()],
                    parsed.GetValue(json)).Run(GpuChecks.All);
            }

            var findings = Doctor.Examine(parsed.GetValue(kernels));
            var healthy = findings.All(f => f.State != FindingState.Missing);
            var document = new JsonObject
            {
                ["healthy"] = healthy,
                ["findings"] = new JsonArray([.. findings.Select(f => new JsonObject
                {
                    ["what"] = f.What, ["state"] = f.State.ToString().ToLowerInvariant(), ["found"] = f.Found, ["remedy"] = f.Remedy,
                })]),
            };
            if (parsed.GetValue(json) is { } file)
                OutputFile.WriteText(file, document.ToJsonString(Indented) + "\n");
            if (parsed.GetResult(json) is not null && parsed.GetValue(json) is null)
                Output.Json(document);
            else
                Output.Table(
                    [.. findings.Select(f => new[] { Mark(f.State), f.What, f.Found + (f.Remedy.Length > 0 ? $"  -> {f.Remedy}" : "") })]);
            return healthy ? 0 : 4;
        });
        return command;
    }

    private static string Mark(FindingState state) => state switch
    {
        FindingState.Good => "ok",
        FindingState.Optional => "--",
        _ => "MISSING",
    };
}
