using System.Globalization;

namespace FastDqn.Core;

/// <summary>How much memory this process may still take, and how sizes are written for people.</summary>
public static class SystemMemory
{
    private static readonly List<MemoryPromise> Promises = [];

    /// <summary>
    /// Bytes that can be taken without swapping: the kernel's MemAvailable, or what is left under the control group's
    /// limit where that is less. <see cref="long.MaxValue"/> where neither can be read.
    /// </summary>
    public static long AvailableBytes => Math.Min(MemAvailable("/proc/meminfo"), ControlGroupLeft());

    /// <summary>
    /// Bytes promised in this process and not taken yet, which <see cref="AvailableBytes"/> still counts.
    /// </summary>
    public static long PromisedBytes
    {
        get
        {
            lock (Promises)
                return Promises.Sum(p => p.Outstanding);
        }
    }

    /// <summary>
    /// Refuses <paramref name="bytes"/> for <paramref name="what"/> with all figures when they are not available, those
    /// that this process promised before set aside.
    /// </summary>
    public static void Ensure(long bytes, string what, string remedy)
    {
        var (available, promised) = (AvailableBytes, PromisedBytes);
        if (bytes <= available - promised)
            return;
        var left = promised == 0 ? "" : $", {Format(promised)} of it promised to others in this process";
        throw new FastDqnException(
            ErrorKind.Usage, $"{what} takes {Format(bytes)} of memory and {Format(available)} is available{left}: {remedy}");
    }

    /// <summary>
    /// The same for memory that is taken little by little, as a replay fills: until the promise is disposed, what is
    /// not taken of it is nobody else's.
    /// </summary>
    /// <param name="bytes">How much in the end.</param>
    /// <param name="what">What for, in words.</param>
    /// <param name="remedy">What to do where it is too much.</param>
    /// <param name="taken">How much of it is taken by now; asked on any thread.</param>
    public static IDisposable Promise(long bytes, string what, string remedy, Func<long> taken)
    {
        ArgumentNullException.ThrowIfNull(taken);
        lock (Promises)
        {
            Ensure(bytes, what, remedy);
            var promise = new MemoryPromise(bytes, taken);
            Promises.Add(promise);
            return promise;
        }
    }

    /// <summary>Decimal units: 7.06 GB.</summary>
    public static string Format(long bytes)
    {
        var (value, unit) = bytes switch
        {
            >= 1_000_000_000_000 => (bytes / 1e12, "TB"),
            >= 1_000_000_000 => (bytes / 1e9, "GB"),
            >= 1_000_000 => (bytes / 1e6, "MB"),
            >= 1_000 => (bytes / 1e3, "kB"),
            _ => (bytes, "B"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {unit}");
    }

    private static long MemAvailable(string path)
    {
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                if (!line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                    continue;
                var digits = line.AsSpan(13).Trim();
                var space = digits.IndexOf(' ');
                if (long.TryParse(space < 0 ? digits : digits[..space], CultureInfo.InvariantCulture, out var kibibytes))
                    return kibibytes * 1024;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or a locked-down /proc: the limit is unknown.
        }

        return long.MaxValue;
    }

    private static long ControlGroupLeft()
    {
        var limit = ReadNumber("/sys/fs/cgroup/memory.max");
        var used = ReadNumber("/sys/fs/cgroup/memory.current");
        if (limit is null)
        {
            limit = ReadNumber("/sys/fs/cgroup/memory/memory.limit_in_bytes");
            used = ReadNumber("/sys/fs/cgroup/memory/memory.usage_in_bytes");
        }

        return limit is { } most && used is { } now
            ? Math.Max(0, most - Math.Max(0, now - ReclaimableCache()))
            : long.MaxValue;
    }

    // File pages that the kernel drops before it refuses memory count as used, though they are free to take.
    private static long ReclaimableCache()
    {
        try
        {
            const string Key = "inactive_file ";
            foreach (var line in File.ReadLines("/sys/fs/cgroup/memory.stat"))
                if (line.StartsWith(Key, StringComparison.Ordinal)
                    && long.TryParse(line.AsSpan(Key.Length), CultureInfo.InvariantCulture, out var bytes))
                    return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No such file outside control groups.
        }

        return 0;
    }

    // "max" and unreadable files are both no limit.
    private static long? ReadNumber(string path)
    {
        try
        {
            return long.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var value) ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed class MemoryPromise(long bytes, Func<long> taken) : IDisposable
    {
        public long Outstanding => Math.Max(0, bytes - taken());

        public void Dispose()
        {
            lock (Promises)
                Promises.Remove(this);
        }
    }
}
