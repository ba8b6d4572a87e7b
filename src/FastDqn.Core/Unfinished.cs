namespace FastDqn.Core;

/// <summary>
/// What a constructor has made so far. Nobody can dispose an object whose constructor threw, so unless it gets as far
/// as <see cref="Keep"/>, what it made is released here, last first.
/// </summary>
public sealed class Unfinished : IDisposable
{
    private readonly Stack<IDisposable> _made = new();

    /// <summary>Minds <paramref name="made"/>, if it is anything, and gives it back.</summary>
    public T Add<T>(T made)
        where T : IDisposable?
    {
        if (made is not null)
            _made.Push(made);
        return made;
    }

    /// <summary>The object is whole and minds its parts itself from here on.</summary>
    public void Keep() => _made.Clear();

    public void Dispose()
    {
        while (_made.TryPop(out var made))
            made.Dispose();
    }
}
