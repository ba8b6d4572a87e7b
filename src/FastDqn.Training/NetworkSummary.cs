using FastDqn.Core;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Specs;
using FastDqn.Replay;
using FastDqn.Training.Configuration;
using FastDqn.Training.Loops;

namespace FastDqn.Training;

/// <summary>The network that a training would have, and what an update of it costs.</summary>
/// <param name="Environment">What it learns in.</param>
/// <param name="Input">What it sees.</param>
/// <param name="Actions">How many it chooses from.</param>
/// <param name="Table">Its layers.</param>
/// <param name="ReplayBytes">Memory of the transitions that updates draw from; 0: there is none.</param>
public sealed record NetworkSummary(string Environment, NetworkInput Input, int Actions, NetworkTable Table, long ReplayBytes)
{
    /// <summary>Of the training that a configuration describes.</summary>
    public static NetworkSummary Of(TrainConfig config)
    {
        var spec = Algorithms.ToSpec(config);
        using var environments = EnvironmentBinding.ForTraining(config, cores: 1);
        var (input, actions) = (EnvironmentBinding.InputOf(environments.Observation), environments.ActionNames.Count);
        var replay = spec.Rollout is not null ? 0 : ReplayFootprint.Of(DqnLoop.RingOptions(config, spec, environments)).TotalBytes;
        return new NetworkSummary(environments.Name, input, actions, NetworkTable.Of(spec, input, actions), replay);
    }

    /// <summary>
    /// Why a training refuses a configuration's network; null: it takes it, or what would tell (a ROM) is not here.
    /// </summary>
    public static string? WhyRefused(TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        try
        {
            using var environments = EnvironmentBinding.ForTraining(config with { Env = config.Env with { Count = 1 } }, cores: 1);
            var input = EnvironmentBinding.InputOf(environments.Observation);
            _ = NetworkTable.Of(Algorithms.ToSpec(config), input, environments.ActionNames.Count);
            return null;
        }
        catch (FastDqnException e)
        {
            return e.Kind == ErrorKind.Usage ? e.Message : null;
        }
    }
}
