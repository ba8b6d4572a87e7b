using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Core;
using FastDqn.Sweeps;
using FastDqn.Sweeps.Coordination;
using FastDqn.Sweeps.Engines;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Storage;
using FastDqn.Sweeps.StudyFile;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn sweep</c>: hyperparameter studies.</summary>
internal static class SweepVerb
{
    public static Command Create()
    {
        var command = new Command("sweep", "Hyperparameter studies: from one machine to a Slurm cluster with the same file");
        command.Subcommands.Add(Run());
        command.Subcommands.Add(Resume());
        command.Subcommands.Add(SweepList.Create());
        command.Subcommands.Add(Status());
        command.Subcommands.Add(Best());
        command.Subcommands.Add(Trials());
        command.Subcommands.Add(Why());
        command.Subcommands.Add(SweepChanges.Enqueue());
        command.Subcommands.Add(SweepChanges.Edit());
        command.Subcommands.Add(Stop());
        command.Subcommands.Add(SweepChanges.Remove());
        command.Subcommands.Add(ExportCommand());
        command.Subcommands.Add(Plot());
        command.Subcommands.Add(HostVerb.Create());
        return command;
    }

    internal static Option<string?> StorageOption() => new("--storage")
    {
        Description = "Where the study is kept: postgres://user:password@host:port/database, or an SQLite file (default: "
            + "FASTDQN_STORAGE, else study.db in the study folder)",
    };

    internal static Option<bool> JsonOption() => new("--json") { Description = "Print the result as one JSON document on stdout" };

    internal static Argument<string> StudyArgument() => new("study") { Description = "Name of the study, or its folder" };

