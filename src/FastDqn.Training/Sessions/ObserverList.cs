using FastDqn.Learning;
using FastDqn.Training.Acting;
using FastDqn.Training.Evaluation;

namespace FastDqn.Training.Sessions;

/// <summary>Tells all who watch.</summary>
internal sealed class ObserverList : ITrainObserver
{
    private readonly List<ITrainObserver> _observers = [];

    public void Add(ITrainObserver observer) => _observers.Add(observer);

    public void Attached(ITrainControl control) => _observers.ForEach(o => o.Attached(control));

    public void Started(string runDirectory, long length, IReadOnlyList<string> facts) =>
        _observers.ForEach(o => o.Started(runDirectory, length, facts));

    public void Progress(in TrainProgress progress)
    {
        foreach (var observer in _observers)
            observer.Progress(progress);
    }

    public void EpisodeEnded(in Episode episode, in TrainProgress progress)
    {
        foreach (var observer in _observers)
            observer.EpisodeEnded(episode, progress);
    }

    public void Updated(long number, in UpdateStats stats)
    {
        foreach (var observer in _observers)
            observer.Updated(number, stats);
    }

    public void Evaluated(long step, EvalResult result, bool random) => _observers.ForEach(o => o.Evaluated(step, result, random));

    public void CheckpointWritten(long step, string folder) => _observers.ForEach(o => o.CheckpointWritten(step, folder));

    public void Message(string text) => _observers.ForEach(o => o.Message(text));

    public void Warning(string text) => _observers.ForEach(o => o.Warning(text));
}
