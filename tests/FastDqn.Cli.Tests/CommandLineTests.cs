using System.Text.Json.Nodes;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>
/// What goes in on the command line and what comes out: codes, one clear line, stdout for results only.
/// </summary>
[Collection("console")]
public sealed class CommandLineTests
{
    public static TheoryData<int, string, string[]> BadInput => new()
    {
        { 3, "does not exist", ["train", "--rom", "{tmp}/absent.bin", "--run-dir", "{tmp}/run"] },
        { 3, "is a folder", ["train", "--rom", "{tmp}", "--run-dir", "{tmp}/run"] },
        { 3, "empty file", ["train", "--rom", "{tmp}/zero.bin", "--run-dir", "{tmp}/run"] },
        { 3, "3 bytes", ["train", "--rom", "{tmp}/three.bin", "--run-dir", "{tmp}/run"] },
        { 3, "ROM", ["train", "--rom", "{tmp}/text.txt", "--run-dir", "{tmp}/run"] },
        { 3, "no ROM of pitfall", ["train", "--env", "pitfall", "--rom-dir", "{tmp}", "--run-dir", "{tmp}/run"] },
        { 2, "unknown environment", ["train", "--env", "cartpoel", "--run-dir", "{tmp}/run"] },
        { 2, "did you mean 'nature'?", ["train", "--set", "body.kind=natrue"] },
        { 2, "did you mean 'schedule.batch_size'?", ["train", "--set", "schedule.batch_siez=1"] },
        {
            2,
            "env.pixels: 'natur' is none of ale, dopamine, nature, sb3, cleanrl, dqn-zoo, crop160, mspacman88, pillow-nearest, "
            + "pillow-bicubic, tf2-crop160; did you mean 'nature'?",
            ["train", "--set", "env.pixels=natur", "--print-config"]
        },
        { 2, "option 'checkpoint.replay_every' was removed: ", ["train", "--set", "checkpoint.replay_every=0"] },
        { 2, "env.count: '0' is out of range", ["train", "--envs", "0"] },
        { 2, "replay.capacity", ["train", "--env", "cartpole", "--set", "replay.capacity=1e13", "--run-dir", "{tmp}/run"] },
        { 2, "is a file", ["train", "--env", "cartpole", "--run-dir", "{tmp}/text.txt"] },
        { 1, "cannot make the run folder", ["train", "--env", "cartpole", "--run-dir", "/proc/fastdqn"] },
        { 2, "unknown preset 'brikcs'; did you mean 'bricks'?", ["train", "brikcs"] },
        { 4, ": name the folder that holds libtorch_cpu.so", ["train", "cartpole", "--libtorch", "{tmp}"] },
        { 4, "/absent: name the folder that holds libtorch_cpu.so", ["--libtorch", "{tmp}/absent", "doctor"] },
        { 2, "unknown option '--libtroch'; did you mean '--libtorch'?", ["train", "--libtroch", "x"] },
        { 2, "unknown option '--sede'; did you mean '--seed'?", ["train", "--sede"] },
        { 2, "unknown option '--evn'; did you mean '--env'?", ["train", "--evn", "breakout"] },
        { 2, "unknown option '--stesp'; did you mean '--steps'?", ["train", "bricks", "--stesp=5"] },
        { 2, "unknown option '--dry-rnu'; did you mean '--dry-run'? (fastdqn sweep run --help", ["sweep", "run", "--dry-rnu", "s.yaml"] },
        { 2, "unknown verb 'sweep rnu'; did you mean 'run'?", ["sweep", "rnu"] },
        { 2, "sweep needs a verb: run, resume, ", ["sweep"] },
        { 2, "'b' is one word too many for mdp", ["mdp", "a", "b"] },
        { 2, "--alpha-decay has no effect: it is for a step size of --alpha", ["mdp", "--alpha-decay", "0.1"] },
        { 2, "--rate has no effect: --alpha gives the step size", ["mdp", "--alpha", "0.1", "--rate", "0.6"] },
        { 2, "alpha is 2; it must be above 0 and at most 1", ["mdp", "--alpha", "2"] },
        { 2, "the rate of Q-learning is 0.5", ["mdp", "--rate", "0.5"] },
        { 2, "must end in .svg", ["mdp", "--draw", "{tmp}/mdp.png"] },
        { 2, "show needs --output", ["show", "bricks"] },
        { 2, "must end in .gif, .mp4 or .png", ["show", "bricks", "-o", "{tmp}/x.svg"] },
        { 2, "--fps above 0", ["show", "bricks", "--fps", "nan", "-o", "{tmp}/x.gif"] },
        { 2, "--raw: an agent of cartpole sees 4 numbers, which are no picture", ["show", "cartpole", "--raw", "-o", "{tmp}/x.gif"] },
        {
            2, "--actions: 'rihgt' is no action; did you mean 'right'?",
            ["show", "cartpole", "--actions", "left,rihgt", "-o", "{tmp}/x.gif"]
        },
        { 3, "no such file; it should be a list of actions", ["show", "cartpole", "--actions", "{tmp}/absent.txt", "-o", "{tmp}/x.gif"] },
        {
            2, "--policy has no effect: a list of actions plays one episode",
            ["show", "cartpole", "--actions", "left", "--policy", "random", "-o", "{tmp}/x.gif"]
        },
        {
            2, "--set schedule.batch_size=5 has no effect: nothing is trained here",
            ["show", "cartpole", "--set", "schedule.batch_size=5", "-o", "{tmp}/x.gif"]
        },
        { 2, "--policy: 'greedy' is none of random", ["show", "cartpole", "--policy", "greedy", "-o", "{tmp}/x.gif"] },
        { 2, "unknown preset 'cartpoel'; did you mean 'cartpole'?", ["show", "cartpoel", "-o", "{tmp}/x.gif"] },
        { 3, "no ROM of pitfall", ["show", "pitfall", "--roms", "{tmp}", "-o", "{tmp}/x.gif"] },
        { 1, "cannot be written: there is no folder", ["show", "cartpole", "-o", "{tmp}/absent/x.gif"] },
        { 2, "eval needs <run>", ["eval"] },
        { 2, "eval: <run> is empty", ["eval", ""] },
        { 2, "eval: --video is empty", ["eval", "{tmp}", "--video", ""] },
        { 2, "export: --output is empty", ["export", "{tmp}", "-o", ""] },
        { 2, "train: --libtorch is empty", ["train", "--libtorch", ""] },
        { 2, "train: --config is empty", ["train", "--config", ""] },
        { 2, "sweep status: <study> is empty", ["sweep", "status", ""] },
        { 2, "did you mean 'optimizer.kind'?", ["train", "--set", "Optimizer.Kind=adam"] },
        { 2, "plot needs --output", ["plot", "run"] },
        { 2, "--steps needs a value", ["train", "--steps"] },
        { 2, "--gamma: 'x' is not a number", ["mdp", "--gamma", "x"] },
        { 2, "--episodes: '1.5' is not a whole number", ["mdp", "--episodes", "1.5"] },
        { 2, "--backend: 'vsc' is none of vcs, ale", ["verify-traces", "--backend", "vsc", "t.jsonl"] },
        { 2, "--vector takes 0 to 4096", ["record-trace", "bricks", "--vector", "-2"] },
        { 2, "--frames: train.steps: 'abc' is not a whole number", ["train", "--frames", "abc"] },
        { 2, "cartpole is no Atari game", ["record-trace", "cartpole"] },
        { 1, "cannot be written", ["record-trace", "bricks", "--steps", "1", "-o", "{tmp}/absent/t.jsonl"] },
        { 2, "give one", ["train", "cartpole", "--steps", "100", "--frames", "100"] },
        { 2, "--frames and --set train.steps", ["train", "cartpole", "--set", "train.steps=100", "--frames", "100"] },
        { 2, "must end in .svg", ["plot", "{tmp}", "-o", "{tmp}/curves.png"] },
        { 2, "must end in .svg", ["watch", "{tmp}", "--q-plot", "{tmp}/q.png"] },
        { 2, "is given twice", ["aggregate", "{tmp}", "{tmp}/"] },
        { 2, "is given twice", ["plot", "{tmp}", "{tmp}/", "-o", "{tmp}/x.svg"] },
        { 2, "'1e400' is larger than any number here", ["train", "cartpole", "--set", "optimizer.learning_rate=1e400"] },
        { 2, "which is no convolution ('0' is no number from 1 to 65536): ", ["train", "--set", "body.convolutions=0 8x8/4"] },
        { 2, "seeds.yaml:2:8: 'seeds': run.seed: 'x' is not a whole number", ["batch", "{tmp}/seeds.yaml"] },
        { 2, "preset.yaml:1:9: 'preset': unknown preset 'nope'", ["batch", "{tmp}/preset.yaml"] },
        { 2, "unknown verb 'trian'; did you mean 'train'?", ["trian"] },
        { 2, "algorithm 'dqn-naure' is unknown", ["train", "--algorithm", "dqn-naure"] },
        { 3, "no such file; it should be a configuration file", ["train", "--config", "{tmp}/absent.yaml"] },
        { 3, "is a folder, not a configuration file", ["train", "--config", "{tmp}"] },
        { 3, "no such file; it should be a batch file", ["batch", "{tmp}/absent.yaml"] },
        { 3, "is a folder, not a batch file", ["batch", "{tmp}"] },
        { 2, "text.yaml:2:", ["train", "--config", "{tmp}/text.yaml"] },
        { 2, "write --set key=value", ["train", "--set", "novalue"] },
        { 3, "not found", ["resume", "{tmp}/absent"] },
        { 3, "not a run folder", ["eval", "{tmp}"] },
        { 3, "not a run folder", ["aggregate", "{tmp}"] },
        { 2, "names no environment", ["batch", "{tmp}/batch.yaml"] },
        { 2, "keys.yaml:1:3: a key must be a word", ["batch", "{tmp}/keys.yaml"] },
        { 2, "parallel.yaml:2:11: 'parallel' must be a number, not 'two'", ["batch", "{tmp}/parallel.yaml"] },
        {
            2, "body.norm is batch; it must be none or layer with body.kind mlp",
            ["train", "--env", "cartpole", "--set", "body.norm=batch"]
        },
        { 2, "body.convolutions: '16 8y8' has '16 8y8', which is no", ["train", "--set", "body.convolutions=16 8y8"] },
        { 2, "which says norm twice", ["train", "--set", "body.convolutions=16 8x8/4 norm=batch norm=layer"] },
        { 2, "has nothing before, between or behind its commas", ["train", "--set", "body.convolutions=16 8x8/4,, 8 3x3/1"] },
        { 2, "body.widths: '64,' has nothing before", ["train", "cartpole", "--set", "body.widths=64,"] },
        { 2, "exploration.points: ', 1' has nothing before", ["train", "--set", "exploration.points=, 1"] },
        {
            2, "body.kind nature needs observations of (channels, height, width), these are 4 float32: use body.kind mlp",
            ["train", "--env", "cartpole", "--set", "body.kind=nature", "--run-dir", "{tmp}/run"]
        },
        {
            2, "a network of 8590524418 parameters takes",
            ["train", "cartpole", "--set", "body.kind=mlp", "--set", "body.widths=65536,65536,65536", "--run-dir", "{tmp}/run"]
        },
        { 2, "run.name is in the name of the run's folder", ["train", "cartpole", "--name", new string('x', 400)] },
        { 2, "long.yaml:1:1: a run's folder would", ["batch", "{tmp}/long.yaml"] },
        { 2, "--actions: names no action, so there is nothing to film", ["show", "bricks", "--actions", " , ", "-o", "{tmp}/x.gif"] },
        { 2, "--seed: '-1' is out of range (0 to 18446744073709551615)", ["mdp", "--seed", "-1"] },
        { 2, "--steps: '1e20' is out of range (-9223372036854775808 to 9223372036854775807)", ["mdp", "--steps", "1e20"] },
        { 2, "gamma is 0.9999999999999999, too near 1", ["mdp", "--gamma", "0.9999999999999999"] },
        { 3, "mdp.yaml:1:10: a name holds a control character", ["mdp", "{tmp}/mdp.yaml"] },
        { 2, "unknown option '--?[31mred'", ["mdp", "--\e[31mred"] },
        { 3, "'ü' is no key (a letter from a to z, a digit, a sign of ASCII, or space", ["play", "gridworld", "--keys", "{tmp}/ue.yaml"] },
        { 2, "--steps and --hold must be at least 0", ["play", "gridworld", "--steps", "-1"] },
        { 2, "--steps and --hold must be at least 0", ["play", "gridworld", "--hold", "-1"] },
        { 2, "a 99x99 convolution sees 84x84", ["train", "--run-dir", "{tmp}/run", "--set", "body.convolutions=16 99x99"] },
        {
            2, "--backend: env.backend has no effect: only Atari games take it (env.name is cartpole)",
            ["train", "--env", "cartpole", "--backend", "ale", "--run-dir", "{tmp}/run"]
        },
        { 2, "--set: env.sticky has no effect", ["train", "gridworld-tutorial", "--set", "env.sticky=0.25", "--run-dir", "{tmp}/run"] },
        { 2, "option 'exploration.evaluation' was removed", ["train", "bricks", "--set", "exploration.evaluation=0.9"] },
        { 2, "--noop-max has no effect: it is for vectors", ["record-trace", "bricks", "--noop-max", "3"] },
        { 2, "--mode has no effect: a vector", ["record-trace", "bricks", "--vector", "2", "--mode", "1"] },
        { 2, "--seed has no effect: --replay plays a session as it was", ["play", "--replay", "{tmp}/s.bin", "--seed", "3"] },
        { 2, "'bricks' beside --replay", ["play", "bricks", "--replay", "{tmp}/s.bin"] },
        {
            2, "--parallel has no effect: it is for the local engine",
            ["sweep", "run", "{tmp}/study.yaml", "--engine", "kubernetes", "--parallel", "2"]
        },
        { 2, "head.hidden has no effect", ["sweep", "run", "{tmp}/dead.yaml", "--print-space"] },
    };

