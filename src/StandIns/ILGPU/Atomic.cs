namespace ILGPU;

/// <summary>Atomic changes; each gives the value from before.</summary>
public static class Atomic
{
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    public static long Add(ref long target, long value) => Interlocked.Add(ref target, value) - value;

    public static uint Add(ref uint target, uint value) => Interlocked.Add(ref target, value) - value;

    public static ulong Add(ref ulong target, ulong value) => Interlocked.Add(ref target, value) - value;

    public static float Add(ref float target, float value)
    {
        for (var current = Volatile.Read(ref target); ;)
        {
            var seen = Interlocked.CompareExchange(ref target, current + value, current);
            if (seen.Equals(current))
                return seen;
            current = seen;
        }
    }

    public static double Add(ref double target, double value)
    {
        for (var current = Volatile.Read(ref target); ;)
        {
            var seen = Interlocked.CompareExchange(ref target, current + value, current);
            if (seen.Equals(current))
                return seen;
            current = seen;
        }
    }

    public static int Max(ref int target, int value)
    {
        var current = Volatile.Read(ref target);
        while (!(current >= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static long Max(ref long target, long value)
    {
        var current = Volatile.Read(ref target);
        while (!(current >= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static uint Max(ref uint target, uint value)
    {
        var current = Volatile.Read(ref target);
        while (!(current >= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static ulong Max(ref ulong target, ulong value)
    {
        var current = Volatile.Read(ref target);
        while (!(current >= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static int Min(ref int target, int value)
    {
        var current = Volatile.Read(ref target);
        while (!(current <= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static long Min(ref long target, long value)
    {
        var current = Volatile.Read(ref target);
        while (!(current <= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static uint Min(ref uint target, uint value)
    {
        var current = Volatile.Read(ref target);
        while (!(current <= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static ulong Min(ref ulong target, ulong value)
    {
        var current = Volatile.Read(ref target);
        while (!(current <= value))
        {
            var seen = Interlocked.CompareExchange(ref target, value, current);
            if (seen == current)
                break;
            current = seen;
        }

        return current;
    }

    public static int Exchange(ref int target, int value) => Interlocked.Exchange(ref target, value);

    public static long Exchange(ref long target, long value) => Interlocked.Exchange(ref target, value);

    public static uint Exchange(ref uint target, uint value) => Interlocked.Exchange(ref target, value);

    public static ulong Exchange(ref ulong target, ulong value) => Interlocked.Exchange(ref target, value);

    public static int CompareExchange(ref int target, int compare, int value) => Interlocked.CompareExchange(ref target, value, compare);

    public static long CompareExchange(ref long target, long compare, long value) => Interlocked.CompareExchange(ref target, value, compare);

    public static uint CompareExchange(ref uint target, uint compare, uint value) => Interlocked.CompareExchange(ref target, value, compare);

    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value) => Interlocked.CompareExchange(ref target, value, compare);
}
