using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;

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
        var state = new Option<string>("--state")
        {
            Description = "How it ended: complete, pruned or failed",
            DefaultValueFactory = _ => "complete",
        };
        state.AcceptOnlyFromAmong("complete", "pruned", "failed");
        var figures = new Option<string[]>("--figure")
        {
            Description = "A further objective, or the figure of a constraint, with its value",
            HelpName = "name=value",
        };
        var storage = SweepVerb.StorageOption();
        var json = SweepVerb.JsonOption();
        foreach (var argument in new Argument[] { study, trial, value })
            command.Arguments.Add(argument);
        foreach (var option in new Option[] { seed, step, state, figures, storage, json })
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
                asked.Complete(
                    told ?? throw new FastDqnException(ErrorKind.Usage, "tell needs a value, or --state failed"),
                    Figures(opened, parsed.GetValue(figures) ?? []));
            }

            var onTheWay = parsed.GetValue(step) is not null;
            // The run's state, and the trial's once all of its runs have ended.
            var trialOf = opened.Trials().First(t => t.Number == asked.Number);
            var became = trialOf.Runs.First(r => r.Seed == asked.Seed);
            var underWay = trialOf.State is TrialState.Waiting or TrialState.Running;
            var word = (underWay ? became.State : trialOf.State).ToString().ToLowerInvariant();
            if (parsed.GetValue(json))
            {
                Output.Json(new JsonObject
                {
                    ["study"] = opened.Record.Name,
                    ["trial"] = asked.Number,
                    ["seed"] = asked.Seed,
                    ["stop"] = stop,
                    ["state"] = word,
                    ["value"] = became.Value is { } number ? Output.Finite(number) : null,
                });
                return 0;
            }

            if (told is { } given && !double.IsFinite(given))
                Output.Warn(onTheWay ? $"{given} counts as the worst value there is" : $"{given} is no value: the run counts as {word}");
            if (onTheWay)
                Console.Out.WriteLine(stop ? "stop" : "go on");
            else
                Console.Out.WriteLine($"trial {asked.Number} seed {asked.Seed} {word}{ValueOf(became, opened.Spec.Metric.Name)}");
            return 0;
        });
        return command;
    }

    private static Dictionary<string, double> Figures(Study study, string[] given)
    {
        var known = study.Spec.Figures.Select(f => f.Name).ToList();
        var figures = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var cut = text.LastIndexOf('=');
            var name = cut > 0 ? text[..cut] : text;
            if (!known.Contains(name))
                throw new FastDqnException(
                    ErrorKind.Usage, $"--figure {text}: study '{study.Record.Name}' follows no '{name}'{NearestMatch.Hint(name, known)}");
            if (!double.TryParse(text.AsSpan(cut + 1), CultureInfo.InvariantCulture, out var value))
                throw new FastDqnException(ErrorKind.Usage, $"--figure {text}: is not name=value with a number");
            figures[name] = value;
        }

        return figures;
    }

    private static string ValueOf(RunRecord run, string metric) =>
        run.Value is { } value && double.IsFinite(value) ? $": {metric} = {Export.Short(value)}" : "";
}
