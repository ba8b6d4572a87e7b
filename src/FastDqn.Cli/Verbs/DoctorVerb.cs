using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Training.Diagnostics;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn doctor</c>.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var command = new Command("doctor", "Say what this installation has and lacks, with remedies; exit code 4 when something needed is missing");
        var kernels = new Option<bool>("--kernels") { Description = "Also run the pixel kernels on the device found and compare them with the CPU path" };
        var json = new Option<bool>("--json") { Description = "One JSON document on stdout" };
        command.Options.Add(kernels);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var findings = Doctor.Examine(parsed.GetValue(kernels));
            var healthy = findings.All(f => f.State != FindingState.Missing);
            if (parsed.GetValue(json))
            {
                Output.Json(new JsonObject
                {
                    ["healthy"] = healthy,
                    ["findings"] = new JsonArray([.. findings.Select(f => new JsonObject
                    {
                        ["what"] = f.What, ["state"] = f.State.ToString().ToLowerInvariant(), ["found"] = f.Found, ["remedy"] = f.Remedy,
                    })]),
                });
            }
            else
            {
                Output.Table([.. findings.Select(f => new[] { Mark(f.State), f.What, f.Found + (f.Remedy.Length > 0 ? $"  -> {f.Remedy}" : "") })]);
            }

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
