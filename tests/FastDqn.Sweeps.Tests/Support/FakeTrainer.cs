using FastDqn.Tests;

namespace FastDqn.Sweeps.Tests.Support;

/// <summary>
/// A trainer for tests, as a shell script: it holds a lock on its run folder, keeps its progress like a checkpoint,
/// writes metrics.jsonl, and notes in an audit file when it starts, ends, and when it finds another one at work.
/// </summary>
public static class FakeTrainer
{
    private const string PrintRow =
        """BEGIN { printf "{\"kind\":\"train\",\"step\":%d,\"metrics\":{\"loss\":%.9g}}\n", i, (x - 3) ^ 2 + s + (n - i) }""";

    /// <summary>
    /// Arguments: run folder, seed, x. The value is (x - 3)^2 + seed, reached from above in so many steps.
    /// </summary>
    public static string Write(TempFolder folder, int steps = 8, double pause = 0.05, string extra = "") => folder.Write(
        "trainer.sh",
        $$$"""
        #!/bin/sh
        run=$1 seed=$2 x=${3:-0}
        audit={{{folder.File("audit.log")}}}
        exec 9>"$run/.lock"
        if ! flock -n 9; then echo "refused $run" >>"$audit"; echo "another process is working on this run" >&2; exit 1; fi
        trap 'echo "term $run" >>"$audit"; exit 143' TERM
        echo "start $run" >>"$audit"
        i=$(cat "$run/progress" 2>/dev/null || echo 0)
        {{{extra}}}
        while [ "$i" -lt {{{steps}}} ]; do
          sleep {{{pause.ToString(System.Globalization.CultureInfo.InvariantCulture)}}} 9>&-
          i=$((i + 1))
          awk -v i="$i" -v n={{{steps}}} -v x="$x" -v s="$seed" '{{{PrintRow}}}' >>"$run/metrics.jsonl"
          echo "$i" >"$run/progress.new" && mv "$run/progress.new" "$run/progress"
        done
        echo "end $run" >>"$audit"
        """,
        executable: true);

    /// <summary>For <c>extra</c>: SIGTERM ends it only after a while, as a checkpoint takes time.</summary>
    public static string SlowEnd(TempFolder folder, double seconds) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"""trap 'echo "term $run" >>"{folder.File("audit.log")}"; sleep {seconds}; exit 143' TERM""");

    /// <summary>
    /// How many lines of the audit file begin with <paramref name="word"/> (start, term, end, refused).
    /// </summary>
    public static int Count(TempFolder folder, string word) =>
        File.Exists(folder.File("audit.log"))
            ? File.ReadAllLines(folder.File("audit.log")).Count(l => l.StartsWith(word + " ", StringComparison.Ordinal))
            : 0;

    /// <summary>A study file over <paramref name="trainer"/>.</summary>
    public static string StudyText(
        string trainer, string method = "random", int cap = 6, string seeds = "1", int retries = 1000, string more = "") =>
        $$$"""
        name: test-study
        method: {{{method}}}
        metric: {name: loss, goal: minimize}
        parameters:
          x: {min: 0.0, max: 10.0}
        seeds: {{{seeds}}}
        run_cap: {{{cap}}}
        retries: {{{retries}}}
        command: [{{{trainer}}}, "${run_dir}", "${seed}", "${x}"]
        {{{more}}}
        """;
}
