using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Learning;
using FastDqn.Learning.Specs;
using FastDqn.Training.Configuration;

namespace FastDqn.Training.Tests;

/// <summary>What <c>auto</c> leaves open of a learner on a GPU, and what of it a run keeps.</summary>
public sealed class LearnerBindingTests
{
    private const string Problem = "libfastdqn_cuda.so is not beside the program";

    [Theory]
    [InlineData(GraphChoice.Auto, null, GraphChoice.On)]
    [InlineData(GraphChoice.Auto, Problem, GraphChoice.Off)]
    [InlineData(GraphChoice.On, null, GraphChoice.On)]
    [InlineData(GraphChoice.Off, null, GraphChoice.Off)]
    [InlineData(GraphChoice.Off, Problem, GraphChoice.Off)]
    public void AutoBecomesWhatThisMachineCan(GraphChoice asked, string? problem, GraphChoice expected) =>
        Assert.Equal(expected, LearnerBinding.Pin(Config(asked), problem).Learner.Graph);

    [Fact]
    public void GraphsThatAreAskedForAndNotToBeHadAreRefusedWithTheWayOut()
    {
        var error = Assert.Throws<FastDqnException>(() => LearnerBinding.Pin(Config(GraphChoice.On), Problem));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains(Problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("learner.graph=off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARecurrentNetworkLearnsWithoutGraphs()
    {
        TrainConfig Recurrent(GraphChoice asked) => Config(asked) with { Body = new BodySpec { Lstm = 8 } };
        Assert.Equal(GraphChoice.Off, LearnerBinding.Pin(Recurrent(GraphChoice.Auto), null).Learner.Graph);
        Assert.Equal(GraphChoice.Off, LearnerBinding.Pin(Recurrent(GraphChoice.Off), null).Learner.Graph);
        var error = Assert.Throws<FastDqnException>(() => LearnerBinding.Pin(Recurrent(GraphChoice.On), null));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("body.lstm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OnTheCpuNothingIsDecided()
    {
        var config = Config(GraphChoice.On) with { Run = new RunOptions { Device = DeviceChoice.Cpu } };
        Assert.Equal(config, LearnerBinding.Pin(config));
    }

    [Fact]
    public void GraphsMayChangeInARunAndPrecisionMayNot()
    {
        var config = Config(GraphChoice.On) with { Run = new RunOptions { Device = DeviceChoice.Cuda } };
        Assert.Equal(GraphChoice.Off, RunChanges.Apply(config, ["learner.graph=off"]).Learner.Graph);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => RunChanges.Apply(config, ["learner.precision=tf32"])).Kind);
        Assert.False(RunChanges.Decides("learner.graph"));
        Assert.True(RunChanges.Decides("learner.precision"));
    }

    [Fact]
    public void TheLearnerIsToldAsTheRunSays()
    {
        var config = Config(GraphChoice.Off) with
        {
            Learner = new LearnerGpuOptions { Graph = GraphChoice.Off, Precision = LearnerPrecision.Tf32 },
        };
        Assert.Equal(new LearnerSettings { Graph = false, Precision = LearnerPrecision.Tf32 }, LearnerBinding.Settings(config));
        Assert.True(LearnerBinding.Settings(Config(GraphChoice.On)).Graph);
    }

    [Fact]
    public void ARunTellsWhereItsFramesAndPixelsAre()
    {
        var config = Config(GraphChoice.On) with
        {
            Replay = new ReplaySpec { Memory = FrameMemory.Device },
            Env = new EnvironmentOptions { PixelDevice = PixelPlace.Device },
        };
        Assert.Contains("frames in the device's memory", LearnerBinding.Sentence(config), StringComparison.Ordinal);
        Assert.Contains("frames in the host's memory", LearnerBinding.Sentence(Config(GraphChoice.On)), StringComparison.Ordinal);
        var told = LearnerBinding.Describe(config);
        Assert.Equal(("device", "device"), ((string?)told["replay_memory"], (string?)told["pixel_device"]));
    }

    [Theory]
    [InlineData("learner.precision=bf16", null)]
    [InlineData("learner.precision=tf32", "the CPU computes in float32, or in bf16")]
    [InlineData("learner.channels_last=true", "it is for a GPU")]
    [InlineData("learner.fused_adam=true", "it is for a GPU")]
    [InlineData("run.numa=off", "it is for a GPU")]
    public void WhatIsForAGpuIsRefusedOnTheCpu(string setting, string? reason)
    {
        var layers = new ConfigLayers().AddOption("run.device", "cpu", "test");
        layers.AddSetting(setting);
        if (reason is null)
            Assert.Equal(LearnerPrecision.Bf16, layers.Resolve().Learner.Precision);
        else
            Assert.Contains(reason, Assert.Throws<FastDqnException>(() => layers.Resolve()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LayoutAndFusedStepsDecideARunAndPlacementDoesNot()
    {
        Assert.True(RunChanges.Decides("learner.channels_last"));
        Assert.True(RunChanges.Decides("learner.fused_adam"));
        Assert.False(RunChanges.Decides("run.numa"));
    }

    private static TrainConfig Config(GraphChoice graph) => new() { Learner = new LearnerGpuOptions { Graph = graph } };
}
