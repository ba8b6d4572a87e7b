using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>What is learned towards: options <c>target.*</c>.</summary>
public sealed record TargetSpec
{
    [Option("Discount per agent step", Min = 0, Max = 1, MidRun = true)]
    public double Gamma { get; init; } = 0.99;

    /// <summary>The replay sums the rewards.</summary>
    [Option("Steps of reward before bootstrapping (n-step)", Unit = "agent steps", Min = 1, Max = 64)]
    public int Steps { get; init; } = 1;

    /// <summary>van Hasselt et al. 2016.</summary>
    [Option("The online network chooses the next action, the target network values it (Double DQN)")]
    public bool Double { get; init; }

    /// <summary>D'Oro et al. 2023: the slower network is the steadier one.</summary>
    [Option("The target network chooses the actions, in training and in evaluations, and its weights are those that are exported")]
    public bool Acts { get; init; }

    /// <summary>False is the ablation that must fail.</summary>
    [Option("Bootstrap from a target network; false: from the online one")]
    public bool UseTargetNetwork { get; init; } = true;

    /// <summary>The default is Nature's 10,000 / 4.</summary>
    [Option(
        "Updates between target copies; 0: counted in episodes (target.period_episodes)", Unit = "updates", Min = 0,
        TurnsOff = ["target.period_episodes=0", "target.tau=1"], MidRun = true)]
    public int Period { get; init; } = 2500;

    [Option(
        "Finished training episodes, of all environments together, between target copies; needs target.period=0; 0: counted in updates",
        Unit = "episodes", Min = 0, TurnsOff = ["target.period=0", "target.tau=1"], InsteadOf = ["target.period"])]
    public int PeriodEpisodes { get; init; }

    [Option(
        "Share of the online parameters mixed into the target at each copy; 1: a copy", Min = 0, MinExcluded = true, Max = 1,
        MidRun = true)]
    public double Tau { get; init; } = 1;

    /// <summary>h(x) = sign(x) (sqrt(|x| + 1) - 1) + epsilon x (Pohlen et al. 2018): for rewards that are not
    /// clipped.</summary>
    [Option("The network estimates h(return) in place of the return, a square root beyond small values")]
    public bool Rescale { get; init; }

    [Option("Rescaled values: epsilon of h", Min = 0, Max = 1)]
    public double RescaleEpsilon { get; init; } = 1e-3;

    /// <summary>Vieillard et al. 2020; replaces the max by the soft value.</summary>
    [Option("Munchausen reward and soft values")]
    public bool Munchausen { get; init; }

    [Option("Munchausen: weight of the scaled log-policy", Min = 0, Max = 1, MidRun = true)]
    public double MunchausenAlpha { get; init; } = 0.9;

    [Option("Munchausen: temperature", Min = 0, MinExcluded = true, MidRun = true)]
    public double MunchausenTau { get; init; } = 0.03;

    /// <summary>l0 of the paper.</summary>
    [Option("Munchausen: lower clip of the scaled log-policy", Max = 0, MidRun = true)]
    public double MunchausenClip { get; init; } = -1;

    [Option("Target rule of your own that takes the place of FastDqn's (--assembly; docs/your-own-code.md); empty: none")]
    public string Rule { get; init; } = "";

    [Option("Options of target.rule: name=value, separated by commas")]
    public string RuleOptions { get; init; } = "";
}
