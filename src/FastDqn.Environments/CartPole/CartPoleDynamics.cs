using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastDqn.Environments.CartPole;

/// <summary>
/// The cart and pole of Barto, Sutton and Anderson (1983) with Gymnasium's constants: metres, radians, seconds,
/// newtons, explicit Euler. Everything is computed in double in Gymnasium's order of operations, four poles at once.
/// </summary>
public static class CartPoleDynamics
{
    public const double Gravity = 9.8;
    public const double PoleMass = 0.1;
    public const double TotalMass = 1.1;
    public const double HalfLength = 0.5;
    public const double PoleMassLength = 0.05;
    public const double Force = 10.0;
    public const double Tau = 0.02;

    /// <summary>An episode ends where |x| is beyond this.</summary>
    public const double PositionLimit = 2.4;

    /// <summary>An episode ends where |theta| is beyond this: 12 degrees, in Gymnasium's arithmetic.</summary>
    public const double AngleLimit = 12 * 2 * Math.PI / 360;

    /// <summary>
    /// One step of four poles, in place. <paramref name="force"/> is +-<see cref="Force"/>. Returns a mask of the poles
    /// whose episode is over. Valid for |theta| up to 0.3.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Step(
        ref Vector256<double> x,
        ref Vector256<double> xDot,
        ref Vector256<double> theta,
        ref Vector256<double> thetaDot,
        Vector256<double> force)
    {
        var (sin, cos) = SinCos(theta);
        var temp = (force + (PoleMassLength * (thetaDot * thetaDot) * sin)) / Vector256.Create(TotalMass);
        var thetaAcceleration = ((Gravity * sin) - (cos * temp))
            / (HalfLength * (Vector256.Create(4.0 / 3.0) - (PoleMass * (cos * cos) / Vector256.Create(TotalMass))));
        var acceleration = temp - (PoleMassLength * thetaAcceleration * cos / Vector256.Create(TotalMass));
        x += Tau * xDot;
        xDot += Tau * acceleration;
        theta += Tau * thetaDot;
        thetaDot += Tau * thetaAcceleration;
        return Vector256.GreaterThan(Vector256.Abs(x), Vector256.Create(PositionLimit))
            | Vector256.GreaterThan(Vector256.Abs(theta), Vector256.Create(AngleLimit));
    }

    /// <summary>
    /// Sine and cosine for |x| up to 0.3 by their Taylor series: the terms after the first are below 0.045 of it, so
    /// the error stays under 0.55 units in the last place, as libm's does. The rounding of the two differs now and then
    /// in the last bit of a double, far below what an observation in float32 shows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<double> Sin, Vector256<double> Cos) SinCos(Vector256<double> x)
    {
        var square = x * x;
        var sin = Vector256.Create(-1.0 / 39916800);
        sin = (sin * square) + Vector256.Create(1.0 / 362880);
        sin = (sin * square) + Vector256.Create(-1.0 / 5040);
        sin = (sin * square) + Vector256.Create(1.0 / 120);
        sin = (sin * square) + Vector256.Create(-1.0 / 6);
        sin = x + (x * square * sin);

        var cos = Vector256.Create(1.0 / 479001600);
        cos = (cos * square) + Vector256.Create(-1.0 / 3628800);
        cos = (cos * square) + Vector256.Create(1.0 / 40320);
        cos = (cos * square) + Vector256.Create(-1.0 / 720);
        cos = (cos * square) + Vector256.Create(1.0 / 24);
        // 1 - x^2/2 loses a part of the last place; `rest` gives it back together with the higher terms.
        var half = 0.5 * square;
        var near = Vector256<double>.One - half;
        var rest = (Vector256<double>.One - near) - half;
        cos = near + (rest + (square * square * cos));
        return (sin, cos);
    }
}
