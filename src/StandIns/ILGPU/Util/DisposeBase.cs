namespace ILGPU.Util;

/// <summary>Disposes once.</summary>
public abstract class DisposeBase : IDisposable
{
    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => IsDisposed = true;
}
