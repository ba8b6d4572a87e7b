using FastDqn.Core;
using FastDqn.Sweeps.Pruners;
using FastDqn.Sweeps.Samplers;
using FastDqn.Sweeps.Space;
using FastDqn.Sweeps.StudyFile;
using FastDqn.Sweeps.Tests.Support;
using FastDqn.Tests;
using FastDqn.Training.Configuration;
using Microsoft.Data.Sqlite;

namespace FastDqn.Sweeps.Tests.StudyFiles;

public sealed class StudyFileTests
{
    private const string Head = "method: tpe\nmetric: {name: m, goal: maximize}\nrun_cap: 10\n";

    private static StudySpec Read(string text) => StudyFileReader.Read(text, "s.yaml");

    private static string Error(string text)
    {
        var e = Assert.Throws<FastDqnException>(() => Read(text));
        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    [Fact]
    public void EveryKindOfParameterIsReadAsWandbWritesIt()
    {
        var spec = Read(Head + """
            command: [run]
            parameters:
              a: {values: [x, 2, 0.5, true, [64, 64], "3"]}
              b: {value: 7}
              c: {min: 1, max: 4}
              d: {min: 1.0, max: 4.0}
              e: {distribution: log_uniform, min: 1.0e-5, max: 0.1}
              f: {distribution: q_uniform, min: 0, max: 1, q: 0.25}
              g: {distribution: log_int, min: 1, max: 1000}
              h: {distribution: int, min: 0, max: 10, step: 5}
            """).Space;
        string[] expected = ["x", "2", "0.5", "true", "[64,64]", "3"];
        Assert.Equal(expected, spec.Parameters[0].Domain.Values.Select(v => v.Text));
        Assert.Equal("\"3\"", spec.Parameters[0].Domain.Values.Last().Json);
        Assert.Equal(1, spec.Parameters[1].Domain.Count);
        Assert.Equal(new NumberDomain(1, 4, Step: 1, Integer: true), spec.Parameters[2].Domain);
        Assert.Equal(new NumberDomain(1, 4), spec.Parameters[3].Domain);
        Assert.Equal(new NumberDomain(1e-5, 0.1, Log: true), spec.Parameters[4].Domain);
        Assert.Equal(["0", "0.25", "0.5", "0.75", "1"], spec.Parameters[5].Domain.Values.Select(v => v.Text));
        Assert.Equal(new NumberDomain(1, 1000, Log: true, Step: 1, Integer: true), spec.Parameters[6].Domain);
        Assert.Equal(["0", "5", "10"], spec.Parameters[7].Domain.Values.Select(v => v.Text));
        Assert.Null(spec.Size);
    }

    [Theory]
    [InlineData("parameters:\n  body.kind: {values: [nature, mlp]}\n  body.widths: {values: [[64], [8, 8]], when: {body.kind: mlp}}")]
    [InlineData("parameters:\n  body.convolutions: {values: [[16 8x8/4, 32 4x4/2], [8 8x8/4]]}")]
    [InlineData("parameters:\n  body.kind: {value: mlp}\nbase:\n  body: {widths: [8]}")]
    [InlineData("parameters:\n  exploration.steps: {min: 10, max: 500}\nbase: {algorithm.name: dqn-cleanrl}")]
    public void WhatHasAnEffectInEveryTrialThatItIsPartOfIsTaken(string text) =>
        Assert.Equal(text.Contains("when", StringComparison.Ordinal) ? 2 : 1, Read(Head + text).Space.Parameters.Count);

    [Fact]
    public void TheRestOfTheFileIsRead()
    {
        var spec = Read("""
            name: breakout-lr
            method: cmaes
            sampler: {sigma: 0.3, population: 6}
            seed: 9
            metric: {name: charts/episodic_return, goal: maximize, summary: mean, window: 20}
            parameters:
              optimizer.learning_rate: {distribution: log_uniform, min: 1.0e-5, max: 1.0e-3}
              target.period: {min: 100, max: 10000}
            base: {train.steps: 5000, optimizer: {kind: adam}}
            seeds: [3, 5]
            run_cap: 12
            retries: 4
            early_terminate: {type: hyperband, min_iter: 10, max_iter: 270, eta: 3}
            local: {parallel: 2, cores: 1, gpus: 0.5}
            slurm: {partition: gpu, time: "2:00:00"}
            """);
        Assert.Equal(
            ("breakout-lr", SamplerKind.CmaEs, 0.3, 6, 9UL),
            (spec.Name, spec.Sampler.Kind, spec.Sampler.Sigma, spec.Sampler.Population, spec.Sampler.Seed));
        Assert.Equal(new MetricSpec("charts/episodic_return", Goal.Maximize, MetricSummary.Mean, 20), spec.Metric);
        Assert.Equal([3L, 5L], spec.Seeds);
        Assert.Equal(
            (PrunerKind.Hyperband, 10L, 270L, 3),
            (spec.EarlyTerminate!.Kind, spec.EarlyTerminate.MinResource, spec.EarlyTerminate.MaxResource, spec.EarlyTerminate.Eta));
        (string, string)[] settings =
            [("train.steps", "5000"), ("optimizer.kind", "adam"), ("log.films", "false"), ("log.report", "false")];
        Assert.Equal(settings, spec.Base.Select(b => (b.Key, b.Value)));
        Assert.Equal((4, 12, 0.5, "2:00:00"), (spec.Retries, spec.RunCap, spec.Local.Gpus, spec.Slurm.Time));
    }

    [Theory]
    [InlineData(
        "parameters: {optimizer.learning_rat: {values: [1]}}",
        "s.yaml:4:14: unknown option 'optimizer.learning_rat'",
        "did you mean 'optimizer.learning_rate'?")]
    [InlineData("parameters: {train.steps: {mim: 1, max: 2}}", "s.yaml:4:28: unknown key 'mim'", "did you mean 'min'?")]
    [InlineData("paramters: {}", "s.yaml:4:1: unknown key 'paramters'", "did you mean 'parameters'?")]
    [InlineData("parameters: {}", "s.yaml:4:13:", "the parameter space is empty")]
    [InlineData("parameters:", "s.yaml:4", "the parameter space is empty")]
    [InlineData("parameters: {train.steps: {values: []}}", "s.yaml:4:", "'values' is empty")]
    [InlineData("parameters: {train.steps: {min: 5, max: 2}}", "s.yaml:4:33:", "its range is empty")]
    [InlineData("parameters: {train.steps: {values: [1, 1]}}", "s.yaml:4:40:", "listed twice")]
    [InlineData("parameters: {train.steps: {values: [abc]}}", "s.yaml:4:", "'abc' is not a whole number")]
    [InlineData("parameters: {train.steps: {min: 0.5, max: 2}}", "s.yaml:4:", "takes whole numbers")]
    [InlineData("parameters: {target.gamma: {min: 0.5, max: 2.0}}", "s.yaml:4:", "out of range")]
    [InlineData("parameters: {optimizer.learning_rate: {distribution: log_uniform, min: 0.0, max: 1}}", "s.yaml:4:", "starts above 0")]
    [InlineData(
        "parameters: {optimizer.learning_rate: {distribution: log_unifrm, min: 0.1, max: 1}}",
        "s.yaml:4:",
        "did you mean 'log_uniform'?")]
    [InlineData("parameters: {run.seed: {values: [1]}}", "s.yaml:4:14:", "use 'seeds:'")]
    [InlineData(
        "parameters: {train.steps: {values: [1], when: {target.double: true}}}",
        "s.yaml:4:",
        "'target.double', which is not a parameter")]
    [InlineData("parameters: {train.steps: [1, 2]", "s.yaml:", "not YAML")]
    [InlineData("parameters:\n  train.steps: {min: 1, max: 2\nrun_cap: 1", "s.yaml:5:", "is not closed")]
    [InlineData("parameters: {train.steps: {values: [1]}}\n\tbad: 1", "s.yaml:5:1:", "tab")]
    [InlineData("parameters: {x: {values: [1]}}\ncommand: []", "s.yaml:5:10:", "'command' names no program")]
    [InlineData("parameters: {x: {values: [1]}}\ncommand: [run, '${xx}']", "s.yaml:5:1:", "did you mean '${x}'?")]
    [InlineData(
        "parameters: {a: {values: [p, q]}, ab: {value: 1, when: {a: p}}}\ncommand: [run, '${ab}']",
        "s.yaml:5:1:", "'${ab}' is not known")]
    [InlineData(
        "parameters: {x: {values: [1]}}\ncommand: [run]\nresume_command: [run, '${run_dri}']",
        "s.yaml:6:1:", "did you mean '${run_dir}'?")]
    [InlineData("parameters: {train.steps: {values: [1]}}\nseeds: []", "s.yaml:5:8:", "'seeds' is empty")]
    [InlineData(
        "parameters: {train.steps: {values: [1]}}\nconstraints: [{name: c, min: 3, max: 1}]",
        "s.yaml:5:25:", "'min' (3) is above 'max' (1)")]
    [InlineData("parameters: {train.steps: {values: [1]}}\nearly_terminate: ashe", "s.yaml:5:18:", "did you mean 'asha'?")]
    [InlineData("parameters: {train.steps: {values: [1]}}\nbase: brcks", "s.yaml:5:7:", "did you mean 'bricks'?")]
    [InlineData("parameters: {train.steps: {values: [1]}}\nbase: {train.stepps: 3}", "s.yaml:5:", "did you mean 'train.steps'?")]
    [InlineData(
        "parameters: {train.steps: {values: [1]}}\nearly_terminate: {type: asha, min_iter: 100, max_iter: 10}",
        "s.yaml:5:", "'max_iter: 10' is below min_iter (100)")]
    [InlineData(
        "parameters: {exploration.kind: {value: piecewise}, exploration.points: {values: [[0, 1, 10, 0.1], [10, 1, 5, 0.1]]}}",
        "s.yaml:4:", "has step 5 after 10: steps ascend")]
    // A dimension that no trial, or not every trial, feels.
    [InlineData("parameters:\n  head.hidden: {values: [64, 128]}", "s.yaml:5:3:", "head.hidden has no effect")]
    [InlineData("parameters:\n  env.stack: {min: 1, max: 4}\nbase: {preset: cartpole}", "s.yaml:5:3:", "env.name is cartpole")]
    [InlineData(
        "parameters:\n  body.kind: {values: [nature, mlp]}\n  body.widths: {values: [[64], [8, 8]]}",
        "s.yaml:6:3:", "say 'when: { body.kind: ... }'")]
    [InlineData(
        "parameters:\n  exploration.fraction: {min: 0.0, max: 0.5}\n  exploration.steps: {min: 10, max: 500}",
        "s.yaml:5:3:", "takes the place of exploration.steps")]
    [InlineData("parameters:\n  train.steps: {values: [100]}\nbase:\n  body: {widths: [8]}", "s.yaml:7:18:", "body.widths has no effect")]
    public void WhatIsWrongIsToldWithLineColumnAndRemedy(string text, string where, string what)
    {
        var message = Error(Head + text);
        Assert.StartsWith(where, message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingPartsAreNamed()
    {
        Assert.Contains("lacks 'parameters'", Error(Head), StringComparison.Ordinal);
        Assert.Contains(
            "run_cap",
            Error("method: tpe\nmetric: {name: m, goal: minimize}\nparameters: {train.steps: {values: [1]}}"),
            StringComparison.Ordinal);
        Assert.Contains(
            "lacks 'goal'",
            Error("method: tpe\nmetric: {name: m}\nparameters: {train.steps: {values: [1]}}"),
            StringComparison.Ordinal);
        Assert.Contains("is empty", Error(""), StringComparison.Ordinal);
        Assert.Contains(
            "continuous",
            Error("method: grid\nmetric: {name: m, goal: minimize}\nparameters: {target.gamma: {min: 0.1, max: 0.9}}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void ACircleOfConditionsIsRefused()
    {
        var e = Error(Head + "command: [x]\nparameters:\n  a: {values: [1, 2], when: {b: 1}}\n  b: {values: [1, 2], when: {a: 1}}\n");
        Assert.Contains("circle", e, StringComparison.Ordinal);
    }

    [Fact]
    public void AGridRunsItsWholeSpaceUnlessToldOtherwise()
    {
        const string text = "method: grid\nmetric: {name: m, goal: minimize}\n"
            + "parameters: {train.steps: {values: [1, 2, 3]}, target.double: {values: [true, false]}}";
        Assert.Equal(6, Read(text).RunCap);
        Assert.Equal(4, StudyFileReader.Read(text, "s.yaml", runCap: 4).RunCap);
    }

    [Fact]
    public void AStoredStudyIsReadBackWithoutItsFiles()
    {
        using var folder = new TempFolder();
        folder.Write("base.yaml", "train: {steps: 1000}\n");
        var file = folder.Write("s.yaml", Head + "base: base.yaml\nparameters: {optimizer.learning_rate: {min: 0.1, max: 0.2}}\n");
        using (Study.Create(StudyFileReader.ReadFile(file), folder: folder.File("study")))
            File.Delete(folder.File("base.yaml"));
        File.Delete(folder.File("study/base.yaml"));
        using var study = Study.Open(folder.File("study"));
        study.PrepareFolder();
        Assert.Contains("1000", File.ReadAllText(folder.File("study/base.yaml")), StringComparison.Ordinal);
        (string, string)[] expected = [("train.steps", "1000"), ("log.films", "false"), ("log.report", "false")];
        Assert.Equal(expected, study.Spec.Base.Select(b => (b.Key, b.Value)));
        Assert.Equal("s", study.Spec.Name);
    }

    [Fact]
    public void OptionsThatWereRemovedAreLeftOutOfAStoredStudyAndTold()
    {
        using var folder = new TempFolder();
        var file = folder.Write(
            "s.yaml",
            Head + "base: {train.steps: 1000, log.every: 100}\nparameters: {optimizer.learning_rate: {min: 0.1, max: 0.2}}\n");
        using (Study.Create(StudyFileReader.ReadFile(file), folder: folder.File("study")))
            Age(folder.File("study"), "base", "log.every", "log.level");
        var written = Path.Combine(folder.File("study"), "base.yaml");
        File.WriteAllText(written, File.ReadAllText(written).Replace("log.every", "log.level", StringComparison.Ordinal));
        var told = new List<string>();
        using var study = Study.Open(folder.File("study"), warn: told.Add);
        Assert.Equal(["study 's': option 'log.level' was removed: it did nothing; --quiet hides the progress"], told);
        Assert.Equal(["train.steps", "log.films", "log.report"], study.Spec.Base.Select(b => b.Key));
        study.PrepareFolder();
        // What its runs are started with.
        Assert.Equal(["train.steps", "log.films", "log.report"], YamlConfig.ReadFile(written).Select(b => b.Key));
        study.Refresh();
        study.PrepareFolder();
        Assert.DoesNotContain("log.level", File.ReadAllText(written), StringComparison.Ordinal);
        Assert.NotNull(study.Claim("test"));
    }

    [Fact]
    public void AStoredStudyThatSearchesAnOptionWhichWasRemovedCanBeLookedAt()
    {
        using var folder = new TempFolder();
        var file = folder.Write(
            "s.yaml",
            Head + "parameters: {log.tensorboard: {values: [true, false]}, optimizer.learning_rate: {min: 0.1, max: 0.2}}\n");
        using (var made = Study.Create(StudyFileReader.ReadFile(file), folder: folder.File("study")))
        {
            Assert.NotNull(made.Claim("test"));
            Age(folder.File("study"), "spec", "log.tensorboard", "log.level");
        }

        using var study = Study.Open(folder.File("study"));
        Assert.Single(study.Trials());
        var e = Assert.Throws<FastDqnException>(() => study.Claim("test"));
        Assert.Equal(ErrorKind.Usage, e.Kind);
        Assert.StartsWith("study 's' cannot go on: option 'log.level' was removed: ", e.Message, StringComparison.Ordinal);
        // In a file of the user's it stays an error.
        Assert.Contains("was removed", Error(Head + "parameters: {log.level: {values: [1, 2]}}\n"), StringComparison.Ordinal);
    }

    /// <summary>Makes a stored study one of the time when an option had its old name.</summary>
    private static void Age(string folder, string column, string option, string old)
    {
        using var database = new SqliteConnection($"Data Source={Study.DatabaseFile(folder)}");
        database.Open();
        using var update = database.CreateCommand();
        update.CommandText = $"UPDATE studies SET {column} = replace({column}, '{option}', '{old}')";
        Assert.Equal(1, update.ExecuteNonQuery());
    }
}
