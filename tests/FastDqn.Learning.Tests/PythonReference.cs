using System.Diagnostics;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Runs the scripts of Reference/ with Debian's PyTorch; tests skip with the reason where it is not installed.
/// </summary>
internal static class PythonReference
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<string?> Problem = new(() =>
    {
        if (!File.Exists(Python))
            return $"{Python} is not installed";
        var (code, _, error) = Start("-c", "import torch, numpy");
        return code == 0
            ? null
            : $"{Python} cannot import torch (python3-torch): {error.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()}";
    });

    /// <summary>Skips the running test where PyTorch is missing.</summary>
    public static void Require()
    {
        if (Problem.Value is { } problem)
            Assert.Skip(problem);
    }

    /// <summary>Runs a script of Reference/; fails the test with its error output when it fails.</summary>
    public static string Run(string script, params string[] arguments)
    {
        var (code, output, error) = Start([Path.Combine(AppContext.BaseDirectory, "Reference", script), .. arguments]);
        Assert.True(code == 0, $"{script} {string.Join(' ', arguments)} ended with {code}: {error}");
        return output;
    }

    private static (int Code, string Output, string Error) Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
