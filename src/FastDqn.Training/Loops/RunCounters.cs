using FastDqn.Core;

namespace FastDqn.Training.Loops;

/// <summary>
/// What a run has done so far and the sums since its last metrics row: everything a metrics row is made of.
/// </summary>
public sealed class RunCounters : IStateful
{
    private double _lossSum;
    private double _qSum;
    private double _targetSum;
    private double _gradientSum;
    private long _updatesSinceRow;
    private long _gradientsSinceRow;
    private double _returnSum;
    private double _lengthSum;
    private long _episodesSinceRow;

    /// <summary>Agent steps.</summary>
    public long Steps { get; private set; }

    /// <summary>Emulated frames.</summary>
    public long Frames { get; private set; }

    /// <summary>Updates of the network.</summary>
    public long Updates { get; private set; }

    /// <summary>Evaluations made.</summary>
    public long Evaluations { get; set; }

    /// <summary>
    /// Agent steps when the replay memory began to fill: 0, or where a run went on without the memory it had.
    /// </summary>
    public long FillStart { get; private set; }

    /// <summary>Updates made before <see cref="FillStart"/>.</summary>
    public long FillUpdates { get; private set; }

    /// <summary>Mean return of the last evaluation; NaN before the first.</summary>
    public double LastScore { get; set; } = double.NaN;

    public double MeanLoss => _updatesSinceRow == 0 ? double.NaN : _lossSum / _updatesSinceRow;

    public double MeanQ => _updatesSinceRow == 0 ? double.NaN : _qSum / _updatesSinceRow;

    /// <summary>Counts a step of all environments; one that only began an episode is none.</summary>
    public void AddSteps(Environments.StepResult step)
    {
        ArgumentNullException.ThrowIfNull(step);
        for (var i = 0; i < step.Count; i++)
        {
            if (step.EpisodeStart[i] != 0)
                continue;
            Steps++;
            Frames += step.Frames[i];
        }
    }

    /// <summary>The replay memory is empty now: warm-up and updates are counted from here.</summary>
    public void BeginFill() => (FillStart, FillUpdates) = (Steps, Updates);

    public void AddUpdates(in Learning.UpdateStats stats, long count = 1)
    {
        Updates += count;
        _updatesSinceRow++;
        _lossSum += stats.Loss;
        _qSum += stats.MeanQ;
        _targetSum += stats.TargetMean;
        if (!float.IsNaN(stats.GradientNorm))
        {
            _gradientSum += stats.GradientNorm;
            _gradientsSinceRow++;
        }
    }

    public void AddEpisode(in Acting.Episode episode)
    {
        _episodesSinceRow++;
        _returnSum += episode.Return;
        _lengthSum += episode.Length;
    }

    /// <summary>The metrics since the last row, by CleanRL's names; starts the next row.</summary>
    public List<KeyValuePair<string, double>> TakeRow()
    {
        var row = new List<KeyValuePair<string, double>>();
        if (_episodesSinceRow > 0)
        {
            row.Add(new("charts/episodic_return", _returnSum / _episodesSinceRow));
            row.Add(new("charts/episodic_length", _lengthSum / _episodesSinceRow));
        }

        if (_updatesSinceRow > 0)
        {
            row.Add(new("losses/td_loss", _lossSum / _updatesSinceRow));
            row.Add(new("losses/q_values", _qSum / _updatesSinceRow));
            row.Add(new("losses/target_mean", _targetSum / _updatesSinceRow));
        }

        if (_gradientsSinceRow > 0)
            row.Add(new("losses/gradient_norm", _gradientSum / _gradientsSinceRow));
        (_lossSum, _qSum, _targetSum, _gradientSum, _updatesSinceRow, _gradientsSinceRow) = (0, 0, 0, 0, 0, 0);
        (_returnSum, _lengthSum, _episodesSinceRow) = (0, 0, 0);
        return row;
    }

    public void Save(StateWriter writer)
    {
        writer.Section("counters", 2);
        ReadOnlySpan<long> counts =
            [Steps, Frames, Updates, Evaluations, _updatesSinceRow, _gradientsSinceRow, _episodesSinceRow];
        foreach (var count in counts)
            writer.WriteInt64(count);
        foreach (var sum in (ReadOnlySpan<double>)[LastScore, _lossSum, _qSum, _targetSum, _gradientSum, _returnSum, _lengthSum])
            writer.WriteDouble(sum);
        writer.WriteInt64(FillStart);
        writer.WriteInt64(FillUpdates);
    }

    public void Load(StateReader reader)
    {
        var version = reader.Section("counters", 2);
        var counts = new long[7];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = reader.ReadInt64();
            if (counts[i] < 0)
                throw new FastDqnException(ErrorKind.BadData, "bad state: a counter below zero");
        }

        (Steps, Frames, Updates, Evaluations, _updatesSinceRow, _gradientsSinceRow, _episodesSinceRow) =
            (counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]);
        (LastScore, _lossSum, _qSum) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
        (_targetSum, _gradientSum) = (reader.ReadDouble(), reader.ReadDouble());
        (_returnSum, _lengthSum) = (reader.ReadDouble(), reader.ReadDouble());
        (FillStart, FillUpdates) = version < 2 ? (0, 0) : (reader.ReadInt64(), reader.ReadInt64());
        if (FillStart < 0 || FillStart > Steps || FillUpdates < 0 || FillUpdates > Updates)
            throw new FastDqnException(ErrorKind.BadData, "bad state: a replay memory that began to fill after the last step");
    }
}
