using FastDqn.Learning.Networks;

namespace FastDqn.Learning;

/// <summary>
/// Parameters that are drawn anew in the middle of a training (Nikishin et al. 2022; D'Oro et al. 2023), from the
/// learner's own generator.
/// </summary>
public sealed partial class DqnLearner
{
    private bool ResetIsDue => Spec.Reset is { Period: > 0 and var period, Last: var last }
        && ParametersVersion % period == 0 && (last == 0 || ParametersVersion <= last);

    /// <summary>
    /// A target network that follows slowly, and a momentum encoder, get draws of their own, as in the code of
    /// Schwarzer et al. 2023; one that is copied is copied.
    /// </summary>
    private void Reset()
    {
        Queue.Finish();
        Renew(Online);
        if (Spec.Target.Tau >= 1)
            _target.CopyFrom(Online);
        else
            Renew(_target);
        if (_momentum is not null)
            Renew(_momentum);
        if (Spec.Reset.Optimizer)
            Optimizer.Restart();
    }

    private void Renew(ParameterSet parameters)
    {
        using var fresh = CreateParameters();
        fresh.Initialize(Random);
        parameters.Blend(fresh, i => Network.IsOfBody(i) ? Spec.Reset.BodyKept : Spec.Reset.HeadKept);
    }
}
