using System.CommandLine;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Training;
using FastDqn.Training.Checkpoints;
using FastDqn.Training.Configuration;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn resume</c>.</summary>
internal static class ResumeVerb
{
    private const string Length = "train.steps";
    private const string Episodes = "train.episodes";
    private const string Goal = "train.stop_return";

    /// <param name="hosted">Given where the training shares its process with others.</param>
    public static Command Create(HostContext? hosted = null)
    {
        var command = new Command("resume", "Continue an interrupted run from its newest valid checkpoint, bit for bit");
        var run = new Argument<string>("run") { Description = "Run folder" };
        var steps = new Option<string?>("--steps")
        {
            Description = "New length of the whole training (agent steps), no less than is done; without: the run's own",
        };
        var settings = new Option<string[]>("--set") { Description = $"An option to change: {RunChanges.Text}", HelpName = "key=value" };
        var profile = new Option<bool>("--profile")
        {
            Description = "Print where the time went and write a Chrome trace (trace.json) into the run folder",
        };
        command.Arguments.Add(run);
        foreach (var option in new Option[] { steps, settings, profile })
            command.Options.Add(option);
        var roms = new RomArguments(command);
        var display = new DisplayArguments(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(run)!;
            var stored = RunDirectory.ReadConfig(folder, Output.Warn, OwnCode.Given);
            var info = RunInfo.Open(folder);
            (string Name, string Option, string? Value)[] named = [(Length, steps.Name, parsed.GetValue(steps)), .. roms.Given(parsed)];
            var changes = Changes(parsed.GetValue(settings) ?? [], named);
            var config = RunChanges.Apply(
                stored, changes.Values, key => Array.Find(named, n => n.Name == key && n.Value is not null).Option ?? "--set");
            var lengthened = changes.ContainsKey(Length) || changes.ContainsKey(Episodes);
            var early = info.Result is not null
                && (stored.Train.ByEpisodes ? info.Text("result", "goal_reached") == "true" : info.Step < stored.Train.Steps);
            // Without a change a run that reached its goal early is over as well. Not when its last checkpoint is
            // damaged: then the steps since the one before are done again.
            var done = stored.Train.ByEpisodes ? info.Episodes : info.Step;
            var unchanged = changes.Keys.All(name => name == stored.Train.LengthOption)
                && (!lengthened || config.Train.Length == done || (config.Train.Length == stored.Train.Length && !early));
            if (unchanged && info.Result is { } recorded && new CheckpointStore(RunDirectory.CheckpointsOf(folder)).NewestIsSound())
                return display.ShowRecorded(parsed, folder, stored.Train.ByEpisodes, info, recorded);
            // A length of one's own is meant: the goal that ended the run would end it again at once.
            var beyond = lengthened && early && !changes.ContainsKey(Goal);
            if (beyond)
                config = config with { Train = config.Train with { StopReturn = double.PositiveInfinity } };
            using var export = hosted is null ? OpenTelemetryExport.Start() : null;
            using var installed = hosted is null ? StopSignals.Install() : null;
            var signals = hosted?.Signals ?? installed!;
            var tools = new RunTools(parsed.GetValue(profile), Cores: hosted?.Cores ?? 0);
            return display.Run(parsed, config.Log, observer =>
            {
                if (beyond)
                    observer.Message($"{Goal} was reached before: this length goes beyond it (--set {Goal}=X sets another)");
                return Trainer.Resume(folder, config, tools).Observe(observer).Run(signals);
            }, signals);
        });
        return command;
    }

    /// <summary>All changes as settings, by option.</summary>
    private static Dictionary<string, string> Changes(
        IEnumerable<string> settings, IEnumerable<(string Name, string Option, string? Value)> named)
    {
        var changes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in settings)
            changes[setting.Split('=')[0].Trim()] = setting;
        foreach (var (name, _, value) in named)
        {
            if (value is not null && !changes.TryAdd(name, $"{name}={value}"))
                throw new FastDqnException(ErrorKind.Usage, $"{name} is given twice: once is enough");
        }

        return changes;
    }
}
