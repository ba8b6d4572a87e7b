#:project ../src/FastDqn.Training/FastDqn.Training.csproj
#:property PublishAot=false
// A head of one's own: dotnet run examples/own-head.cs [FOLDER]
// HL-Gauss (Imani and White 2018; Farebrother et al. 2024): the network classifies the return into bins, and the target
// is smeared over them by a Gaussian. The loss is the cross entropy, the Q-value the mean of the bins.
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using TorchSharp;

var own = new Extensions();
own.Heads.Add<HlGauss>("hl-gauss");
var options = TrainConfig.From(
    "cartpole-fast",
    [
        "head.rule=hl-gauss", "head.rule_options=bins=64,highest=100", "train.steps=6000", "eval.video=off", "log.films=off",
        $"run.dir={args.FirstOrDefault() ?? "runs/example-head"}",
    ],
    own);
var result = Trainer.Create(options).Run();
var (agent, random) = (result.Eval!.MeanReturn, result.Random!.MeanReturn);
Console.WriteLine($"{result.End} after {result.Updates} updates: return {agent:0.0}, at random {random:0.0}");

internal sealed class HlGauss : IHeadRule
{
    [Option("Bins of the return", Min = 2, Max = 1024)]
    public int Bins { get; init; } = 51;

    [Option("Lower end of the lowest bin", Unit = "return")]
    public double Lowest { get; init; }

    [Option("Upper end of the highest bin", Unit = "return")]
    public double Highest { get; init; } = 100;

    [Option("Deviation of the Gaussian", Unit = "bins", Min = 0, MinExcluded = true)]
    public double Deviation { get; init; } = 0.75;

    private double Width => (Highest - Lowest) / Bins;

    public HeadForward Build(HeadBuilder builder)
    {
        var logits = builder.Linear("logits", builder.Features, builder.Actions * Bins);
        var actions = builder.Actions;
        return pass => pass.Run(logits, pass.Features).view(-1, actions, Bins);
    }

    public torch.Tensor Values(torch.Tensor output)
    {
        var centres = torch.arange(Bins, torch.float32, output.device).mul(Width).add(Lowest + (Width / 2));
        return torch.nn.functional.softmax(output, 2).matmul(centres);
    }

    public torch.Tensor Errors(torch.Tensor taken, torch.Tensor target)
    {
        var edges = torch.arange(Bins + 1, torch.float32, taken.device).mul(Width).add(Lowest);
        var inside = target.clamp(Lowest, Highest).unsqueeze(1);
        var below = ((edges - inside) / (Deviation * Width * Math.Sqrt(2))).erf();
        var mass = below.narrow(1, 1, Bins) - below.narrow(1, 0, Bins);
        var labels = mass / mass.sum(1, keepdim: true);
        return -(labels * torch.nn.functional.log_softmax(taken, 1)).sum(1);
    }
}
