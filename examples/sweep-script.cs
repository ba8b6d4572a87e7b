#:project ../src/FastDqn.Sweeps/FastDqn.Sweeps.csproj
#:property PublishAot=false
// A study scripted in C#: dotnet run examples/sweep-script.cs
// The objective here is Branin's function in a few lines; yours may train anything. Stop the script and start it again:
// it goes on where it was. Start it twice: both work on the same study.
using FastDqn.Sweeps;
using FastDqn.Sweeps.Reports;
using FastDqn.Sweeps.StudyFile;

var spec = StudyFileReader.Read(
    """
    name: scripted
    method: tpe
    metric: { name: value, goal: minimize }
    run_cap: 60
    early_terminate: { type: median, startup: 10 }
    command: [none]    # the trials are run by this script
    parameters:
      x: { min: -5.0, max: 10.0 }
      y: { min: 0.0, max: 15.0 }
    """,
    "scripted.yaml");

using var study = Study.Create(spec);
study.Optimize(trial =>
{
    var (x, y) = (trial["x"], trial["y"]);
    var value = Math.Pow(y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6, 2)
        + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    // A value on the way, as a training reports its return: it approaches the final one from above.
    for (var step = 1; step <= 4; step++)
    {
        trial.Report(step, value * (1 + ((4 - step) / 4.0)));
        if (trial.ShouldStop())
            throw new TrialPrunedException();
    }

    return value;
});

var best = study.Best()!;
Console.WriteLine($"best of {study.Trials().Count} trials: {Export.Short(best.Value)} at {best.Parameters} (the minimum is 0.397887)");
File.WriteAllText(Path.Combine(study.Folder, "history.svg"), Plots.Draw("history", study));
