using System.Text.Json.Nodes;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Weights;
using FastDqn.Tests;
using FastDqn.Training.Acting;
using FastDqn.Training.Configuration;
using FastDqn.Training.Evaluation;
using FastDqn.Training.Runs;

namespace FastDqn.Training.Tests.Own;

/// <summary>Training from C#, with code of one's own.</summary>
public sealed class TrainerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnEnvironmentOfOnesOwnIsTrainedFilmedAndNamed()
    {
        var result = Trainer.Create(Options("run", "log.films=true", "eval.video=true")).Run(Token);
        Assert.Equal((RunEnd.Finished, 600), (result.End, result.Steps));
        Assert.NotEmpty(Directory.GetFiles(_folder.File("run/videos"), "*.gif"));
        var part = Assert.Single(RunInfo.Open(_folder.File("run")).Document["own"]!.AsArray());
        Assert.Equal(
            ("env.name", "corridor", typeof(Corridor).FullName),
            ((string)part!["option"]!, (string)part["name"]!, (string)part["type"]!));
    }

    [Fact]
    public void EveryTrainingEndsWithItsPageHoweverItEnds()
    {
        Trainer.Create(Options("run", "log.report=true")).Observe(new Watch(control => control.Step >= 200)).Run(Token);
        Assert.Contains("\"status\":\"interrupted\"", Page(), StringComparison.Ordinal);
        Trainer.Resume(_folder.File("run"), Own()).Run(Token);
        Assert.Contains("\"status\":\"finished\"", Page(), StringComparison.Ordinal);
        File.Delete(_folder.File("run/report.html"));
        var longer = RunDirectory.ReadConfig(_folder.File("run"), Assert.Fail, Own());
        longer = longer with { Train = longer.Train with { Steps = 700 }, Log = longer.Log with { Report = false } };
        Trainer.Resume(_folder.File("run"), longer).Run(Token);
        Assert.False(File.Exists(_folder.File("run/report.html")));
        Assert.Throws<FastDqnException>(() => Trainer.Create(Options("failed", "log.report=true", "train.max_loss=0")).Run(Token));
        Assert.Contains("\"status\":\"diverged\"", File.ReadAllText(_folder.File("failed/report.html")), StringComparison.Ordinal);

        string Page() => File.ReadAllText(_folder.File("run/report.html"));
    }

    [Theory]
    [InlineData("replay")]
    [InlineData("pqn")]
    [InlineData("head")]
    public void ARunThatWasStoppedGoesOnBitForBit(string kind)
    {
        var (whole, cut) = (Options($"whole-{kind}", Of(kind)), Options($"cut-{kind}", Of(kind)));
        Trainer.Create(whole).Run(Token);
        var stopper = new Watch(control => control.Step >= 250);
        Assert.Equal(RunEnd.Stopped, Trainer.Create(cut).Observe(stopper).Run(Token).End);
        Assert.Equal(RunEnd.Finished, Trainer.Resume(_folder.File($"cut-{kind}"), Own()).Run(Token).End);
        Assert.Equal(Weights($"whole-{kind}"), Weights($"cut-{kind}"));
        Assert.Equal(Metrics($"whole-{kind}"), Metrics($"cut-{kind}"));
    }

    [Fact]
    public void ItGoesOnOnlyWithTheUsersCode()
    {
        Trainer.Create(Options("run")).Observe(new Watch(control => control.Step >= 200)).Run(Token);
        var error = Assert.Throws<FastDqnException>(() => Trainer.Resume(_folder.File("run")));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("env.name corridor is the user's own code", error.Message, StringComparison.Ordinal);
        Assert.Contains("give --assembly FastDqn.Training.Tests.dll", error.Message, StringComparison.Ordinal);
        // Who only reads needs none of it.
        var read = RunDirectory.ReadConfig(_folder.File("run"), Assert.Fail);
        Assert.Equal(("corridor", false), (read.Env.Name, Relevance.IsAtari(read)));
        Assert.NotNull(Relevance.WithoutEffect(read, "env.sticky"));
    }

    [Fact]
    public void ObserversHearAndSteer()
    {
        var watch = new Watch(control => false, steers: true);
        Trainer.Create(Options("run", "checkpoint.every=200", "eval.every=300")).Observe(watch).Observe(new SmallRuns.Told()).Run(Token);
        Assert.True(watch.Episodes > 5 && watch.Updates > 50, $"{watch.Episodes} episodes, {watch.Updates} updates");
        Assert.True(watch.Checkpoints >= 3, $"{watch.Checkpoints} checkpoints");
        Assert.True(watch.Evaluations >= 2, $"{watch.Evaluations} evaluations");
        Assert.Contains("\"own\"", File.ReadAllText(_folder.File("run/metrics.jsonl")), StringComparison.Ordinal);
        Assert.Equal(0.25, watch.SeenEpsilon);
    }

    [Fact]
    public void AnEpsilonOfOnesOwnSurvivesTheCheckpoint()
    {
        Trainer.Create(Options("run")).Observe(new Watch(control => control.Step >= 300, steers: true)).Run(Token);
        var watch = new Watch(control => false);
        Trainer.Resume(_folder.File("run"), Own()).Observe(watch).Run(Token);
        Assert.Equal(0.25, watch.SeenEpsilon);
    }

    [Fact]
    public void CancellationWritesACheckpoint()
    {
        using var source = new CancellationTokenSource();
        var watch = new Watch(control =>
        {
            source.Cancel();
            return false;
        });
        var result = Trainer.Create(Options("run")).Observe(watch).Run(source.Token);
        Assert.Equal(RunEnd.Stopped, result.End);
        Assert.NotEmpty(Directory.GetDirectories(_folder.File("run/checkpoints")));
    }

    [Fact]
    public void SeveralAtOnceAreEachAsAlone()
    {
        Trainer.Create(Options("alone")).Run(Token);
        Parallel.For(0, 3, i => Trainer.Create(Options($"beside-{i}")).Run(Token));
        for (var i = 0; i < 3; i++)
            Assert.Equal(Weights("alone"), Weights($"beside-{i}"));
    }

    [Fact]
    public void OptionsOutOfRangeAreRefusedBeforeAFolderIsMade()
    {
        var options = Options("run");
        var error = Assert.Throws<FastDqnException>(() => Trainer.Create(options with { Log = options.Log with { Every = 0 } }));
        Assert.Contains("log.every", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void RulesOfOnesOwnDecideWhatIsLearned()
    {
        var weights = new[]
        {
            Trained("plain"), Trained("clipped", "target.rule=clipped-double"),
            Trained("shared", "target.rule=clipped-double", "target.rule_options=share=0.5"), Trained("absolute", "loss.rule=absolute"),
            Trained("dueling", "head.rule=largest-dueling"), Trained("wide", "head.rule=largest-dueling", "head.rule_options=width=9"),
            Trained("rollouts", Of("pqn")), Trained("absolute-rollouts", [.. Of("pqn"), "loss.rule=absolute"]),
            Trained("sequences", Sequences), Trained("absolute-sequences", [.. Sequences, "loss.rule=absolute"]),
        };
        Assert.Equal(10, weights.Distinct(StringComparer.Ordinal).Count());
        // With none of the smaller estimate it is Double DQN.
        Assert.Equal(
            Trained("double", "target.double=true"), Trained("none", "target.rule=clipped-double", "target.rule_options=share=0"));

        string Trained(string run, params string[] more)
        {
            Trainer.Create(Options(run, more)).Run(Token);
            return Convert.ToHexString(Weights(run));
        }
    }

    [Theory]
    [InlineData("'clip-double' is unknown; did you mean", "target.rule=clip-double")]
    [InlineData("it has share", "target.rule=clipped-double", "target.rule_options=sahre=1")]
    [InlineData("'2' is out of range", "target.rule=clipped-double", "target.rule_options=share=2")]
    [InlineData("is no name=value", "target.rule=clipped-double", "target.rule_options=share")]
    [InlineData("head.kind expected", "target.rule=clipped-double", "head.kind=quantile")]
    [InlineData("head.kind expected", "head.rule=largest-dueling", "head.kind=quantile")]
    [InlineData("it has width", "head.rule=largest-dueling", "head.rule_options=depth=1")]
    [InlineData("head.rule 'largest-duelling' is unknown; did you mean", "head.rule=largest-duelling")]
    [InlineData("head.dueling has no effect: a head of your own", "head.rule=largest-dueling", "head.dueling=true")]
    [InlineData("head.rule_options has no effect", "head.rule_options=width=1")]
    [InlineData("when learning from rollouts or sequences", "target.rule=clipped-double", "body.lstm=8", "replay.sequence=8")]
    [InlineData("target.double has no effect", "target.rule=clipped-double", "target.double=true")]
    [InlineData("target.rule_options has no effect", "target.rule_options=share=1")]
    public void RulesThatCannotBe(string why, params string[] settings)
    {
        var error = Assert.Throws<FastDqnException>(() => Trainer.Create(Options("run", settings)));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHeadOfOnesOwnIsInRunJsonAndInTheCardOfItsWeights()
    {
        Trainer.Create(Options("run", "head.rule=largest-dueling")).Run(Token);
        var parts = RunInfo.Open(_folder.File("run")).Document["own"]!.AsArray();
        Assert.Equal(["env.name corridor", "head.rule largest-dueling"], parts.Select(part => $"{part!["option"]} {part["name"]}"));
        var error = Assert.Throws<FastDqnException>(() => Trainer.Resume(_folder.File("run")));
        Assert.Contains("give --assembly FastDqn.Training.Tests.dll", error.Message, StringComparison.Ordinal);
        var config = RunDirectory.ReadConfig(_folder.File("run"), Assert.Fail, Own());
        var (step, weights) = Evaluation.Evaluation.Weights(_folder.File("run"), null, Assert.Fail);
        var evaluations = StoredEvaluation.All(_folder.File("run"));
        var files = PolicyExport.Write(_folder.File("export"), config, weights, WeightNaming.CleanRl, step, evaluations);
        Assert.Equal(["model.safetensors", "config.yaml", "README.md"], files.Select(Path.GetFileName));
        var card = File.ReadAllText(_folder.File("export/README.md"));
        Assert.Contains("fastdqn train --assembly FILE --config config.yaml --init model.safetensors", card, StringComparison.Ordinal);
        Assert.Contains($"`{typeof(LargestDueling).FullName}` (`head.rule: largest-dueling`)", card, StringComparison.Ordinal);
        // Of a training's own evaluation the mean alone is known.
        Assert.Matches(@"\| custom \| 1 \| -?[0-9.]+ \|", card);
        Assert.DoesNotContain("onnx", card, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void ARuleOfTheWrongShapeIsNamed()
    {
        var own = Own();
        own.TargetRules.Add<Misshapen>("misshapen");
        var options = Options("run", "target.rule=misshapen") with { Own = own };
        var error = Assert.Throws<FastDqnException>(() => Trainer.Create(options).Run(Token));
        Assert.Equal("target.rule misshapen gave a tensor of shape [8, 2]; one of [8] is needed", error.Message);
    }

    [Fact]
    public void AnAssemblyWithoutAnythingIsRefused()
    {
        var none = Assert.Throws<FastDqnException>(() => new Extensions().AddAssembly(typeof(FastDqnException).Assembly));
        Assert.Contains("no public class has [FastDqnEnvironment", none.Message, StringComparison.Ordinal);
        var missing = Assert.Throws<FastDqnException>(() => Extensions.Load(_folder.File("none.dll")));
        Assert.Contains("no such file", missing.Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("text.dll"), "text");
        var text = Assert.Throws<FastDqnException>(() => Extensions.Load(_folder.File("text.dll")));
        Assert.Contains("text.dll", text.Message, StringComparison.Ordinal);
    }

    private static string[] Sequences { get; } = ["body.lstm=8", "replay.sequence=8", "replay.overlap=4", "replay.burn_in=2"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string[] Of(string kind) => kind switch
    {
        "pqn" => ["algorithm.name=pqn", "env.count=4", "rollout.steps=8", "rollout.minibatches=2"],
        "head" => ["head.rule=largest-dueling", "head.rule_options=width=12"],
        _ => [],
    };

    private static Extensions Own() => new Extensions().AddAssembly(typeof(Corridor).Assembly);

    private TrainConfig Options(string run, params string[] more)
    {
        // As a file, so that what a test sets takes the place of it.
        string[] common =
        [
            "env.name=corridor", "env.count=2", "body.kind=mlp", "body.widths=8", "train.steps=600", "log.every=50",
            "checkpoint.every=0", "eval.episodes=1", "eval.video=false", "eval.every=0", "log.films=false", "log.report=false",
            "run.threads=1", $"run.dir={_folder.File(run)}",
        ];
        string[] replay = more.Contains("algorithm.name=pqn")
            ? [] : ["schedule.warm_up=100", "schedule.batch_size=8", "replay.capacity=500", "target.period=20"];
        var entries = common.Concat(replay).Select(s => s.Split('=', 2)).Select(s => new YamlEntry(s[0], s[1], 1, 1));
        return more.Aggregate(new ConfigLayers(Own()).AddEntries(entries, "small.yaml"), (layers, s) => layers.AddSetting(s)).Resolve();
    }

    private byte[] Weights(string run)
    {
        var newest = Directory.GetDirectories(_folder.File($"{run}/checkpoints"), "step-*").Order(StringComparer.Ordinal).Last();
        return File.ReadAllBytes(Path.Combine(newest, WeightSource.FileName));
    }

    private string[] Metrics(string run) =>
    [
        .. File.ReadLines(_folder.File($"{run}/metrics.jsonl")).Select(line =>
        {
            var row = JsonNode.Parse(line)!.AsObject();
            row.Remove("wall");
            return row.ToJsonString();
        }),
    ];

    /// <summary>Stops when it is told to, counts, and sets an epsilon in the first episode.</summary>
    private sealed class Watch(Func<ITrainControl, bool> stops, bool steers = false) : ITrainObserver
    {
        private ITrainControl? _control;

        public int Episodes { get; private set; }

        public long Updates { get; private set; }

        public int Evaluations { get; private set; }

        public int Checkpoints { get; private set; }

        public double SeenEpsilon { get; private set; }

        public void Attached(ITrainControl control) => _control = control;

        public void EpisodeEnded(in Episode episode, in TrainProgress progress)
        {
            Episodes++;
            if (Episodes == 3 && steers)
                _control!.Epsilon = 0.25;
            if (steers)
                _control!.Log("length", episode.Length);
            if (stops(_control!))
                _control!.Stop();
        }

        public void Updated(long number, in UpdateStats stats) => Updates = number;

        public void Progress(in TrainProgress progress) => SeenEpsilon = progress.Epsilon;

        public void Evaluated(long step, EvalResult result, bool random) => Evaluations++;

        public void CheckpointWritten(long step, string folder) => Checkpoints++;
    }
}
