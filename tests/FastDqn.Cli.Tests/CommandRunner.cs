namespace FastDqn.Cli.Tests;

/// <summary>The program in the tests' own process; tests that use it are in the collection "console".</summary>
internal static class CommandRunner
{
    public static (int Exit, string Output, string Errors) Invoke(params string[] arguments)
    {
        var (output, errors) = (Console.Out, Console.Error);
        using var outWriter = new StringWriter();
        using var errorWriter = new StringWriter();
        Console.SetOut(outWriter);
        Console.SetError(errorWriter);
        try
        {
            return (Program.Main(arguments), outWriter.ToString(), errorWriter.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
