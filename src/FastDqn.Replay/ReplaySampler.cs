using System.Runtime.ExceptionServices;
using FastDqn.Core;

namespace FastDqn.Replay;

/// <summary>
/// Prefetches minibatches. <see cref="Enqueue"/> draws at once, from the ring as it is at that moment, and a thread of
/// its own copies the observations while the caller goes on; <see cref="Take"/> hands the batches out in the order
/// drawn. What is in a batch depends on when it was drawn and on nothing else, so the bytes are the same with and
/// without the thread, whatever the timing. Calls come from the thread that owns the ring unless they say otherwise.
/// </summary>
public sealed class ReplaySampler : IStateful, IDisposable
{
    private readonly ReplayRing _ring;
    private readonly ReplayBatch[] _batches;
    private readonly Action<ReplayBatch> _copy;
    private readonly Thread? _thread;
    private readonly bool _onDevice;
    private readonly IReadOnlyList<int> _processors = Processors.Allowed;
    private readonly object _lock = new();
    private long _drawn;   // batches drawn so far; batch i lies in _batches[i % length]
    private long _copied;  // of which copied; guarded by _lock
    private long _taken;   // of which handed out
    private long _used;    // of which the learner said so
    private bool _stop;
    private ExceptionDispatchInfo? _failure; // what ended the thread; guarded by _lock

    /// <param name="ring">Drawn from; outlives the sampler.</param>
    /// <param name="batchSize">B.</param>
    /// <param name="depth">Batches that can be drawn ahead of the one in use.</param>
    /// <param name="background">False copies at once, on the caller's thread.</param>
    /// <param name="registrar">Page-locks the batches where a device is.</param>
    /// <param name="onDevice">
    /// Nothing is copied here: the learner makes the observations of frames that its device holds, and says when it has
    /// (<see cref="Used"/>).
    /// </param>
    public ReplaySampler(
        ReplayRing ring, int batchSize, int depth = 2, bool background = true, IPinnedMemoryRegistrar? registrar = null,
        bool onDevice = false)
        : this(ring, batchSize, depth, background, registrar, copy: null, onDevice)
    {
    }

    /// <summary>The same with another way to copy a drawn batch's observations; null: the ring's.</summary>
    internal ReplaySampler(
        ReplayRing ring, int batchSize, int depth, bool background, IPinnedMemoryRegistrar? registrar, Action<ReplayBatch>? copy,
        bool onDevice = false)
    {
        ArgumentNullException.ThrowIfNull(ring);
        if (depth is < 1 or > 64)
            throw new FastDqnException(ErrorKind.Usage, $"replay: {depth} batches ahead; 1 to 64 are possible");
        using var made = new Unfinished();
        (_ring, _copy, _onDevice) = (ring, copy ?? ring.Copy, onDevice);
        // One more than can wait: the batch in the caller's hands.
        _batches = new ReplayBatch[depth + 1];
        for (var i = 0; i < _batches.Length; i++)
            _batches[i] = made.Add(new ReplayBatch(batchSize, ring.Options, registrar, onDevice));
        if (background && !onDevice)
        {
            _thread = new Thread(CopyLoop) { IsBackground = true, Name = "replay sampler" };
            _thread.Start();
        }

        if (background)
            ring.WaitForCopies += WaitForCopies;

        made.Keep();
    }

    /// <summary>Batches drawn and not yet taken.</summary>
    public int Pending => (int)(_drawn - _taken);

    /// <summary>The most that <see cref="Pending"/> can be.</summary>
    public int Depth => _batches.Length - 1;

