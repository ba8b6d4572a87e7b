using System.CommandLine;
using FastDqn.Cli.Completion;
using FastDqn.Core;

namespace FastDqn.Cli.Verbs;

/// <summary><c>fastdqn completions</c>: what a shell completes words of <c>fastdqn</c> by.</summary>
internal static class CompletionsVerb
{
    public static Command Create()
    {
        var command = new Command(
            "completions",
            "Print a shell's completions of fastdqn: source <(fastdqn completions bash), or write it where zsh or fish look");
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        command.Arguments.Add(shell);
        command.SetAction(parsed =>
        {
            var verbs = CompletionTable.Of(Program.CreateRoot());
            Console.Out.Write(parsed.GetValue(shell) switch
            {
                "bash" => ShellScripts.Bash(verbs),
                "zsh" => ShellScripts.Zsh(verbs),
                "fish" => ShellScripts.Fish(verbs),
                var other => throw new FastDqnException(ErrorKind.Usage, $"completions: '{other}' is none of bash, zsh, fish"),
            });
            return 0;
        });
        return command;
    }
}
