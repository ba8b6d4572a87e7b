namespace ILGPU;

/// <summary>A position in a grid or a buffer; as an extent, its size.</summary>
public interface IIndex
{
    long Size { get; }
}

/// <summary>An index of 32-bit coordinates.</summary>
public interface IIntIndex : IIndex
{
    new int Size { get; }
}

/// <summary>A position on a line.</summary>
public readonly struct Index1D : IIntIndex, IEquatable<Index1D>
{
    public static readonly Index1D Invalid = new(-1);
    public static readonly Index1D Zero = new(0);
    public static readonly Index1D One = new(1);

    public Index1D(int x)
    {
        X = x;
    }

    public int X { get; }

    public readonly int Size => X;

    public readonly long LongSize => (long)X;

    readonly long IIndex.Size => LongSize;

    public readonly bool IsFirst => X == 0;

    public static implicit operator int(Index1D idx) => idx.X;

    public static implicit operator Index1D(int idx) => new(idx);

    public static Index1D operator +(Index1D first, Index1D second) => new(first.X + second.X);

    public static Index1D operator -(Index1D first, Index1D second) => new(first.X - second.X);

    public static Index1D operator *(Index1D first, Index1D second) => new(first.X * second.X);

    public static Index1D operator /(Index1D first, Index1D second) => new(first.X / second.X);

    public static bool operator ==(Index1D first, Index1D second) => first.X == second.X;

    public static bool operator !=(Index1D first, Index1D second) => !(first == second);

    public readonly bool InBounds(Index1D dimension) => X >= 0 && X < dimension.X;

    public readonly LongIndex1D ToLongIndex() => new(X);

    public readonly bool Equals(Index1D other) => this == other;

    public override readonly bool Equals(object? obj) => obj is Index1D other && this == other;

    public override readonly int GetHashCode() => HashCode.Combine(X);

    public override readonly string ToString() => X.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A position in a plane; X runs fastest.</summary>
public readonly struct Index2D : IIntIndex, IEquatable<Index2D>
{
    public static readonly Index2D Invalid = new(-1, -1);
    public static readonly Index2D Zero = new(0, 0);
    public static readonly Index2D One = new(1, 1);

    public Index2D(int x, int y)
    {
        X = x;
        Y = y;
    }

    public Index2D(int value)
        : this(value, value)
    {
    }

    public int X { get; }

    public int Y { get; }

    public readonly int Size => X * Y;

    public readonly long LongSize => (long)X * Y;

    readonly long IIndex.Size => LongSize;

    public readonly bool IsFirst => X == 0 && Y == 0;

    public static implicit operator Index2D((int X, int Y) values) => new(values.X, values.Y);

    public static Index2D operator +(Index2D first, Index2D second) => new(first.X + second.X, first.Y + second.Y);

    public static Index2D operator -(Index2D first, Index2D second) => new(first.X - second.X, first.Y - second.Y);

    public static Index2D operator *(Index2D first, Index2D second) => new(first.X * second.X, first.Y * second.Y);

    public static Index2D operator /(Index2D first, Index2D second) => new(first.X / second.X, first.Y / second.Y);

    public static bool operator ==(Index2D first, Index2D second) => first.X == second.X && first.Y == second.Y;

    public static bool operator !=(Index2D first, Index2D second) => !(first == second);

    public readonly bool InBounds(Index2D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y;

    public readonly LongIndex2D ToLongIndex() => new(X, Y);

    public readonly bool Equals(Index2D other) => this == other;

    public override readonly bool Equals(object? obj) => obj is Index2D other && this == other;

    public override readonly int GetHashCode() => HashCode.Combine(X, Y);

    public override readonly string ToString() => $"({X}, {Y})";
}

/// <summary>A position in a volume; X runs fastest.</summary>
public readonly struct Index3D : IIntIndex, IEquatable<Index3D>
{
    public static readonly Index3D Invalid = new(-1, -1, -1);
    public static readonly Index3D Zero = new(0, 0, 0);
    public static readonly Index3D One = new(1, 1, 1);

    public Index3D(int x, int y, int z)
    {
        X = x;
        Y = y;
        Z = z;
    }

    public Index3D(int value)
        : this(value, value, value)
    {
    }

    public int X { get; }

    public int Y { get; }

    public int Z { get; }

    public readonly int Size => X * Y * Z;

    public readonly long LongSize => (long)X * Y * Z;

    readonly long IIndex.Size => LongSize;

    public readonly bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public static implicit operator Index3D((int X, int Y, int Z) values) => new(values.X, values.Y, values.Z);

    public static Index3D operator +(Index3D first, Index3D second) => new(first.X + second.X, first.Y + second.Y, first.Z + second.Z);

    public static Index3D operator -(Index3D first, Index3D second) => new(first.X - second.X, first.Y - second.Y, first.Z - second.Z);

    public static Index3D operator *(Index3D first, Index3D second) => new(first.X * second.X, first.Y * second.Y, first.Z * second.Z);

    public static Index3D operator /(Index3D first, Index3D second) => new(first.X / second.X, first.Y / second.Y, first.Z / second.Z);

    public static bool operator ==(Index3D first, Index3D second) => first.X == second.X && first.Y == second.Y && first.Z == second.Z;

    public static bool operator !=(Index3D first, Index3D second) => !(first == second);

    public readonly bool InBounds(Index3D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    public readonly LongIndex3D ToLongIndex() => new(X, Y, Z);

    public readonly bool Equals(Index3D other) => this == other;

    public override readonly bool Equals(object? obj) => obj is Index3D other && this == other;

    public override readonly int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override readonly string ToString() => $"({X}, {Y}, {Z})";
}

/// <summary>A 64-bit position on a line.</summary>
public readonly struct LongIndex1D : IIndex, IEquatable<LongIndex1D>
{
    public static readonly LongIndex1D Invalid = new(-1);
    public static readonly LongIndex1D Zero = new(0);
    public static readonly LongIndex1D One = new(1);

    public LongIndex1D(long x)
    {
        X = x;
    }

    public long X { get; }

    public readonly long Size => X;

    public readonly bool IsFirst => X == 0;

    public static implicit operator long(LongIndex1D idx) => idx.X;

    public static implicit operator LongIndex1D(long idx) => new(idx);

    public static implicit operator LongIndex1D(Index1D index) => new(index.X);

    public static LongIndex1D operator +(LongIndex1D first, LongIndex1D second) => new(first.X + second.X);

    public static LongIndex1D operator -(LongIndex1D first, LongIndex1D second) => new(first.X - second.X);

    public static LongIndex1D operator *(LongIndex1D first, LongIndex1D second) => new(first.X * second.X);

    public static LongIndex1D operator /(LongIndex1D first, LongIndex1D second) => new(first.X / second.X);

    public static bool operator ==(LongIndex1D first, LongIndex1D second) => first.X == second.X;

    public static bool operator !=(LongIndex1D first, LongIndex1D second) => !(first == second);

    public readonly bool InBounds(LongIndex1D dimension) => X >= 0 && X < dimension.X;

    public readonly Index1D ToIntIndex() => new(checked((int)X));

    public readonly bool Equals(LongIndex1D other) => this == other;

    public override readonly bool Equals(object? obj) => obj is LongIndex1D other && this == other;

    public override readonly int GetHashCode() => HashCode.Combine(X);

    public override readonly string ToString() => X.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A 64-bit position in a plane.</summary>
public readonly struct LongIndex2D : IIndex, IEquatable<LongIndex2D>
{
    public static readonly LongIndex2D Invalid = new(-1, -1);
    public static readonly LongIndex2D Zero = new(0, 0);
    public static readonly LongIndex2D One = new(1, 1);

    public LongIndex2D(long x, long y)
    {
        X = x;
        Y = y;
    }

    public LongIndex2D(long value)
        : this(value, value)
    {
    }

    public long X { get; }

    public long Y { get; }

    public readonly long Size => X * Y;

    public readonly bool IsFirst => X == 0 && Y == 0;

    public static implicit operator LongIndex2D((long X, long Y) values) => new(values.X, values.Y);

    public static LongIndex2D operator +(LongIndex2D first, LongIndex2D second) => new(first.X + second.X, first.Y + second.Y);

    public static LongIndex2D operator -(LongIndex2D first, LongIndex2D second) => new(first.X - second.X, first.Y - second.Y);

    public static LongIndex2D operator *(LongIndex2D first, LongIndex2D second) => new(first.X * second.X, first.Y * second.Y);

    public static LongIndex2D operator /(LongIndex2D first, LongIndex2D second) => new(first.X / second.X, first.Y / second.Y);

    public static bool operator ==(LongIndex2D first, LongIndex2D second) => first.X == second.X && first.Y == second.Y;

    public static bool operator !=(LongIndex2D first, LongIndex2D second) => !(first == second);

    public readonly bool InBounds(LongIndex2D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y;

    public readonly Index2D ToIntIndex() => new(checked((int)X), checked((int)Y));

    public readonly bool Equals(LongIndex2D other) => this == other;

    public override readonly bool Equals(object? obj) => obj is LongIndex2D other && this == other;

    public override readonly int GetHashCode() => HashCode.Combine(X, Y);

    public override readonly string ToString() => $"({X}, {Y})";
}

/// <summary>A 64-bit position in a volume.</summary>
public readonly struct LongIndex3D : IIndex, IEquatable<LongIndex3D>
{
    public static readonly LongIndex3D Invalid = new(-1, -1, -1);
    public static readonly LongIndex3D Zero = new(0, 0, 0);
    public static readonly LongIndex3D One = new(1, 1, 1);

    public LongIndex3D(long x, long y, long z)
    {
        X = x;
        Y = y;
        Z = z;
    }

    public LongIndex3D(long value)
        : this(value, value, value)
    {
    }

    public long X { get; }

    public long Y { get; }

    public long Z { get; }

    public readonly long Size => X * Y * Z;

    public readonly bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public static implicit operator LongIndex3D((long X, long Y, long Z) values) => new(values.X, values.Y, values.Z);

    public static LongIndex3D operator +(LongIndex3D first, LongIndex3D second) => new(first.X + second.X, first.Y + second.Y, first.Z + second.Z);

    public static LongIndex3D operator -(LongIndex3D first, LongIndex3D second) => new(first.X - second.X, first.Y - second.Y, first.Z - second.Z);

    public static LongIndex3D operator *(LongIndex3D first, LongIndex3D second) => new(first.X * second.X, first.Y * second.Y, first.Z * second.Z);

    public static LongIndex3D operator /(LongIndex3D first, LongIndex3D second) => new(first.X / second.X, first.Y / second.Y, first.Z / second.Z);

    public static bool operator ==(LongIndex3D first, LongIndex3D second) => first.X == second.X && first.Y == second.Y && first.Z == second.Z;

    public static bool operator !=(LongIndex3D first, LongIndex3D second) => !(first == second);

    public readonly bool InBounds(LongIndex3D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    public readonly Index3D ToIntIndex() => new(checked((int)X), checked((int)Y), checked((int)Z));

    public readonly bool Equals(LongIndex3D other) => this == other;

    public override readonly bool Equals(object? obj) => obj is LongIndex3D other && this == other;

    public override readonly int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override readonly string ToString() => $"({X}, {Y}, {Z})";
}
