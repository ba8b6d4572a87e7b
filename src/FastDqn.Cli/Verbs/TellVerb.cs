using System.CommandLine;
using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Sweeps;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn tell</c>: the result, or a value on the way, of a trial that <c>ask</c> gave out.</summary>
internal static class TellVerb
{
    public static Command Create()
    {
        var command = new Command("tell", "Tell a study the result of a trial that ask gave out, or with --step a value on the way");
        var study = SweepVerb.StudyArgument();
        var trial = new Argument<int>("trial") { Description = "The trial's number" };
        var value = new Argument<double?>("value") { Description = "The metric's value", Arity = ArgumentArity.ZeroOrOne };
        var seed = new Option<long?>("--seed") { Description = "The run's seed, where the study has several" };
        var step = new Option<long?>("--step") { Description = "The value is that at this step; the answer says whether to stop early" };
        var state = new Option<string>("--state") { Description = "How it ended: complete, pruned or failed", DefaultValueFactory = _ => "complete" };
        state.AcceptOnlyFromAmong("complete", "pruned", "failed");
        var storage = SweepVerb.StorageOption();
        var json = SweepVerb.JsonOption();
        foreach (var argument in new Argument[] { study, trial, value })
            command.Arguments.Add(argument);
        foreach (var option in new Option[] { seed, step, state, storage, json })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            using var opened = Study.Open(parsed.GetValue(study)!, SweepVerb.Storage(parsed, storage), warn: Output.Warn);
            var asked = opened.Asked(parsed.GetValue(trial), parsed.GetValue(seed));
            var told = parsed.GetValue(value);
            var stop = false;
            if (parsed.GetValue(step) is { } at)
            {
                asked.Report(at, told ?? throw new FastDqnException(ErrorKind.Usage, "tell --step needs a value"));
                stop = asked.ShouldStop();
            }
            else if (parsed.GetValue(state) == "pruned")
            {
                asked.Prune();
            }
            else if (parsed.GetValue(state) == "failed")
            {
                asked.Fail("told as failed");
            }
            else
            {
                asked.Complete(told ?? throw new FastDqnException(ErrorKind.Usage, "tell needs a value, or --state failed"));
            }

            if (parsed.GetValue(json))
                Output.Json(new JsonObject { ["study"] = opened.Record.Name, ["trial"] = asked.Number, ["stop"] = stop });
            else if (parsed.GetValue(step) is not null)
                Console.Out.WriteLine(stop ? "stop" : "go on");
            return 0;
        });
        return command;
    }
}