    internal static string? Storage(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? (Environment.GetEnvironmentVariable("FASTDQN_STORAGE") is { Length: > 0 } set ? set : null);

    private static Command Run()
    {
        var command = new Command("run", "Start a study from its file (or go on with it)");
        var file = new Argument<string>("file") { Description = "The study file (YAML; docs/sweeps.md)" };
        var folder = new Option<string?>("--folder") { Description = "The study folder (default: studies/NAME)" };
        var cap = new Option<int?>("--run-cap") { Description = "Trials at most; replaces the file's run_cap" };
        var dry = new Option<bool>("--dry-run") { Description = "Print the first trials and how they would be started, and stop" };
        var space = new Option<bool>("--print-space") { Description = "Print the parameters and the size of the space, and stop" };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { folder, cap, dry, space })
            command.Options.Add(option);
        var work = new WorkArguments(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(cap) is <= 0)
                throw new FastDqnException(ErrorKind.Usage, "--run-cap must be at least 1");
            var spec = StudyFileReader.ReadFile(parsed.GetValue(file)!, parsed.GetValue(cap), OwnCode.Given);
            if (parsed.GetValue(space))
                return PrintSpace(spec, work.Json(parsed));
            if (parsed.GetValue(dry))
            {
                WorkArguments.CheckMetric(spec);
                WorkArguments.Warn(spec);
                return DryRun(spec, parsed.GetValue(folder), work, parsed);
            }

            var storage = work.Storage(parsed);
            work.Check(parsed, spec);
            if (work.Engine(parsed) == "kubernetes")
            {
                WorkArguments.Warn(spec);
                return WriteKubernetes(spec, storage, parsed.GetValue(folder));
            }

            using var study = Study.Create(spec, storage, parsed.GetValue(folder));
            if (study.Record.RunCap != spec.RunCap && parsed.GetValue(cap) is not null)
                study.Storage.SetRunCap(study.Record.Id, spec.RunCap);
            return work.Work(parsed, study);
        });
        return command;
    }

    private static Command Resume()
    {
        var command = new Command("resume", "Go on with a stored study: as another worker, after a stop or after a crash");
        var name = StudyArgument();
        var cap = new Option<int?>("--run-cap") { Description = "Trials at most from now on" };
        var folder = new Option<string?>("--folder")
        {
            Description = "Where the runs go on this machine (default: where the study was made)",
        };
        command.Arguments.Add(name);
        command.Options.Add(cap);
        command.Options.Add(folder);
        var work = new WorkArguments(command);
        command.SetAction(parsed =>
        {
            using var study = Study.Open(parsed.GetValue(name)!, work.Storage(parsed), parsed.GetValue(folder), Output.Warn);
            study.RequireCurrent();
            study.PrepareFolder();
            if (parsed.GetValue(cap) is { } trials && trials != study.Record.RunCap)
                study.Storage.SetRunCap(
                    study.Record.Id, trials > 0 ? trials : throw new FastDqnException(ErrorKind.Usage, "--run-cap must be at least 1"));
            return work.Work(parsed, study);
        });
        return command;
    }

    private static Command Status() => Query("status", "How far a study is", (study, json, _) =>
    {
        var trials = study.Trials();
        var best = study.Best();
        if (json)
        {
            Output.Json(SweepReport.Status(study, trials, best));
            return 0;
        }

        foreach (var line in SweepReport.StatusLines(study, trials, best))
            Console.Out.WriteLine(line);
        return 0;
    });

    private static Command Best() => Query("best", "The best trial, with the command that trains it again", (study, json, _) =>
    {
        var trials = study.Trials();
        var best = study.Best() ?? throw new FastDqnException(ErrorKind.Failure, $"study '{study.Record.Name}' has no complete trial yet");
        if (json)
        {
            Output.Json(SweepReport.Best(study, trials, best));
            return 0;
        }

        foreach (var line in SweepReport.BestLines(study, trials, best))
            Console.Out.WriteLine(line);
        if (study.Spec.Objectives.Count > 0)
        {
            Console.Out.WriteLine("the trials that no other beats:");
            SweepReport.PrintTrials(study, study.Front(trials), messages: false);
            return 0;
        }

        foreach (var (name, value) in best.Parameters)
            Console.Out.WriteLine($"  {name} = {value}");
        if (best.Parent >= 0)
            Console.Out.WriteLine($"its options changed on the way: fastdqn sweep why {study.Record.Name} {best.Number}");
        else if (study.Spec.Command.Count == 0)
            Console.Out.WriteLine(
                $"fastdqn train --config {RunPlan.BaseFile(study.Folder)} "
                + $"{string.Join(" ", best.Parameters.Select(p => $"--set {ShellWords.Quote([$"{p.Key}={p.Value}"])}"))}");
        return 0;
    });

    private static Command Trials()
    {
        var top = new Option<int?>("--top") { Description = "How many of the best, best first" };
        var messages = new Option<bool>("--messages") { Description = "With why runs failed" };
        return Query(
            "trials", "The trials with parameters and values", (study, json, parsed) =>
            {
                var trials = study.Trials();
                if (parsed.GetValue(top) is < 1)
                    throw new FastDqnException(ErrorKind.Usage, "--top must be at least 1");
                if (parsed.GetValue(top) is { } count)
                    trials = [.. trials.Where(t => t.Value is not null).OrderBy(t => study.Spec.Metric.ToLoss(t.Value!.Value)).Take(count)];
                if (json)
                    Output.Json(new JsonArray([.. trials.Select(t => (JsonNode)Export.ToJson(t))]));
                else
                    SweepReport.PrintTrials(study, trials, parsed.GetValue(messages));
                return 0;
            },
            top, messages);
    }

    private static Command Why()
    {
        var number = new Argument<int>("trial") { Description = "The trial's number" };
        var command = Query(
            "why", "What led to a trial, and how it was judged", (study, json, parsed) =>
            {
                var lines = study.Why(parsed.GetValue(number));
                if (json)
                    Output.Json(new JsonObject
                    {
                        ["study"] = study.Record.Name,
                        ["trial"] = parsed.GetValue(number),
                        ["lines"] = new JsonArray([.. lines.Select(l => JsonValue.Create(l))]),
                    });
                else
                    foreach (var line in lines)
                        Console.Out.WriteLine(line);
                return 0;
            });
        command.Arguments.Add(number);
        return command;
    }

    private static Command Stop()
    {
        var silence = new Option<double>("--silence")
        {
            Description = "Seconds of silence after which a worker counts as dead",
            DefaultValueFactory = _ => 60,
        };
        return Query(
            "stop", "Ask a study's coordinators to stop: runs checkpoint and wait to be resumed", (study, json, parsed) =>
            {
                study.Storage.SetStopping(study.Record.Id, true);
                if (SlurmCoordinator.HasTasks(study))
                    EndTasks(study, TimeSpan.FromSeconds(parsed.GetValue(silence)));
                if (json)
                    Output.Json(new JsonObject { ["study"] = study.Record.Name, ["stopping"] = true });
                else
                    Console.Out.WriteLine(
                        $"asked the coordinators of '{study.Record.Name}' to stop; go on with: fastdqn sweep resume {study.Record.Name}");
                return 0;
            },
            silence);
    }

    /// <summary>Slurm's tasks go on without a coordinator, so here they are waited for and ended.</summary>
    private static void EndTasks(Study study, TimeSpan silence)
    {
        if (Slurm.Problem() is { } problem)
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"{problem}; the study is marked as stopped, its tasks in Slurm go on until a coordinator or 'fastdqn sweep stop' "
                + "on a login node ends them");
        Console.Error.WriteLine("waiting for the tasks in Slurm to checkpoint and end (Ctrl-C leaves that to their coordinator)");
        using var leave = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            leave.Cancel();
        });
        SlurmCoordinator.Drain(
            study,
            new CoordinatorOptions { Silence = silence, Heartbeat = silence / 6, Poll = TimeSpan.FromSeconds(1) },
            observer: null,
            leave.Token);
    }

    private static Command ExportCommand()
    {
        var format = new Option<string>("--format") { Description = "csv or json", DefaultValueFactory = _ => "csv" };
        format.AcceptOnlyFromAmong("csv", "json");
        var file = new Option<string?>("--output", "-o") { Description = "File to write (default: stdout)" };
        return Query(
            "export", "All trials as CSV or JSON", (study, json, parsed) =>
            {
                if (json && parsed.GetValue(format) == "csv")
                    Given.Refuse(parsed, "--json asks for JSON", format);
                var text = json || parsed.GetValue(format) == "json"
                    ? Export.ToJson(study).ToJsonString(new() { WriteIndented = true }) + "\n"
                    : Export.ToCsv(study);
                if (parsed.GetValue(file) is { } path)
                    OutputFile.WriteText(path, text);
                else
                    Console.Out.Write(text);
                return 0;
            },
            format, file);
    }

    private static Command Plot()
    {
        var kind = new Option<string>("--kind")
        {
            Description = "history, parallel, importance, slices, lineage (of a population), pareto (of objectives) or all",
            DefaultValueFactory = _ => "all",
        };
        kind.AcceptOnlyFromAmong([.. Plots.Names, "all"]);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Folder to write KIND.svg into (default: plots in the study folder)",
        };
        return Query(
            "plot",
            "Pictures of a study (SVG): history, parallel coordinates, importance of the parameters, slices, a population's lineage",
            (study, json, parsed) =>
            {
                var folder = parsed.GetValue(output) ?? Path.Combine(study.Folder, "plots");
                OutputFile.MakeFolder(folder);
                var files = new List<string>();
                if (parsed.GetValue(kind) is { } asked and not "all" && !Plots.Of(study.Spec).Contains(asked))
                    throw new FastDqnException(
                        ErrorKind.Usage, $"--kind {asked}: study '{study.Record.Name}' has none (lineage: method pbt; pareto: objectives)");
                foreach (var name in parsed.GetValue(kind) is { } one and not "all" ? [one] : Plots.Of(study.Spec))
                {
                    files.Add(Path.Combine(folder, name + ".svg"));
                    OutputFile.WriteText(files[^1], Plots.Draw(name, study));
                }

                if (json)
                    Output.Json(new JsonObject { ["files"] = new JsonArray([.. files.Select(f => (JsonNode)f)]) });
                else
                    files.ForEach(Console.Out.WriteLine);
                return 0;
            },
            kind, output);
    }

    private static Command Query(string name, string description, Func<Study, bool, ParseResult, int> action, params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options)
            command.Options.Add(option);
        return OnStudy(command, action);
    }

    /// <summary>Makes <paramref name="command"/> one on a study that is there.</summary>
    /// <param name="command">What else it takes is there already.</param>
    /// <param name="action">Gets the study and whether JSON is wanted; returns the exit code.</param>
    /// <param name="more">An argument after the study's name.</param>
    public static Command OnStudy(Command command, Func<Study, bool, ParseResult, int> action, Argument? more = null)
    {
        var name = StudyArgument();
        var storage = StorageOption();
        var json = JsonOption();
        command.Arguments.Add(name);
        if (more is not null)
            command.Arguments.Add(more);
        command.Options.Add(storage);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            using var study = Study.Open(parsed.GetValue(name)!, Storage(parsed, storage), warn: Output.Warn);
            return action(study, parsed.GetValue(json), parsed);
        });
        return command;
    }

    private static int PrintSpace(StudySpec spec, bool json)
    {
        if (json)
        {
            Output.Json(new JsonObject
            {
                ["size"] = spec.Space.Size,
                ["seeds"] = spec.Seeds.Count,
                ["run_cap"] = spec.RunCap,
                ["parameters"] = new JsonArray([
                    .. spec.Space.Parameters.Select(
                        p => (JsonNode)new JsonObject { ["name"] = p.Name, ["domain"] = SweepReport.Describe(p) }),
                ]),
            });
            return 0;
        }

        Output.Table([["parameter", "values"], .. spec.Space.Parameters.Select(p => new[] { p.Name, SweepReport.Describe(p) })]);
        Console.Out.WriteLine(spec.Space.Size is { } size
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{size} assignments; {spec.RunCap} trials x {spec.Seeds.Count} seed(s) = {(long)spec.RunCap * spec.Seeds.Count} runs")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"continuous; {spec.RunCap} trials x {spec.Seeds.Count} seed(s) = {(long)spec.RunCap * spec.Seeds.Count} runs"));
        return 0;
    }

    private static int DryRun(StudySpec spec, string? folder, WorkArguments work, ParseResult parsed)
    {
        const int shown = 5;
        folder = Path.GetFullPath(folder ?? Path.Combine("studies", spec.Name));
        var sampler = spec.Sampler.Create(spec.Space);
        var plans = new List<RunPlan>();
        var history = new List<Observation>();
        for (var n = 0; n < Math.Min(shown, spec.RunCap) && sampler.Suggest(n, history) is { } suggested; n++)
        {
            var suggestion = suggested with { Budget = spec.FirstBudget(n, suggested.Budget) };
            history.Add(new Observation(n, suggestion.Parameters, TrialState.Waiting, double.NaN, Attributes: suggestion.Attributes));
            plans.AddRange(
                spec.Seeds.Select(seed => RunPlan.Create(
                    spec, folder, new RunClaim(0, 0, n, seed, suggestion.Parameters, "", 1, 0) { Budget = suggestion.Budget })));
        }

        var engine = work.Engine(parsed);
        if (work.Json(parsed))
        {
            Output.Json(new JsonObject
            {
                ["trials"] = new JsonArray([.. history.Select(t => new JsonObject
                {
                    ["trial"] = t.Number, ["parameters"] = JsonNode.Parse(t.Parameters.ToJson()),
                })]),
                ["engine"] = engine,
                ["starts"] = engine == "local"
                    ? new JsonArray([.. plans.Select(p => (JsonNode)new JsonArray([.. p.Start.Select(w => JsonValue.Create(w))]))])
                    : JsonValue.Create(HowStarted(spec, folder, engine, plans, work.Storage(parsed))),
            });
            return 0;
        }

        foreach (var trial in history)
            Console.Out.WriteLine($"trial {trial.Number}: {trial.Parameters}");
        Console.Out.WriteLine();
        Console.Out.Write(HowStarted(spec, folder, engine, plans, work.Storage(parsed)));
        return 0;
    }

    private static string HowStarted(StudySpec spec, string folder, string engine, List<RunPlan> plans, string? storage)
    {
        switch (engine)
        {
            case "slurm":
                var batch = SlurmBatch.Open(folder, $"fastdqn-{spec.Name}-dry-run");
                var script = SlurmBatch.ScriptText(spec, batch, plans.Count, plans.All(p => p.IsTraining));
                return $"{script}\n# manifest.tsv\n{SlurmBatch.Manifest(plans)}";
            case "kubernetes":
                return KubernetesManifests.Write(spec, storage ?? "");
            default:
                return string.Concat(plans.Select(plan => ShellWords.Quote(plan.Start) + "\n"));
        }
    }

    private static int WriteKubernetes(StudySpec spec, string? storage, string? folder)
    {
        var text = KubernetesManifests.Write(spec, storage ?? "");
        using var study = Study.Create(spec, storage, folder);
        var file = Path.Combine(study.Folder, "kubernetes.yaml");
        // It holds the database's password: nobody else's to read, from its first byte on.
        OutputFile.WriteText(file, "");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        OutputFile.WriteText(file, text);
        Console.Out.WriteLine($"wrote {file}; start it with: kubectl apply -f {file}");
        return 0;
    }
}
