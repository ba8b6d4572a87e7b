#:project ../src/FastDqn.Training/FastDqn.Training.csproj
#:property PublishAot=false
// A target rule of one's own: dotnet run examples/own-target.cs [FOLDER]
// Clipped double Q-learning (Fujimoto et al. 2018) for DQN: the online network chooses the next action, and the smaller
// of both networks' estimates values it. share=0 is Double DQN.
using FastDqn.Core;
using FastDqn.Learning;
using FastDqn.Training;
using FastDqn.Training.Configuration;
using TorchSharp;

var own = new Extensions();
own.TargetRules.Add<ClippedDouble>("clipped-double");
var options = TrainConfig.From(
    "cartpole-fast",
    [
        "target.rule=clipped-double", "target.rule_options=share=0.75", "train.steps=6000", "eval.video=off", "log.films=off",
        $"run.dir={args.FirstOrDefault() ?? "runs/example-target"}",
    ],
    own);
var result = Trainer.Create(options).Run();
var (agent, random) = (result.Eval!.MeanReturn, result.Random!.MeanReturn);
Console.WriteLine($"{result.End} after {result.Updates} updates: return {agent:0.0}, at random {random:0.0}");

internal sealed class ClippedDouble : ITargetRule
{
    [Option("Weight of the smaller estimate; the rest is the target network's", Min = 0, Max = 1)]
    public double Share { get; init; } = 1;

    public torch.Tensor Target(TargetInputs inputs)
    {
        var online = inputs.NextOnline;
        var best = online.argmax(1, keepdim: true);
        var (mine, theirs) = (online.gather(1, best).squeeze(1), inputs.NextTarget.gather(1, best).squeeze(1));
        var value = (torch.minimum(mine, theirs) * Share) + (theirs * (1 - Share));
        return inputs.Returns + (inputs.Discounts * value);
    }
}
