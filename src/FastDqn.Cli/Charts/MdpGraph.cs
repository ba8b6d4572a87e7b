using System.Globalization;
using FastDqn.Core;
using FastDqn.Environments.Mdp;
using FastDqn.Media;

namespace FastDqn.Cli.Charts;

/// <summary>
/// A Markov decision process as a graph: states as circles, each possible action as a dot beside its state, an arrow to
/// every next state with its probability and, where there is one, its reward.
/// </summary>
internal sealed class MdpGraph
{
    /// <summary>More would not be readable.</summary>
    public const int MostStates = 24;

    private const double StateRadius = 28, ActionRadius = 7, ActionDistance = 96, Margin = 150, Separation = 58;
    private const int CurvePoints = 24, Spreads = 60;

    // Okabe and Ito's, as charts have them.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999933"];

    private readonly MarkovDecisionProcess _process;
    private readonly SvgCanvas _canvas;

    // Drawn over the arrows and their texts.
    private readonly List<(Point At, string Name, string Colour)> _dots = [];
    private readonly Point _middle;
    private readonly Point[] _states;

    private readonly record struct Point(double X, double Y)
    {
        public double Length => Math.Sqrt((X * X) + (Y * Y));

        public static Point operator +(Point a, Point b) => new(a.X + b.X, a.Y + b.Y);

        public static Point operator -(Point a, Point b) => new(a.X - b.X, a.Y - b.Y);

        public static Point operator *(Point a, double by) => new(a.X * by, a.Y * by);

        public static Point At(double degrees, double distance) =>
            new(Math.Cos(degrees * Math.PI / 180) * distance, Math.Sin(degrees * Math.PI / 180) * distance);
    }

    private MdpGraph(MarkovDecisionProcess process)
    {
        _process = process;
        var count = process.States.Count;
        var ring = count == 1 ? 0 : Math.Max(175, count * 46.0);
        var around = Enumerable.Range(0, count).Select(i => Point.At(-90 + (360.0 * i / count), ring)).ToArray();
        _middle = new Point(Margin - around.Min(p => p.X), Margin - around.Min(p => p.Y));
        _states = [.. around.Select(p => _middle + p)];
        _canvas = new SvgCanvas(_states.Max(p => p.X) + Margin, _states.Max(p => p.Y) + Margin);
    }

    /// <summary>The SVG document.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Usage"/>: too many states.</exception>
    public static string Render(MarkovDecisionProcess process)
    {
        if (process.States.Count > MostStates)
            throw new FastDqnException(
                ErrorKind.Usage, $"--draw: {process.States.Count} states are too many for a picture; {MostStates} are possible");
        var graph = new MdpGraph(process);
        for (var state = 0; state < process.States.Count; state++)
            graph.DrawActions(state);
        foreach (var (at, name, colour) in graph._dots)
            graph._canvas.Dot(at.X, at.Y, ActionRadius, colour, title: name);

        for (var state = 0; state < process.States.Count; state++)
            graph.DrawState(state);
        return graph._canvas.ToString();
    }

    private void DrawState(int state)
    {
        var at = _states[state];
        _canvas.Dot(at.X, at.Y, StateRadius, SvgCanvas.Ink, hollow: true, title: _process.States[state]);
        _canvas.Text(at.X, at.Y + 5, _process.States[state], "middle", 15);
    }

    private void DrawActions(int state)
    {
        var possible = Enumerable.Range(0, _process.Actions.Count).Where(action => _process.IsPossible(state, action)).ToArray();
        var angles = Spread([.. possible.Select(action => Preferred(state, action))]);
        for (var i = 0; i < possible.Length; i++)
        {
            var (action, colour) = (possible[i], Colours[possible[i] % Colours.Length]);
            var dot = _states[state] + Point.At(angles[i], ActionDistance);
            _canvas.Line(_states[state].X, _states[state].Y, dot.X, dot.Y, colour, 2);
            for (var next = 0; next < _process.States.Count; next++)
            {
                if (_process.Probabilities(state, action)[next] > 0)
                    DrawArrow(state, action, next, dot, colour);
            }

            _dots.Add((dot, _process.Actions[action], colour));
            var name = _states[state] + Point.At(angles[i], ActionDistance + 20);
            Label(name, _process.Actions[action], colour);
        }
    }

    private void DrawArrow(int state, int action, int next, Point dot, string colour)
    {
        var target = _states[next];
        var straight = target - dot;
        // An arrow back to its own state bends away from the line between the two.
        var bend = next == state ? 62 : 0.16 * straight.Length;
        var control = dot + (straight * 0.5) + (new Point(-straight.Y, straight.X) * (bend / straight.Length));
        var into = target - control;
        var end = target - (into * (StateRadius / into.Length));
        Point Curve(double t) => (dot * ((1 - t) * (1 - t))) + (control * (2 * t * (1 - t))) + (end * (t * t));
        _canvas.Path(Enumerable.Range(0, CurvePoints + 1).Select(i => Curve((double)i / CurvePoints)).Select(p => (p.X, p.Y)), colour, 1.4);
        var direction = (end - control) * (1 / (end - control).Length);
        var across = new Point(-direction.Y, direction.X);
        var back = end - (direction * 10);
        var (left, right) = (back + (across * 4.5), back - (across * 4.5));
        _canvas.Area([(end.X, end.Y), (left.X, left.Y), (right.X, right.Y)], colour, 1);
        var (probability, reward) = (_process.Probabilities(state, action)[next], _process.Rewards(state, action)[next]);
        var text = probability.ToString("0.###", CultureInfo.InvariantCulture);
        if (reward != 0)
            text += reward.ToString(" (+0.###); (-0.###)", CultureInfo.InvariantCulture);
        // Beside a short arrow, on a long one.
        var beside = next == state ? (control - ((dot + end) * 0.5)) * (20 / bend) : new Point(0, 0);
        Label(Curve(0.5) + beside, text, reward > 0 ? Colours[2] : reward < 0 ? SvgCanvas.Warm : "");
    }

    private void Label(Point at, string text, string colour)
    {
        var width = (text.Length * 6.8) + 4;
        _canvas.Bar(at.X - (width / 2), at.Y - 8, width, 15, "white", 0.85);
        _canvas.Text(at.X, at.Y + 4, text, "middle", 12, colour);
    }

    /// <summary>Towards where the action leads; away from the middle where it leads nowhere else.</summary>
    private double Preferred(int state, int action)
    {
        var goal = new Point(0, 0);
        var probabilities = _process.Probabilities(state, action);
        for (var next = 0; next < probabilities.Length; next++)
            goal += (_states[next] - _states[state]) * probabilities[next];
        if (goal.Length < 1)
            goal = _states[state] - _middle;
        return goal.Length < 1e-9 ? -90 : Math.Atan2(goal.Y, goal.X) * 180 / Math.PI;
    }

    /// <summary>Moves angles apart that lie too close together.</summary>
    private static double[] Spread(double[] angles)
    {
        var order = Enumerable.Range(0, angles.Length).OrderBy(i => angles[i]).ToArray();
        var apart = Math.Min(Separation, 360.0 / Math.Max(1, angles.Length));
        for (var round = 0; round < Spreads && angles.Length > 1; round++)
        {
            for (var i = 0; i < order.Length; i++)
            {
                var (a, b) = (order[i], order[(i + 1) % order.Length]);
                var gap = angles[b] - angles[a] + (i + 1 == order.Length ? 360 : 0);
                if (gap >= apart)
                    continue;
                angles[a] -= (apart - gap) / 2;
                angles[b] += (apart - gap) / 2;
            }
        }

        return angles;
    }
}
