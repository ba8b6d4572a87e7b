using System.Runtime.InteropServices;

namespace FastDqn.Core;

/// <summary>
/// Page-aligned, zeroed memory outside the managed heap: on huge pages where the system allows them, or a mapped
/// file for sizes beyond RAM. Its address never moves, so a device can register it once.
/// </summary>
public sealed unsafe class NativeRegion : SafeHandle
{
    /// <param name="bytes">Size; the caller has checked that the memory is there (<see cref="SystemMemory"/>).</param>
    /// <param name="file">A new file to map instead of memory; it is unlinked at once and lives as long as the
    /// region.</param>
    /// <param name="hugePages">Ask for huge pages; fewer TLB misses where samples lie anywhere.</param>
    public NativeRegion(long bytes, string? file = null, bool hugePages = true)
        : base(0, ownsHandle: true)
    {
        Native.EnsureLoaded();
        void* memory;
        Native.Check(Native.fdq_memory_map(bytes, file, hugePages ? 1 : 0, &memory));
        SetHandle((nint)memory);
        Length = bytes;
        GC.AddMemoryPressure(bytes);
    }

    public long Length { get; }

    public byte* Pointer => (byte*)handle;

    public nint Address => handle;

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Native.fdq_memory_unmap((void*)handle, Length);
        GC.RemoveMemoryPressure(Length);
        return true;
    }
}
