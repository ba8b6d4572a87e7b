using System.CommandLine;
using FastDqn.Cli.Hosting;
using FastDqn.Core;
using FastDqn.Training;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn resume</c>.</summary>
internal static class ResumeVerb
{
    /// <param name="hosted">Given where the training shares its process with others.</param>
    public static Command Create(HostedRun? hosted = null)
    {
        var command = new Command("resume", "Continue an interrupted run from its newest valid checkpoint, bit for bit");
        var run = new Argument<string>("run") { Description = "Run folder" };
        var steps = new Option<string?>("--steps") { Description = "New length of the whole training (agent steps), no less than is done; without: the run's own" };
        var profile = new Option<bool>("--profile") { Description = "Print where the time went and write a Chrome trace (trace.json) into the run folder" };
        command.Arguments.Add(run);
        command.Options.Add(steps);
        command.Options.Add(profile);
        var display = new DisplayArguments(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(run)!;
            var config = RunDirectory.ReadConfig(folder, Output.Warn);
            var info = RunInfo.Open(folder);
            long? length = parsed.GetValue(steps) is { } text ? (long)Training.Configuration.ConfigSchema.Get("train.steps").Parse(text) : null;
            if (length < info.Step)
                throw new FastDqnException(ErrorKind.Usage, $"--steps {length}: {folder} has done {info.Step} agent steps already");
            // Without a length of one's own a run that reached its goal early is over as well. Not when its last checkpoint is
            // damaged: then the steps since the one before are done again.
            if (info.Result is { } recorded && (length is null || length == info.Step)
                && new CheckpointStore(RunDirectory.CheckpointsOf(folder)).NewestIsSound())
                return display.ShowRecorded(parsed, folder, info.Step, recorded);
            if (length is { } asked)
                config = config with { Train = config.Train with { Steps = asked } };
            using var installed = hosted is null ? StopSignals.Install() : null;
            var signals = hosted?.Signals ?? installed!;
            return display.Run(parsed, config.Log, observer =>
                TrainingRun.Resume(folder, config, observer, signals, new RunTools(parsed.GetValue(profile), Cores: hosted?.Cores ?? 0)), signals);
        });
        return command;
    }
}
