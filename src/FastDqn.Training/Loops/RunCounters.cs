using FastDqn.Core;

namespace FastDqn.Training.Loops;

/// <summary>
/// What a run has done so far and the sums since its last metrics row: everything a metrics row is made of.
/// </summary>
public sealed class RunCounters : IStateful
{
    private readonly List<(long Update, double Loss)> _losses = [];
    private double _lossSum;
    private double _qSum;
    private double _targetSum;
    private double _gradientSum;
    private long _updatesSinceRow;
    private long _gradientsSinceRow;
    private double _returnSum;
    private double _lengthSum;
    private long _episodesSinceRow;

    /// <summary>Updates from one loss that is kept to the next; 0: none is.</summary>
    public long LossEvery { get; init; }

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

    /// <summary>Episodes finished before <see cref="FillStart"/>.</summary>
    public long FillEpisodes { get; private set; }

    /// <summary>Agent steps when the warm-up ended; -1 before.</summary>
    public long LearningSteps { get; private set; } = -1;

    /// <summary>Episodes finished when the warm-up ended; -1 before.</summary>
    public long LearningEpisodes { get; private set; } = -1;

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
    /// <param name="episodes">Episodes finished so far.</param>
    public void BeginFill(long episodes = 0)
    {
        (FillStart, FillUpdates, FillEpisodes) = (Steps, Updates, episodes);
        (LearningSteps, LearningEpisodes) = (-1, -1);
    }

    /// <summary>The warm-up has ended.</summary>
    /// <param name="episodes">Episodes finished so far.</param>
    public void BeginLearning(long episodes) => (LearningSteps, LearningEpisodes) = (Steps, episodes);

    /// <summary>Counts updates.</summary>
    /// <param name="stats">Their figures.</param>
    /// <param name="count">How many they are.</param>
    public void AddUpdates(in Learning.UpdateStats stats, long count = 1)
    {
        CountUpdates(count);
        AddFigures(stats, Updates, count);
    }

    /// <summary>Counts updates whose figures come later (<see cref="AddFigures"/>).</summary>
    public void CountUpdates(long count) => Updates += count;

    /// <summary>Takes the figures of updates that are counted already.</summary>
    /// <param name="stats">The figures.</param>
    /// <param name="last">The number of the last of them.</param>
    /// <param name="count">How many they are.</param>
    public void AddFigures(in Learning.UpdateStats stats, long last, long count = 1)
    {
        if (LossEvery > 0 && last / LossEvery > (last - count) / LossEvery)
            _losses.Add((last, stats.Loss));
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

    /// <summary>Takes the losses kept since the last call, with the updates that they are of.</summary>
    public IReadOnlyList<(long Update, double Loss)> TakeLosses()
    {
        if (_losses.Count == 0)
            return [];
        (long, double)[] taken = [.. _losses];
        _losses.Clear();
        return taken;
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
        writer.Section("counters", 3);
        ReadOnlySpan<long> counts =
            [Steps, Frames, Updates, Evaluations, _updatesSinceRow, _gradientsSinceRow, _episodesSinceRow];
        foreach (var count in counts)
            writer.WriteInt64(count);
        foreach (var sum in (ReadOnlySpan<double>)[LastScore, _lossSum, _qSum, _targetSum, _gradientSum, _returnSum, _lengthSum])
            writer.WriteDouble(sum);
        writer.WriteInt64(FillStart);
        writer.WriteInt64(FillUpdates);
        writer.WriteInt64(FillEpisodes);
        writer.WriteInt64(LearningSteps);
        writer.WriteInt64(LearningEpisodes);
    }

    public void Load(StateReader reader)
    {
        var version = reader.Section("counters", 3);
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
        FillEpisodes = version < 3 ? 0 : reader.ReadInt64();
        (LearningSteps, LearningEpisodes) = version < 3 ? (-1, -1) : (reader.ReadInt64(), reader.ReadInt64());
        if (FillEpisodes < 0 || LearningSteps < -1 || LearningSteps > Steps || LearningEpisodes < -1)
            throw new FastDqnException(ErrorKind.BadData, "bad state: a warm-up that ended after the last step");
    }
}