    /// <summary>Draws the next batch from the ring as it is now.</summary>
    /// <param name="beta">Exponent of the importance weights, 0..1.</param>
    public void Enqueue(double beta = 0)
    {
        if (Pending == Depth)
            throw new FastDqnException($"replay: {Depth} batches are drawn already; take one first");
        var batch = _batches[_drawn % _batches.Length];
        _ring.Draw(batch, beta);
        var atOnce = _thread is null && !_onDevice;
        if (atOnce)
            _copy(batch);
        lock (_lock)
        {
            _drawn++;
            if (atOnce)
                _copied++;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>
    /// The oldest drawn batch, once its copy is done. Several taken in a row stay valid until the next
    /// <see cref="Enqueue"/>; the last of them until the one after the next <see cref="Take"/>. May be called from a
    /// learner's thread while the owner appends to the ring.
    /// </summary>
    public ReplayBatch Take()
    {
        if (Pending == 0)
            throw new FastDqnException("replay: no batch is drawn (Enqueue)");
        if (!_onDevice)
            WaitUntilCopied(_taken + 1);
        return _batches[_taken++ % _batches.Length];
    }

    /// <summary>
    /// The learner has made the observations of the oldest batch that it had not told of. May be called from its
    /// thread.
    /// </summary>
    public void Used()
    {
        lock (_lock)
        {
            _copied = Math.Max(_copied, ++_used);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Nothing more will be used: whoever waits for that fails in the same way.</summary>
    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= ExceptionDispatchInfo.Capture(failure);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Saves the batches drawn and not yet taken. The ring saves itself, its generator included.</summary>
    public void Save(StateWriter writer)
    {
        Finish();
        writer.Section("replay-sampler", 1);
        writer.WriteInt32(_batches[0].Size);
        writer.WriteInt32(Pending);
        for (var i = _taken; i < _drawn; i++)
            _batches[i % _batches.Length].Save(writer);
    }

    public void Load(StateReader reader)
    {
        Finish();
        reader.Section("replay-sampler", 1);
        var size = reader.ReadInt32();
        var pending = reader.ReadInt32();
        if (size != _batches[0].Size || pending < 0 || pending > Depth)
            throw new FastDqnException(
                ErrorKind.BadData,
                $"bad state: {pending} batches of {size} are saved; this sampler holds {Depth} of {_batches[0].Size}");
        lock (_lock)
        {
            _taken = _used = 0;
            for (var i = 0; i < pending; i++)
                _batches[i].Load(reader);
            _drawn = _copied = pending;
        }
    }

    public void Dispose()
    {
        if (_thread is not null)
        {
            lock (_lock)
            {
                _stop = true;
                Monitor.PulseAll(_lock);
            }

            _thread.Join();
        }

        _ring.WaitForCopies -= WaitForCopies;

        foreach (var batch in _batches)
            batch.Dispose();
    }

    // Every batch that waits holds its observations.
    private void Finish()
    {
        if (!_onDevice)
        {
            WaitUntilCopied(_drawn);
            return;
        }

        for (var i = _taken; i < _drawn; i++)
            if (_batches[i % _batches.Length] is { Drawn: true } batch)
                _ring.Copy(batch);
    }

    private void CopyLoop()
    {
        _ = Processors.Allow(_processors);
        lock (_lock)
        {
            while (true)
            {
                while (_copied == _drawn && !_stop)
                    Monitor.Wait(_lock);
                if (_stop)
                    return;
                var batch = _batches[_copied % _batches.Length];
                Monitor.Exit(_lock);
                ExceptionDispatchInfo? failure = null;
                try
                {
                    _copy(batch);
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }

                Monitor.Enter(_lock);
                if (failure is null)
                    _copied++;
                else
                    _failure = failure;
                Monitor.PulseAll(_lock);
                if (failure is not null)
                    return;
            }
        }
    }

    private void WaitUntilCopied(long count)
    {
        lock (_lock)
        {
            while (_copied < count && _failure is null)
                Monitor.Wait(_lock);
            if (_copied < count)
                _failure!.Throw();
        }
    }

    // The ring is about to reuse frames that batches drawn before `step` may still need.
    private void WaitForCopies(long step)
    {
        lock (_lock)
        {
            while (_copied < _drawn && _batches[_copied % _batches.Length].Horizon < step)
            {
                _failure?.Throw();
                Monitor.Wait(_lock);
            }
        }
    }
}
