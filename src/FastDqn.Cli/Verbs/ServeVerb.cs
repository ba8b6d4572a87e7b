using System.CommandLine;
using FastDqn.Core;
using FastDqn.Reports.Serving;
using FastDqn.Training.Runs;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn serve</c>: the pages of runs and studies as they stand, in a browser.</summary>
internal static class ServeVerb
{
    private const string DefaultAddress = "127.0.0.1:8265";

    public static Command Create()
    {
        var command = new Command("serve", "Show runs and studies in a browser while they work: a read-only server (docs/reports.md)");
        var folders = new Argument<string[]>("folder")
        {
            Description = "Folders of runs, batches and studies (default: runs and studies, where they are there)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var bind = new Option<string>("--bind")
        {
            Description = "Address and port to listen on; beyond this machine only with --token",
            DefaultValueFactory = _ => DefaultAddress,
        };
        var token = new Option<string?>("--token") { Description = "What a browser must know: open the address with ?token=TOKEN" };
        command.Arguments.Add(folders);
        command.Options.Add(bind);
        command.Options.Add(token);
        command.SetAction(parsed =>
        {
            if (HttpEndpoint.Parse(parsed.GetValue(bind)!) is not { } address)
                throw new FastDqnException(ErrorKind.Usage, $"--bind {parsed.GetValue(bind)}: give ADDRESS:PORT, as in {DefaultAddress}");
            if (parsed.GetValue(token) is { Length: < 16 })
                throw new FastDqnException(ErrorKind.Usage, "--token: at least 16 characters, so that nobody guesses it");
            using var server = new ReportServer(
                Folders(parsed.GetValue(folders) ?? []), address.Address, address.Port, parsed.GetValue(token));
            var stopped = 0;
            using var over = new ManualResetEventSlim();
            using var signals = EndingSignals.Catch(code =>
            {
                stopped = code;
                over.Set();
                return true;
            });
            Console.Out.WriteLine($"{server.Address} (Ctrl-C ends it)");
            var answers = server.RunAsync();
            over.Wait();
            return stopped;
        });
        return command;
    }

    private static string[] Folders(string[] given)
    {
        foreach (var folder in given)
        {
            if (!Directory.Exists(folder))
                throw new FastDqnException(ErrorKind.BadData, $"{folder}: no such folder");
        }

        // The usual ones may come later.
        return given.Length > 0 ? given : ["runs", "studies"];
    }
}
