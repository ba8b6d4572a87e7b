#:project ../src/FastDqn.Training/FastDqn.Training.csproj
#:property PublishAot=false
// An evaluation of a run's best checkpoint: dotnet run examples/evaluate.cs RUN
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

var run = args.FirstOrDefault() ?? "runs/example-train";
var options = RunDirectory.ReadConfig(run, Console.Error.WriteLine);
options = options with { Eval = options.Eval with { Episodes = 10, Epsilon = 0 } };
var report = Evaluation.Run(run, options, checkpoint: null, random: true, videoFolder: null, Console.Error.WriteLine);
var (agent, random) = (report.Agent, report.Random!);
Console.WriteLine($"step {report.Step}: return {agent.MeanReturn:0.0} +- {agent.StdReturn:0.0}, at random {random.MeanReturn:0.0}");
