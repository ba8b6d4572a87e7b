using System.CommandLine;
using FastDqn.Training;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn train</c>.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var command = new Command("train", "Train an agent, evaluate it beside random play and write a run folder");
        var config = new ConfigArguments(command);
        var display = new DisplayArguments(command);
        var profile = new Option<bool>("--profile") { Description = "Print where the time went and write a Chrome trace (trace.json) into the run folder" };
        command.Options.Add(profile);
        command.SetAction(parsed =>
        {
            if (config.Answered(parsed))
                return 0;
            var resolved = config.Resolve(parsed);
            using var signals = StopSignals.Install();
            return display.Run(parsed, resolved.Log, observer =>
                TrainingRun.Start(resolved, Environment.GetCommandLineArgs()[1..], observer, signals, new RunTools(parsed.GetValue(profile))), signals);
        });
        return command;
    }
}
