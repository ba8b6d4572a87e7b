using System.Runtime.ExceptionServices;

namespace FastDqn.Pixels;

/// <summary>
/// What an object holds, given back newest first. All of it is given back even where one part throws; the first
/// failure is thrown then.
/// </summary>
internal sealed class Owned : IDisposable
{
    private readonly Stack<IDisposable> _parts = new();

    public T Add<T>(T part)
        where T : IDisposable
    {
        _parts.Push(part);
        return part;
    }

    public void Dispose()
    {
        Exception? first = null;
        while (_parts.TryPop(out var part))
        {
            try
            {
                part.Dispose();
            }
            catch (Exception e)
            {
                first ??= e;
            }
        }

        if (first is not null)
            ExceptionDispatchInfo.Throw(first);
    }
}
