using System.Globalization;

namespace FastDqn.Core;

/// <summary>
/// Processors that a thread may run on. Threads that native code starts have their starter's; .NET's own take them from
/// the process, so one that should stay with its starter is told (<see cref="Allow"/>).
/// </summary>
public static class Processors
{
    // 8,192 processors; the kernel takes a mask that is longer than its own.
    private const int MaskBytes = 1024;

    /// <summary>Those of the calling thread, by number; empty where the system does not tell.</summary>
    public static unsafe IReadOnlyList<int> Allowed
    {
        get
        {
            if (!OperatingSystem.IsLinux())
                return [];
            var mask = stackalloc byte[MaskBytes];
            new Span<byte>(mask, MaskBytes).Clear();
            if (Libc.sched_getaffinity(0, MaskBytes, mask) < 0)
                return [];
            List<int> allowed = [];
            for (var i = 0; i < 8 * MaskBytes; i++)
            {
                if ((mask[i / 8] & (1 << (i % 8))) != 0)
                    allowed.Add(i);
            }

            return allowed;
        }
    }

    /// <summary>
    /// The calling thread runs on these alone from now on; false: the system refuses, and nothing changes.
    /// </summary>
    public static unsafe bool Allow(IReadOnlyList<int> processors)
    {
        ArgumentNullException.ThrowIfNull(processors);
        if (!OperatingSystem.IsLinux() || processors.Count == 0)
            return false;
        var mask = stackalloc byte[MaskBytes];
        new Span<byte>(mask, MaskBytes).Clear();
        foreach (var processor in processors)
        {
            if (processor is < 0 or >= 8 * MaskBytes)
                return false;
            mask[processor / 8] |= (byte)(1 << (processor % 8));
        }

        return Libc.sched_setaffinity(0, MaskBytes, mask) == 0;
    }

    /// <summary>A list of the kernel's, "0-3,8"; null where it is none.</summary>
    public static IReadOnlyList<int>? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> all = [];
        foreach (var part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first)
                return null;
            for (var i = first; i <= last; i++)
                all.Add(i);
        }

        return all;

        static bool Number(string digits, out int number) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 8 * MaskBytes;
    }
}
