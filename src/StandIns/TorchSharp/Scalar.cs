using TorchSharp.PInvoke;

namespace TorchSharp;

/// <summary>A number with a type: what the operations take beside tensors.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly ScalarValue Value;

    private readonly torch.ScalarType _type;

    private Scalar(ScalarValue value, torch.ScalarType type)
    {
        Value = value;
        _type = type;
    }

    /// <summary>Int64, Float64 or Bool, as in libtorch: scalars have no narrower types.</summary>
    public torch.ScalarType Type => _type;

    public static implicit operator Scalar(byte value) => OfInteger(value);

    public static implicit operator Scalar(sbyte value) => OfInteger(value);

    public static implicit operator Scalar(short value) => OfInteger(value);

    public static implicit operator Scalar(int value) => OfInteger(value);

    public static implicit operator Scalar(long value) => OfInteger(value);

    public static implicit operator Scalar(Half value) => OfReal((double)value);

    public static implicit operator Scalar(float value) => OfReal(value);

    public static implicit operator Scalar(double value) => OfReal(value);

    public static implicit operator Scalar(bool value) =>
        new(new ScalarValue(value ? 1 : 0, ScalarValue.Boolean), torch.ScalarType.Bool);

    /// <summary>Nothing is held: a scalar is a value.</summary>
    public void Dispose()
    {
    }

    internal static Scalar Of(ScalarValue value) => new(value, value.Kind switch
    {
        ScalarValue.Floating => torch.ScalarType.Float64,
        ScalarValue.Boolean => torch.ScalarType.Bool,
        _ => torch.ScalarType.Int64,
    });

    internal static ScalarValue ValueOrAbsent(Scalar? scalar) => scalar is null ? ScalarValue.None : scalar.Value;

    private static Scalar OfInteger(long value) => new(new ScalarValue(value, ScalarValue.Integer), torch.ScalarType.Int64);

    private static Scalar OfReal(double value) => new(ScalarValue.Of((double?)value), torch.ScalarType.Float64);
}

/// <summary>Conversions between scalars and numbers.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;

    public static Scalar ToScalar(this sbyte value) => value;

    public static Scalar ToScalar(this short value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this bool value) => value;

    public static Scalar ToScalar(this Half value) => value;

    public static Half ToHalf(this Scalar value) => (Half)value.Value.Double;

    public static float ToSingle(this Scalar value) => (float)value.Value.Double;

    public static double ToDouble(this Scalar value) => value.Value.Double;

    public static sbyte ToSByte(this Scalar value) => (sbyte)value.Value.Long;

    public static byte ToByte(this Scalar value) => (byte)value.Value.Long;

    public static short ToInt16(this Scalar value) => (short)value.Value.Long;

    public static int ToInt32(this Scalar value) => (int)value.Value.Long;

    public static long ToInt64(this Scalar value) => value.Value.Long;

    public static bool ToBoolean(this Scalar value) => value.Value.Bool;
}
