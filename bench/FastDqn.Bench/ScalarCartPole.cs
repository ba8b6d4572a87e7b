using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.CartPole;

namespace FastDqn.Bench;

/// <summary>
/// The environments suite's peer: Gymnasium's CartPole-v1 as one writes it down, one object per environment, libm's
/// sine and cosine. It does all that <see cref="CartPoleEnvironment"/> does: observation, reward, ends,
/// next-step autoreset.
/// </summary>
internal sealed class ScalarCartPole(RandomStream random)
{
    private double _x, _xDot, _theta, _thetaDot;
    private int _steps;
    private bool _over = true;

    public unsafe void Step(int index, int action, nint frame, StepResult result)
    {
        var start = _over;
        if (start)
            Begin();
        else
            Move(action == 1 ? CartPoleDynamics.Force : -CartPoleDynamics.Force);
        var terminated = !start && (Math.Abs(_x) > CartPoleDynamics.PositionLimit || Math.Abs(_theta) > CartPoleDynamics.AngleLimit);
        var truncated = !start && ++_steps >= 500 && !terminated;
        _over = terminated || truncated;
        result.Rewards[index] = start ? 0 : 1;
        result.Terminated[index] = terminated ? (byte)1 : (byte)0;
        result.Truncated[index] = truncated ? (byte)1 : (byte)0;
        result.LifeLost[index] = 0;
        result.EpisodeStart[index] = start ? (byte)1 : (byte)0;
        result.Lives[index] = 0;
        result.Frames[index] = start ? 0 : 1;
        var observation = (float*)frame;
        (observation[0], observation[1], observation[2], observation[3]) = ((float)_x, (float)_xDot, (float)_theta, (float)_thetaDot);
    }

    private void Begin()
    {
        (_x, _xDot, _theta, _thetaDot) = (Draw(), Draw(), Draw(), Draw());
        _steps = 0;
    }

    private double Draw() => (random.NextDouble() - 0.5) / 10;

    private void Move(double force)
    {
        var (sin, cos) = (Math.Sin(_theta), Math.Cos(_theta));
        var temp = (force + (CartPoleDynamics.PoleMassLength * _thetaDot * _thetaDot * sin)) / CartPoleDynamics.TotalMass;
        var thetaAcceleration = ((CartPoleDynamics.Gravity * sin) - (cos * temp))
            / (CartPoleDynamics.HalfLength * ((4.0 / 3.0) - (CartPoleDynamics.PoleMass * cos * cos / CartPoleDynamics.TotalMass)));
        var acceleration = temp - (CartPoleDynamics.PoleMassLength * thetaAcceleration * cos / CartPoleDynamics.TotalMass);
        _x += CartPoleDynamics.Tau * _xDot;
        _xDot += CartPoleDynamics.Tau * acceleration;
        _theta += CartPoleDynamics.Tau * _thetaDot;
        _thetaDot += CartPoleDynamics.Tau * thetaAcceleration;
    }
}
