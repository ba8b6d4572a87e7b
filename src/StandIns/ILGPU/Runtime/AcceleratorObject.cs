namespace ILGPU.Runtime;

/// <summary>What belongs to an accelerator.</summary>
public abstract class AcceleratorObject : ILGPU.Util.DisposeBase
{
    internal AcceleratorObject(Accelerator accelerator)
    {
        Accelerator = accelerator;
    }

    public Accelerator Accelerator { get; }

    protected abstract void DisposeAcceleratorObject(bool disposing);

    protected override void Dispose(bool disposing)
    {
        if (!IsDisposed)
            DisposeAcceleratorObject(disposing);
        base.Dispose(disposing);
    }
}
