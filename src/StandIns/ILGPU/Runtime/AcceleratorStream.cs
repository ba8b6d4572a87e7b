using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace ILGPU.Runtime;

/// <summary>
/// A queue of launches and copies. They run one after the other, off the caller's thread; streams run beside each other.
/// A failure comes out of the next <see cref="Synchronize"/>.
/// </summary>
public abstract class AcceleratorStream : AcceleratorObject
{
    private readonly Queue<Action> _queue = new();
    private bool _running;
    private ExceptionDispatchInfo? _failure;

    internal AcceleratorStream(Accelerator accelerator)
        : base(accelerator)
    {
    }

    /// <summary>Waits until all that was queued is done.</summary>
    public abstract void Synchronize();

    public Task SynchronizeAsync() => Task.Run(Synchronize);

    internal void Enqueue(Action work)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        lock (_queue)
        {
            _queue.Enqueue(work);
            if (_running)
                return;
            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static stream => stream.Run(), this, preferLocal: false);
    }

    internal void Wait()
    {
        lock (_queue)
        {
            while (_running)
                Monitor.Wait(_queue);
            var failure = _failure;
            _failure = null;
            failure?.Throw();
        }
    }

    // A kernel over an extent: pieces of the line of all indices, X fastest, one piece at a time a worker.
    internal void Launch<TIndex>(TIndex extent, Action<TIndex> body)
        where TIndex : struct, IIndex
    {
        var size = extent.Size;
        ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(extent));
        if (size == 0)
            return;
        var workers = Accelerator.NumMultiprocessors;
        Enqueue(() =>
        {
            var pieces = Math.Min(size, workers == 1 ? 1 : 4L * workers);
            if (pieces == 1)
            {
                RunPiece(extent, body, 0, size);
                return;
            }

            var options = new ParallelOptions { MaxDegreeOfParallelism = workers };
            Parallel.For(0, pieces, options, piece => RunPiece(extent, body, size * piece / pieces, size * (piece + 1) / pieces));
        });
    }

    private static void RunPiece<TIndex>(TIndex extent, Action<TIndex> body, long from, long to)
        where TIndex : struct, IIndex
    {
        for (var i = from; i < to; i++)
            body(At(extent, i));
    }

    // The JIT keeps the one branch that the type selects.
    private static TIndex At<TIndex>(TIndex extent, long i)
        where TIndex : struct, IIndex
    {
        if (typeof(TIndex) == typeof(Index1D))
            return Unsafe.BitCast<Index1D, TIndex>(new Index1D((int)i));
        if (typeof(TIndex) == typeof(LongIndex1D))
            return Unsafe.BitCast<LongIndex1D, TIndex>(new LongIndex1D(i));
        if (typeof(TIndex) == typeof(Index2D))
        {
            var size = Unsafe.BitCast<TIndex, Index2D>(extent);
            return Unsafe.BitCast<Index2D, TIndex>(new Index2D((int)(i % size.X), (int)(i / size.X)));
        }

        if (typeof(TIndex) == typeof(Index3D))
        {
            var size = Unsafe.BitCast<TIndex, Index3D>(extent);
            var plane = i / size.X;
            return Unsafe.BitCast<Index3D, TIndex>(new Index3D((int)(i % size.X), (int)(plane % size.Y), (int)(plane / size.Y)));
        }

        if (typeof(TIndex) == typeof(LongIndex2D))
        {
            var size = Unsafe.BitCast<TIndex, LongIndex2D>(extent);
            return Unsafe.BitCast<LongIndex2D, TIndex>(new LongIndex2D(i % size.X, i / size.X));
        }

        var volume = Unsafe.BitCast<TIndex, LongIndex3D>(extent);
        return Unsafe.BitCast<LongIndex3D, TIndex>(new LongIndex3D(i % volume.X, i / volume.X % volume.Y, i / volume.X / volume.Y));
    }

    private void Run()
    {
        while (true)
        {
            Action? work;
            lock (_queue)
            {
                if (!_queue.TryDequeue(out work))
                {
                    _running = false;
                    Monitor.PulseAll(_queue);
                    return;
                }
            }

            try
            {
                work();
            }
            catch (Exception e)
            {
                lock (_queue)
                {
                    var cause = e is AggregateException { InnerExceptions.Count: 1 } one ? one.InnerException! : e;
                    _failure ??= ExceptionDispatchInfo.Capture(cause);
                    // What follows was meant to see this one's results.
                    _queue.Clear();
                }
            }
        }
    }
}
