namespace FastDqn.Tests;

/// <summary>What code allocates on the managed heap.</summary>
internal static class Allocations
{
    /// <summary>
    /// The least of three goes, in bytes of this thread. A collection that another test causes closes the piece of heap
    /// that this thread allocates from and counts the rest of it, up to 8 KiB, as allocated; that does not come thrice.
    /// </summary>
    public static long Of(Action<int> go)
    {
        ArgumentNullException.ThrowIfNull(go);
        var least = long.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            go(i);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
