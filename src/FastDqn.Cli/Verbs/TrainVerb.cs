using System.CommandLine;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Watch;
using FastDqn.Core;
using FastDqn.Training;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn train</c>.</summary>
internal static class TrainVerb
{
    /// <param name="hosted">Given where the training shares its process with others.</param>
    public static Command Create(HostContext? hosted = null)
    {
        var command = new Command("train", "Train an agent, evaluate it beside random play and write a run folder");
        var config = new ConfigArguments(command);
        var display = new DisplayArguments(command);
        var profile = new Option<bool>("--profile")
        {
            Description = "Print where the time went and write a Chrome trace (trace.json) into the run folder",
        };
        var ask = new Option<bool>("--ask")
        {
            Description = "Ask a person for the actions that would be random once learning has begun: with the chance of epsilon",
        };
        var answers = new Option<string?>("--answers")
        {
            Description = "Answers to --ask instead of a person's: names or numbers of actions separated by commas or lines, "
                + "or a file of them",
        };
        command.Options.Add(profile);
        command.Options.Add(ask);
        command.Options.Add(answers);
        command.SetAction(parsed =>
        {
            if (config.Answered(parsed, display.Json(parsed)))
                return 0;
            var (asked, prepared) = (parsed.GetValue(ask), parsed.GetValue(answers));
            if (prepared is not null && !asked)
                throw new FastDqnException(ErrorKind.Usage, "--answers answers --ask: give that too");
            List<string> notes = [];
            var resolved = config.Resolve(parsed, notes.Add);
            var answered = asked ? new ActionAnswers(prepared) : null;
            using var export = hosted is null ? OpenTelemetryExport.Start() : null;
            using var installed = hosted is null ? StopSignals.Install() : null;
            var signals = hosted?.Signals ?? installed!;
            var tools = new RunTools(
                parsed.GetValue(profile),
                answered is null ? null : environments => new TerminalAdviser(environments, answered),
                hosted?.Cores ?? 0)
            { Arguments = hosted?.Arguments ?? Environment.GetCommandLineArgs()[1..] };
            return display.Run(parsed, resolved.Log, observer =>
            {
                var trainer = Trainer.Create(resolved, tools).Observe(observer);
                notes.ForEach(observer.Message);
                return trainer.Run(signals);
            }, signals, quiet: asked);
        });
        return command;
    }
}
