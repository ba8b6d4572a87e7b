using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Tests;
using TorchSharp;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>What libtorch throws becomes one line and a documented exit code; what it would print stays away.</summary>
[Collection("console")]
public sealed partial class LibTorchErrorTests
{
    private const string BadShapeLine = "fastdqn: libtorch: shape '[2]' is invalid for input of size 3";

    [Fact]
    public void AWrongShapeIsARunThatFailed() => Assert.Equal((1, BadShapeLine), Guard(BadShape));

    [Fact]
    public void SoItIsFromAnotherThread() =>
        Assert.Equal((1, BadShapeLine), Guard(() => Task.Run(BadShape, TestContext.Current.CancellationToken).Wait()));

    [Fact]
    public void LackOfMemoryNamesARemedy()
    {
        var (code, line) = Guard(() => torch.empty(1L << 50).Dispose());
        Assert.Equal(1, code);
        Assert.Contains("allocate", line, StringComparison.Ordinal);
        Assert.EndsWith(
            "; lower schedule.batch_size, env.count or the widths of the network, or take a device with more memory", line,
            StringComparison.Ordinal);
        Assert.Single(line.Split('\n'));
    }

    [Fact]
    public void AMissingOperationIsAPartThatIsNotAvailable()
    {
        var (code, line) = Guard(() => THSTensor_no_such_operation());
        Assert.Equal(4, code);
        Assert.Contains("THSTensor_no_such_operation", line, StringComparison.Ordinal);
        Assert.Single(line.Split('\n'));
    }

    [Fact]
    public void AnErrorOfTheDriverOrOfMemoryOfACardIsToldApart()
    {
        Assert.Equal(ErrorKind.Failure, KindOf(new Thrown("CUDA out of memory. Tried to allocate 2.00 GiB.\nException raised")));
        Assert.Equal(ErrorKind.Unavailable, KindOf(new Thrown("CUDA error: no kernel image is available for execution\nCUDA")));
        Assert.Null(KindOf(new InvalidOperationException("ours")));
    }

    [Fact]
    public void ADeviceThatLibtorchCannotUseIsNamed()
    {
        Assert.SkipWhen(LearnerDevice.CudaAvailable, "an NVIDIA GPU is there");
        using var folder = new TempFolder();
        var (exit, _, errors) = Invoke(
            ["train", "--env", "gridworld", "--device", "cuda", "--set", "replay.capacity=1000", "--run-dir", folder.File("run")]);
        Assert.Equal(4, exit);
        Assert.Contains("device 'cuda' is not available", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void LibtorchPrintsNothingDuringATraining()
    {
        using var folder = new TempFolder();
        using var cli = CliProcess.Run(
            "train", "--env", "bricks", "--steps", "150", "--set", "schedule.warm_up=100", "--set", "replay.capacity=1000",
            "--eval-episodes", "0", "--device", "cpu", "--quiet", "--run-dir", folder.File("run"));
        Assert.True(cli.ExitCode == 0, cli.Errors);
        Assert.Empty(cli.Errors);
    }

    private static void BadShape()
    {
        using var three = torch.ones(3);
        three.view(2).Dispose();
    }

    private static (int Code, string Line) Guard(Action work)
    {
        LibTorch.Load();
        var told = "";
        var code = Program.Guard(
            () =>
            {
                work();
                return 0;
            },
            line => told = line);
        return (code, told);
    }

    [LibraryImport("LibTorchSharp")]
    private static partial void THSTensor_no_such_operation();

    private static ErrorKind? KindOf(Exception thrown) => LibTorchError.Explain(thrown)?.Kind;

    /// <summary>As TorchSharp throws it.</summary>
    private sealed class Thrown(string message) : ExternalException(message);
}
