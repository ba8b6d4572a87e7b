using System.Diagnostics;

namespace FastDqn.Cli.Tests.Play;

/// <summary>Runs the built program as its users do.</summary>
internal static class FastDqnProgram
{
    /// <summary>The program and its arguments as a command line.</summary>
    public static string[] CommandLine(IEnumerable<string> arguments) =>
        ["dotnet", Path.Combine(AppContext.BaseDirectory, "fastdqn.dll"), .. arguments];

    public static (int Code, string Output, string Errors) Run(params string[] arguments) => RunWith("", arguments);

    /// <summary>Runs with <paramref name="input"/> on stdin.</summary>
    public static (int Code, string Output, string Errors) RunWith(string input, params string[] arguments)
    {
        var command = CommandLine(arguments);
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command[1..])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(120_000), "the program did not end");
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
