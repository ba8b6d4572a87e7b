namespace FastDqn.Core;

/// <summary>
/// Registers host memory with a device's driver so that copies to and from it run asynchronously and at full speed.
/// </summary>
public interface IPinnedMemoryRegistrar
{
    /// <summary>
    /// Page-locks <paramref name="bytes"/> bytes from the page-aligned <paramref name="address"/>; disposing the
    /// result undoes it and must happen before the memory is freed.
    /// </summary>
    IDisposable Register(nint address, long bytes);
}
