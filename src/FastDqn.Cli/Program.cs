using System.CommandLine;
using System.Text;
using FastDqn.Cli.Hosting;
using FastDqn.Cli.Terminal;
using FastDqn.Cli.Verbs;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Learning.Interop;
using FastDqn.Training.Configuration;
using Microsoft.Win32.SafeHandles;

namespace FastDqn.Cli;

/// <summary>
/// <c>fastdqn</c>: the verbs and the exit codes. 0 success, 1 the run failed, 2 usage, 3 a bad ROM, data file or
/// checkpoint, 4 a device, package or native part is not available, 128 and a signal's number (130 SIGINT, 143 SIGTERM,
/// ...): ended by it. stdout carries results, stderr progress and errors.
/// </summary>
public static class Program
{
    private const string LibTorchOption = "--libtorch";

    public static int Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (ProcessLimits.Problem() is { } problem)
        {
            // The console may need more than there is.
            using var stderr = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, 1);
            stderr.Write(Encoding.UTF8.GetBytes(Line(problem) + "\n"));
            return (int)ErrorKind.Unavailable;
        }

        ProcessLimits.SurviveFileSize();
        Console.SetError(new LastingWriter(Console.Error));
        Console.SetOut(new ResultWriter(Console.Out));
        return Guard(() => Run(args), Console.Error.WriteLine);
    }

    /// <summary>
    /// Runs <paramref name="work"/> and turns what it throws into an exit code and one line for <paramref
    /// name="tell"/>.
    /// </summary>
    internal static int Guard(Func<int> work, Action<string> tell)
    {
        try
        {
            return work();
        }
        catch (Exception e)
        {
            var (code, line) = Failures.Of(e);
            if (line.Length > 0)
                tell(Line(line));
            if (Environment.GetEnvironmentVariable(Failures.TraceVariable) is { Length: > 0 })
                tell(e.ToString());
            return code;
        }
    }

    /// <summary>The whole command line; tests look at it.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            "FastDqn trains deep Q-networks on Atari and small environments. Steps are agent steps; frames are emulated frames.");
        root.Options.Add(new Option<string?>(LibTorchOption)
        {
            Description = "Folder of another libtorch than the program's own: pip's or conda's torch/lib, or an unpacked libtorch "
                + $"[{LibTorch.FolderVariable}]",
            HelpName = "folder",
            Recursive = true,
        });
        root.Options.Add(new Option<string[]>(OwnCode.Option)
        {
            Description = "Assembly with environments, heads, target rules and losses of your own (docs/your-own-code.md) "
                + $"[{OwnCode.Variable}]",
            HelpName = "file",
            Recursive = true,
        });
        foreach (var verb in VerbList.Create())
            root.Subcommands.Add(verb);
        return root;
    }

    internal static int Fail(string message, int code)
    {
        Console.Error.WriteLine(Line(message));
        return code;
    }

    /// <summary>
    /// How verbs are invoked: exceptions come through, and trainings handle signals themselves (they checkpoint first).
    /// </summary>
    internal static InvocationConfiguration Invocation() => new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    private static string Line(string message) => $"fastdqn: {Output.Plain(message)}";

    private static int Run(string[] args)
    {
        var root = CreateRoot();
        if (args.Length == 0)
            args = ["--help"];
        var parsed = root.Parse(args);
        if (UsageErrors.Of(parsed) is { } wrong)
            return Fail(wrong, (int)ErrorKind.Usage);
        if (parsed.GetValue<string?>(LibTorchOption) is { } folder)
            LibTorch.Use(folder);
        if (parsed.GetValue<string[]>(OwnCode.Option) is { Length: > 0 } files)
            OwnCode.Use(files);
        return parsed.Invoke(Invocation());
    }
}
