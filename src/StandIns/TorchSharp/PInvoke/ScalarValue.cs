using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

/// <summary>A number by value, or none: native/torch/ths.h, <c>ScalarArg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ScalarValue(long bits, long kind)
{
    internal const long Absent = -1;
    internal const long Integer = 0;
    internal const long Floating = 1;
    internal const long Boolean = 2;

    internal readonly long Bits = bits;
    internal readonly long Kind = kind;

    internal static ScalarValue None => new(0, Absent);

    internal static ScalarValue Of(long? value) => value is { } number ? new(number, Integer) : None;

    internal static ScalarValue Of(double? value) =>
        value is { } number ? new(BitConverter.DoubleToInt64Bits(number), Floating) : None;

    internal double Double => Kind == Floating ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Long => Kind == Floating ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal bool Bool => Kind == Floating ? BitConverter.Int64BitsToDouble(Bits) != 0 : Bits != 0;
}
