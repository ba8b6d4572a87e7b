using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>A message names what is wrong, not what came of it.</summary>
[Collection("console")]
public sealed class MessageTests
{
    public static TheoryData<int, string, string[]> Wrong => new()
    {
        { 2, "did you mean 'optimizer.learning_rate'?", ["train", "--set", "optimizer.lr=1"] },
        { 2, "optimizer has kind, learning_rate", ["train", "--set", "optimizer.foo=1"] },
        { 2, "'schedule' is a section", ["train", "--set", "schedule=5"] },
        { 2, "'1e18' is too large", ["train", "--steps", "1e18"] },
        { 2, "is out of range", ["mdp", "--episodes", "1e18"] },
        { 2, "is not a whole number in digits", ["mdp", "--episodes", "1e3"] },
        { 2, "replay.epsilon: '0' is out of range (number, above 0, at most 1)", ["train", "cartpole", "--set", "replay.epsilon=0"] },
        { 2, "is a symbolic link that leads nowhere", ["train", "--env", "cartpole", "--run-dir", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["train", "--rom", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["train", "--env", "pong", "--roms", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["train", "--config", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["roms", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["envs", "--roms", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["eval", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["resume", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["batch", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["sweep", "run", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["verify-traces", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["record-trace", "{tmp}/loop"] },
        { 3, "is a symbolic link that leads nowhere", ["play", "--replay", "{tmp}/loop"] },
        { 3, "is a file: give the run's folder", ["eval", "{tmp}/file"] },
        { 3, "is a folder, not a trace file", ["verify-traces", "{tmp}"] },
        { 3, "is a folder, not a ROM image", ["record-trace", "{tmp}"] },
        { 3, "is a pipe or a device, not a ROM image", ["train", "--rom", "/dev/null"] },
        { 1, "cannot be written: it is a folder", ["record-trace", "bricks", "--steps", "1", "-o", "{tmp}"] },
        { 1, "cannot be written: it is a folder", ["plot", "{tmp}/file", "-o", "{tmp}/d.svg"] },
        { 1, "cannot be written: it is a folder", ["watch", "{tmp}/file", "-o", "{tmp}/d.gif"] },
        { 1, "cannot be written: it is a folder", ["watch", "{tmp}/file", "--q-plot", "{tmp}/d.svg"] },
        { 1, "cannot be written: it is a folder", ["play", "bricks", "--record", "{tmp}/d.gif"] },
        { 1, "there is no folder", ["plot", "{tmp}/file", "-o", "{tmp}/absent/d.svg"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void EachFaultIsCalledByItsName(int code, string says, string[] arguments)
    {
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder.File("loop"), folder.File("loop"));
        folder.Write("file", "text");
        Directory.CreateDirectory(folder.File("d.svg"));
        Directory.CreateDirectory(folder.File("d.gif"));
        var (exit, output, errors) = Invoke([.. arguments.Select(a => a.Replace("{tmp}", folder.Path, StringComparison.Ordinal))]);
        Assert.Equal(code, exit);
        Assert.Equal("", output);
        Assert.Contains(says, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop", "set train.on_bad_loss=rollback", "tries")]
    [InlineData("rollback", "3 tries from the newest checkpoint ended alike", "on_bad_loss=rollback")]
    public void ALossThatDivergedIsNotAdvisedWhatIsDoneAlready(string onBadLoss, string says, string saysNot)
    {
        using var folder = new TempFolder();
        var (exit, _, errors) = Invoke(
        [
            "train", "--env", "cartpole", "--envs", "1", "--steps", "600", "--set", "body.widths=8", "--set", "schedule.warm_up=100",
            "--set", "replay.capacity=300", "--set", "checkpoint.every=50", "--set", "optimizer.learning_rate=1e30",
            "--set", $"train.on_bad_loss={onBadLoss}", "--eval-episodes", "0", "--run-dir", folder.File("run"), "-q",
        ]);
        Assert.Equal(1, exit);
        var last = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains(says, last, StringComparison.Ordinal);
        Assert.DoesNotContain(saysNot, last, StringComparison.Ordinal);
    }
}
