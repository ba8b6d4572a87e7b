using System.Globalization;
using System.Text.Json;
using FastDqn.Learning;
using FastDqn.Replay;

namespace FastDqn.Training.Loops;

/// <summary>A minibatch that made the loss diverge, as text that a person can look at.</summary>
internal static class BatchDump
{
    public static string Describe(ReplayBatch batch, in UpdateStats stats) => JsonSerializer.Serialize(
        new
        {
            loss = stats.Loss.ToString(CultureInfo.InvariantCulture),
            mean_q = stats.MeanQ.ToString(CultureInfo.InvariantCulture),
            target_mean = stats.TargetMean.ToString(CultureInfo.InvariantCulture),
            gradient_norm = stats.GradientNorm.ToString(CultureInfo.InvariantCulture),
            actions = batch.ActionSpan.ToArray(),
            returns = batch.ReturnSpan.ToArray().Select(Text),
            discounts = batch.DiscountSpan.ToArray().Select(Text),
            weights = batch.WeightSpan.ToArray().Select(Text),
            indices = batch.IndexSpan.ToArray(),
            observation_bytes = batch.ObservationBytes,
            observations = Convert.ToBase64String(batch.ObservationSpan),
            next_observations = Convert.ToBase64String(batch.NextObservationSpan),
        });

    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}
