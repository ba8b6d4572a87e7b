using System.CommandLine;
using FastDqn.Cli.Hosting;

namespace FastDqn.Cli.Verbs;

/// <summary>
/// <c>fastdqn sweep host</c>: the process of several trainings, driven by a sweep's coordinator through its stdin.
/// </summary>
internal static class HostVerb
{
    public static Command Create()
    {
        var command = new Command("host", "Hold several trainings in one process, as a sweep's coordinator asks on stdin (JSON lines)")
        {
            Hidden = true,
        };
        command.SetAction(_ =>
        {
            using var export = OpenTelemetryExport.Start();
            using var answers = new StreamWriter(Console.OpenStandardOutput());
            using var requests = Console.OpenStandardInput();
            // stdout is for the answers alone.
            Console.SetOut(new RoutedWriter(Console.Error));
            Console.SetError(new RoutedWriter(Console.Error));
            using var host = new TrainingHost(requests, answers);
            return host.Serve();
        });
        return command;
    }
}
