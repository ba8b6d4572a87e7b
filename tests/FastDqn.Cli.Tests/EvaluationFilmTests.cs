using FastDqn.Tests;

namespace FastDqn.Cli.Tests;

public sealed class EvaluationFilmTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATrainingDoesNotFailForAFilmThatFfmpegCannotMake()
    {
        _folder.Write("ffmpeg", "#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 1\n", executable: true);
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        var run = _folder.File("run");
        using var train = CliProcess.Run(
            environment, "train", "cartpole", "--steps", "600", "--run-dir", run, "--eval-episodes", "1", "--set", "eval.random=false",
            "--set", "log.films=false");
        Assert.Equal(0, train.ExitCode);
        Assert.Matches("warning: no MP4, the GIF is there: .*ffmpeg.*Unknown encoder libx264", train.Errors);
        Assert.Equal([".gif", ".png"], Directory.GetFiles(Path.Combine(run, "videos")).Select(Path.GetExtension).Order());
    }
}
