using System.CommandLine;
using FastDqn.Cli.Verbs;
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Training.Configuration;

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
        Console.SetError(new LastingWriter(Console.Error));
        return Guard(() => Run(args), Console.Error.WriteLine);
    }

    /// <summary>Runs <paramref name="work"/> and turns what it throws into an exit code and one line for <paramref name="tell"/>.</summary>
    internal static int Guard(Func<int> work, Action<string> tell)
    {
        try
        {
            return work();
        }
        catch (FastDqnException e)
        {
            return Tell(e.Message, e.ExitCode);
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (AggregateException e) when (e.GetBaseException() is FastDqnException inner)
        {
            return Tell(inner.Message, inner.ExitCode);
        }
        catch (Exception e) when (LibTorchError.Explain(e) is { } explained)
        {
            return Tell(explained.Message, explained.ExitCode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Tell(e.Message, (int)ErrorKind.Failure);
        }
        catch (OutOfMemoryException)
        {
            return Tell("out of memory: lower replay.capacity or env.count", (int)ErrorKind.Failure);
        }
        catch (EntryPointNotFoundException e)
        {
            return Tell($"a native library is older than the program ({e.Message.Split('\n')[0]}): run ./build.sh build", (int)ErrorKind.Unavailable);
        }
        catch (DllNotFoundException e)
        {
            return Tell($"a native library is missing ({e.Message.Split('\n')[0]}): run ./build.sh build, then fastdqn doctor", (int)ErrorKind.Unavailable);
        }

        int Tell(string message, int code)
        {
            tell(Line(message));
            return code;
        }
    }

    /// <summary>The whole command line; tests look at it.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand("FastDqn trains deep Q-networks on Atari and small environments. Steps are agent steps; frames are emulated frames.");
        root.Options.Add(new Option<string?>(LibTorchOption)
        {
            Description = $"Folder of another libtorch than the program's own: pip's or conda's torch/lib, or an unpacked libtorch [{LibTorch.FolderVariable}]",
            HelpName = "folder",
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
    internal static InvocationConfiguration Invocation() => new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    private static string Line(string message) => $"fastdqn: {message.ReplaceLineEndings(" ")}";

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
        return parsed.Invoke(Invocation());
    }
}
