using System.Diagnostics;

namespace FastDqn.Sweeps.Tests.Support;

/// <summary>The built <c>fastdqn</c> program, for tests that run the real thing.</summary>
public static class Fastdqn
{
    /// <summary>Its path (FASTDQN_EXE is set to it for this process); skips the test when it is not built.</summary>
    public static string Require()
    {
        // artifacts/bin/FastDqn.Sweeps.Tests/release -> artifacts/bin/FastDqn.Cli/release
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var beside = Path.GetFullPath(Path.Combine(own, "..", "..", "FastDqn.Cli", Path.GetFileName(own), "fastdqn"));
        var path = Environment.GetEnvironmentVariable("FASTDQN_EXE") is { Length: > 0 } given ? given : beside;
        Assert.SkipUnless(File.Exists(path), $"{path} is not built (./build.sh build)");
        var (code, _, error) = Call(path, ["train", "cartpole-tutorial", "--print-config"]);
        Assert.SkipUnless(code == 0, $"fastdqn does not run here: {error}");
        Assert.SkipUnless(
            File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "libfastdqn.so")),
            "the native part is not built (./build.sh build)");
        Environment.SetEnvironmentVariable("FASTDQN_EXE", path);
        return path;
    }

    /// <summary>Runs it to a good end.</summary>
    public static string Run(string path, IReadOnlyList<string> arguments)
    {
        var (code, output, error) = Call(path, arguments);
        Assert.True(code == 0, $"exit code {code}: {error}");
        return output;
    }

    public static (int Code, string Output, string Error) Call(string path, IReadOnlyList<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        using var process = Process.Start(start)!;
        // Nobody is there to be asked.
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult().Trim());
    }
}