    [Theory]
    [MemberData(nameof(BadInput))]
    public void BadInputGetsOneClearLineAndItsCode(int code, string says, string[] arguments)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("zero.bin"), []);
        File.WriteAllBytes(folder.File("three.bin"), [1, 2, 3]);
        File.WriteAllText(folder.File("text.txt"), "this is no cartridge");
        File.WriteAllText(folder.File("text.yaml"), "run.seed: 1\nrun.sede: 2\n");
        File.WriteAllText(folder.File("batch.yaml"), "seeds: [1]\n");
        File.WriteAllText(folder.File("seeds.yaml"), "envs: [cartpole]\nseeds: [1, x]\n");
        File.WriteAllText(folder.File("preset.yaml"), "preset: nope\nenvs: [cartpole]\n");
        File.WriteAllText(folder.File("keys.yaml"), "? [envs]\n: [cartpole]\n");
        File.WriteAllText(folder.File("long.yaml"), $"envs: [cartpole]\nvariants: {{ {new string('x', 300)}: {{}} }}\n");
        File.WriteAllText(folder.File("mdp.yaml"), "states: [\"\\e[31mred\"]\nactions: [x]\ntransitions: []\n");
        File.WriteAllText(folder.File("ue.yaml"), "ü: up\n");
        File.WriteAllText(folder.File("parallel.yaml"), "envs: [cartpole]\nparallel: two\n");
        const string study = "method: grid\nmetric: {name: charts/mean_return, goal: maximize}\nparameters: ";
        File.WriteAllText(folder.File("study.yaml"), study + "{train.steps: {values: [100]}}\n");
        File.WriteAllText(folder.File("dead.yaml"), study + "{head.hidden: {values: [64, 128]}}\n");
        var (exit, output, errors) = Invoke([.. arguments.Select(a => a.Replace("{tmp}", folder.Path, StringComparison.Ordinal))]);
        Assert.Equal(code, exit);
        Assert.Equal("", output);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("fastdqn: ", line, StringComparison.Ordinal);
        Assert.Contains(says, line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")), "a refused run left a folder");
    }

    [Theory]
    [InlineData("breakout-tutorial", "breakout")]
    [InlineData("mspacman-tutorial", "ms_pacman")]
    [InlineData("space-invaders-tutorial", "space_invaders")]
    public void ATutorialWithoutItsRomPlaysTheBundledGameAndSaysSo(string preset, string game)
    {
        using var folder = new TempFolder();
        var (exit, output, errors) = Invoke(["train", preset, "--roms", folder.Path, "--print-config"]);
        Assert.Equal(0, exit);
        Assert.Contains("name: \"bricks\"", output, StringComparison.Ordinal);
        Assert.Contains($"no ROM of {game} was found", errors, StringComparison.Ordinal);
        // A game that the user names stays an error.
        Assert.Equal(3, Invoke(["train", preset, "--env", game, "--roms", folder.Path, "--run-dir", folder.File("run")]).Exit);
    }

    [Fact]
    public void PrintConfigReadsBackAsItself()
    {
        using var folder = new TempFolder();
        var (exit, first, _) = Invoke(["train", "--env", "cartpole", "--seed", "7", "--set", "target.gamma=0.9", "--print-config"]);
        Assert.Equal(0, exit);
        File.WriteAllText(folder.File("c.yaml"), first);
        var (_, second, _) = Invoke(["train", "--config", folder.File("c.yaml"), "--print-config"]);
        Assert.Equal(first, second);
        Assert.Contains("gamma: 0.9", first, StringComparison.Ordinal);
        // What has no effect is left out.
        Assert.DoesNotContain("sticky:", first, StringComparison.Ordinal);
        Assert.DoesNotContain("rollout:", first, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use body.kind mlp", "none", "--env", "cartpole")]
    [InlineData("a 99x99 convolution sees 84x84", "bricks", "--set", "body.convolutions=16 99x99")]
    [InlineData(null, "bricks")]
    [InlineData(null, "breakout", "--roms", "/etc")] // without its ROM nobody can tell
    public void APrintedConfigurationThatTrainingRefusesIsTold(string? why, params string[] arguments)
    {
        var (exit, output, errors) = Invoke(["train", .. arguments, "--print-config"]);
        Assert.Equal(0, exit);
        Assert.StartsWith("run:\n", output, StringComparison.Ordinal);
        if (why is null)
            Assert.Equal("", errors);
        else
            Assert.Matches("^warning: a training refuses this configuration: .*" + why + "\n$", errors);
    }

    [Fact]
    public void ARunGivenAsAPresetIsToldWhatItIs()
    {
        using var folder = new TempFolder();
        folder.Write("run.json", "{}");
        var (exit, _, errors) = Invoke(["summary", folder.Path]);
        Assert.Equal(2, exit);
        Assert.Contains($"is a run, not a preset: fastdqn resume goes on with it, --config {folder.File("config.yaml")}", errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FramesAreAgentStepsTimesTheSkip()
    {
        Assert.Contains("steps: 250\n", Invoke(["train", "bricks", "--frames", "1000", "--print-config"]).Output, StringComparison.Ordinal);
        // A built-in environment's step is a frame.
        Assert.Contains(
            "steps: 1000\n", Invoke(["train", "cartpole", "--frames", "1000", "--print-config"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void HelpNamesEveryVerbAndUnits()
    {
        var (exit, text, _) = Invoke(["--help"]);
        Assert.Equal(0, exit);
        foreach (var verb in new[] { "train", "resume", "eval", "envs", "doctor", "verify-traces", "batch", "aggregate" })
            Assert.Contains(verb, text, StringComparison.Ordinal);
        Assert.DoesNotContain("|alien|", text, StringComparison.Ordinal);
        Assert.Contains("agent steps", Invoke(["train", "--help"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ListOptionsTellsTypeUnitDefaultAndVariable()
    {
        var text = Invoke(["train", "--list-options"]).Output;
        Assert.Contains("schedule.batch_size = 32  (integer, 1..65536, transitions)", text, StringComparison.Ordinal);
        Assert.Contains("[FASTDQN_SCHEDULE_BATCH_SIZE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainEvalAndAggregateAgreeInJson()
    {
        using var folder = new TempFolder();
        var run = folder.File("run");
        var (exit, output, errors) = Invoke(
        [
            "train", "--env", "cartpole", "--envs", "1", "--steps", "600",
            "--set", "body.kind=mlp", "--set", "body.widths=8", "--set", "schedule.warm_up=100",
            "--set", "replay.capacity=300", "--set", "eval.video=false", "--eval-episodes", "3", "--set", "log.every=200",
            "--run-dir", run, "--json",
        ]);
        Assert.True(exit == 0, errors);
        var train = JsonNode.Parse(output)!;
        Assert.Equal(run, (string?)train["run_dir"]);
        Assert.Equal(600, (long)train["frames"]!);
        Assert.True((double)train["frames_per_second"]! > 0);
        Assert.True((double)train["updates_per_second"]! > 0);
        Assert.Equal(3, (int)train["eval"]!["episodes"]!);
        Assert.True((double)train["random"]!["mean_return"]! > 0);
        Assert.Contains("step 600/600", errors, StringComparison.Ordinal);

        var eval = JsonNode.Parse(Invoke(["eval", run, "--json"]).Output)!;
        Assert.Equal((double)train["eval"]!["mean_return"]!, (double)eval["eval"]!["mean_return"]!);
        Assert.Equal((double)train["random"]!["mean_return"]!, (double)eval["random"]!["mean_return"]!);

        // Rows come every 200 agent steps and at the end: a run of 100 has one to draw, and none while it is under way.
        var brief = folder.File("brief");
        string[] shorter =
        [
            "train", "--config", Path.Combine(run, "config.yaml"), "--steps", "100", "--eval-episodes", "0", "--run-dir", brief,
        ];
        Assert.Equal(0, Invoke(shorter).Exit);
        Assert.Equal(0, Invoke(["plot", brief, "-o", folder.File("brief.svg")]).Exit);
        File.WriteAllText(Path.Combine(brief, "metrics.jsonl"), "");
        var (drawn, _, missing) = Invoke(["plot", brief, "-o", folder.File("brief.svg")]);
        Assert.Equal(3, drawn);
        Assert.Contains("log.every", missing, StringComparison.Ordinal);

        // An option that this version does not know: who wrote the run is told.
        File.AppendAllText(Path.Combine(brief, "config.yaml"), "log.evry: 3\n");
        var info = Path.Combine(brief, "run.json");
        var document = JsonNode.Parse(File.ReadAllText(info))!;
        document["version"] = "0.0.9";
        File.WriteAllText(info, document.ToJsonString());
        Assert.Contains("written by fastdqn 0.0.9", Invoke(["eval", brief]).Errors, StringComparison.Ordinal);

        // A finished run has nothing left, and says so.
        var (resumed, _, told) = Invoke(["resume", run]);
        Assert.Equal(0, resumed);
        Assert.Contains("nothing is left to train: 600 agent steps are done", told, StringComparison.Ordinal);

        var aggregate = JsonNode.Parse(Invoke(["aggregate", run, "--raw", "--json"]).Output)!;
        Assert.Equal((double)train["eval"]!["mean_return"]!, (double)aggregate["iqm"]!["value"]!, 9);
        Assert.Equal(2, Invoke(["aggregate", run]).Exit);

        // Of a protocol only what there is in this environment is told; what it lacks is not to be asked for.
        Assert.Equal(
            "machado: epsilon 0.01 (its no-ops, sticky actions and limit of frames are for Atari games)",
            (string?)JsonNode.Parse(Invoke(["eval", run, "--protocol", "machado", "--json"]).Output)!["protocol"]);
        Assert.Contains(
            "--full-actions: env.full_actions has no effect: only Atari games take it",
            Invoke(["eval", run, "--full-actions"]).Errors, StringComparison.Ordinal);
        Assert.Contains(
            "--episodes: eval.episodes has no effect: the protocol counts steps",
            Invoke(["eval", run, "--protocol", "dopamine", "--episodes", "2"]).Errors, StringComparison.Ordinal);

        // What a protocol fixes is not to be set.
        var (refused, _, why) = Invoke(["eval", run, "--protocol", "nature", "--epsilon", "0.2"]);
        Assert.Equal(2, refused);
        Assert.Contains("protocol nature fixes it at 0.05", why, StringComparison.Ordinal);
    }

    [Fact]
    public void DoctorNamesLibtorchItsVersionAndFolder()
    {
        var findings = JsonNode.Parse(Invoke(["doctor", "--json"]).Output)!["findings"]!.AsArray();
        var torch = findings.Single(f => (string?)f!["what"] == "libtorch")!;
        Assert.Equal("good", (string?)torch["state"]);
        Assert.Matches(@"^libtorch 2\.10\.\d+, the program's own, in /.+/libtorch, TorchSharp 0\.107\.0$", (string?)torch["found"]);
    }

    [Fact]
    public void BatchListsItsRuns()
    {
        using var folder = new TempFolder();
        File.WriteAllText(
            folder.File("b.yaml"),
            $"root: {folder.File("runs")}\nenvs: [cartpole, gridworld]\nseeds: [1, 2]\nset: {{train.steps: 10}}\n");
        var (exit, output, _) = Invoke(["batch", folder.File("b.yaml"), "--dry-run"]);
        Assert.Equal(0, exit);
        Assert.Equal(4, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("--set train.steps=10 --env gridworld --seed 2", output, StringComparison.Ordinal);
    }
}
