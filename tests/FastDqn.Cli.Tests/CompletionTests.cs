using System.CommandLine;
using System.Diagnostics;
using FastDqn.Tests;
using static FastDqn.Cli.Tests.CommandRunner;

namespace FastDqn.Cli.Tests;

/// <summary>Real shells complete what the parser knows; one that is not installed is skipped.</summary>
[Collection("console")]
public sealed class CompletionTests
{
    public static TheoryData<string, string[]> Lines => new()
    {
        { "fastdqn tra", ["train"] },
        { "fastdqn sweep r", ["resume", "rm", "run"] },
        { "fastdqn train --al", ["--algorithm"] },
        { "fastdqn train --algorithm ra", ["rainbow"] },
        { "fastdqn train bri", ["bricks"] },
        { "fastdqn train --env gridworld-", ["gridworld-partial"] },
        { "fastdqn train --set schedule.b", ["schedule.batch_size="] },
        { "fastdqn sweep run --engine s", ["slurm"] },
        { "fastdqn eval --protocol m", ["machado"] },
        { "fastdqn completions z", ["zsh"] },
        { "fastdqn play pit", ["pitfall", "pitfall2"] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void BashCompletes(string line, string[] expected) => AssertCompletes("bash", expected, $$"""
        source <("$1" "$2" completions bash)
        COMP_WORDS=({{line}})
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        compopt() { :; }
        _fastdqn
        printf '%s\n' "${COMPREPLY[@]}"
        """);

    [Theory]
    [MemberData(nameof(Lines))]
    public void ZshCompletes(string line, string[] expected) => AssertCompletes("zsh", expected, $$"""
        compdef() { :; }
        compadd() { [[ $1 == -S ]] && shift 2; shift; for word; do [[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done; }
        source <("$1" "$2" completions zsh)
        words=({{line}})
        CURRENT=${#words}
        _fastdqn
        true
        """);

    [Theory]
    [MemberData(nameof(Lines))]
    public void FishCompletes(string line, string[] expected) => AssertCompletes("fish", expected, $$"""
        $argv[1] $argv[2] completions fish | source
        complete -C "{{line}}" | string replace -r '\t.*' ''
        true
        """);

    [Fact]
    public void EveryVerbAndOptionIsThere()
    {
        var scripts = new[] { "bash", "zsh", "fish" }.Select(shell => Invoke(["completions", shell]).Output).ToList();
        Assert.All(scripts, Assert.NotEmpty);
        Visit(Cli.Program.CreateRoot());

        void Visit(Command command)
        {
            foreach (var option in command.Options.Where(o => !o.Hidden && o.Name.StartsWith("--", StringComparison.Ordinal)))
            {
                Assert.All(scripts[..2], script => Assert.Matches($"[\" ]{option.Name}[\" ]", script));
                Assert.Matches($" -l {option.Name[2..]} ", scripts[2]);
            }

            foreach (var verb in command.Subcommands.Where(v => !v.Hidden))
            {
                Assert.All(scripts, script => Assert.Matches($"[\" ]{verb.Name}[\" ]", script));
                Visit(verb);
            }
        }
    }

    private static void AssertCompletes(string shell, string[] expected, string script)
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(paths.Any(folder => File.Exists(Path.Combine(folder, shell))), $"{shell} is not installed");
        using var folder = new TempFolder();
        var program = Path.Combine(AppContext.BaseDirectory, "fastdqn.dll");
        var start = new ProcessStartInfo(shell, [folder.Write("complete", script), "dotnet", program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        start.Environment["HOME"] = folder.Path;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var completed = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && errors.GetAwaiter().GetResult().Length == 0, errors.GetAwaiter().GetResult());
        Assert.Equal(expected, completed.Order(StringComparer.Ordinal));
    }
}
