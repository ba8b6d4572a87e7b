using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Sweeps.Space;

namespace FastDqn.Sweeps.Samplers;

/// <summary>
/// A mixture of product kernels over the parameters of one group, one kernel an observation and one for the prior
/// (multivariate TPE: Falkner et al. 2018; settings as in Optuna's multivariate TPE). Numbers use normal
/// distributions cut to the range, on the logarithmic scale where the parameter has one, and give each value of
/// a step its interval's mass; choices use a smoothed categorical distribution.
/// </summary>
internal sealed class ParzenEstimator
{
    private const double PriorWeight = 1.0;
    private const double BaseBandwidth = 0.2;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly double[] _weights;
    private readonly double[] _logWeights;

    // Kernel k, parameter p: mean and width of a number; for choices the index, and the weights in _choiceLog.
    private readonly double[,] _mean;
    private readonly double[,] _sigma;
    private readonly double[,] _logNormal;
    private readonly double[][] _choiceHit;

    /// <param name="parameters">The group's parameters.</param>
    /// <param name="points">The observations, oldest first, as <see cref="ToPoint"/> gives them.</param>
    public ParzenEstimator(IReadOnlyList<Parameter> parameters, IReadOnlyList<double[]> points)
    {
        _parameters = parameters;
        var kernels = points.Count + 1;
        _weights = Weights(points.Count);
        _logWeights = [.. _weights.Select(w => Math.Log(w))];
        _mean = new double[kernels, parameters.Count];
        _sigma = new double[kernels, parameters.Count];
        _logNormal = new double[kernels, parameters.Count];
        _choiceHit = new double[parameters.Count][];
        var scott = BaseBandwidth * Math.Pow(Math.Max(points.Count, 1), -1.0 / (parameters.Count + 4));
        for (var p = 0; p < parameters.Count; p++)
        {
            if (parameters[p].Domain is not NumberDomain number)
            {
                FillChoice(p, points, ((ChoiceDomain)parameters[p].Domain).Choices.Count);
                continue;
            }

            var (low, high) = (number.Low, number.High);
            var range = high - low;
            // The kernels stay at least this wide, so that one value seen often does not become a spike.
            var narrowest = range / Math.Min(100.0, 1.0 + kernels);
            for (var k = 0; k < kernels; k++)
            {
                var isPrior = k == points.Count;
                _mean[k, p] = isPrior ? (low + high) / 2 : points[k][p];
                _sigma[k, p] = range <= 0 ? 1 : isPrior ? range : Math.Clamp(scott * range, narrowest, range);
                _logNormal[k, p] = range <= 0
                    ? 0
                    : NormalDistribution.LogMass((low - _mean[k, p]) / _sigma[k, p], (high - _mean[k, p]) / _sigma[k, p]);
            }
        }
    }

    /// <summary>Values on the samplers' scale: the (logarithm of the) number, or the index of the choice.</summary>
    public static double[] ToPoint(IReadOnlyList<Parameter> parameters, Assignment assignment) =>
        [.. parameters.Select(p => p.Domain is NumberDomain number
            ? number.ToScale(assignment[p.Name].Number)
            : ((ChoiceDomain)p.Domain).IndexOf(assignment[p.Name]))];

    public static ParameterValue ToValue(Parameter parameter, double x) =>
        parameter.Domain is NumberDomain number ? number.FromScale(x) : ((ChoiceDomain)parameter.Domain).Choices[(int)x];

    /// <summary>Draws a point: a kernel by weight, then each parameter from it.</summary>
    public double[] Sample(RandomStream random)
    {
        var kernel = Pick(_weights, random.NextDouble());
        var point = new double[_parameters.Count];
        for (var p = 0; p < point.Length; p++)
        {
            if (_parameters[p].Domain is NumberDomain number)
            {
                var x = number.High <= number.Low ? number.Low
                    : NormalDistribution.Truncated(_mean[kernel, p], _sigma[kernel, p], number.Low, number.High, random.NextDouble());
                point[p] = number.ToScale(number.FromScale(x).Number);
            }
            else
            {
                var choices = ((ChoiceDomain)_parameters[p].Domain).Choices.Count;
                point[p] = Pick([.. Enumerable.Range(0, choices).Select(c => Math.Exp(LogChoice(kernel, p, c)))], random.NextDouble());
            }
        }

        return point;
    }

    /// <summary>The logarithm of the density (of the mass, for stepped numbers and choices) at a point.</summary>
    public double LogDensity(double[] point)
    {
        var largest = double.NegativeInfinity;
        var logs = new double[_weights.Length];
        for (var k = 0; k < logs.Length; k++)
        {
            var sum = _logWeights[k];
            for (var p = 0; p < point.Length; p++)
                sum += LogKernel(k, p, point[p]);
            logs[k] = sum;
            largest = Math.Max(largest, sum);
        }

        return double.IsNegativeInfinity(largest) ? largest : largest + Math.Log(logs.Sum(l => Math.Exp(l - largest)));
    }

    // Bergstra et al. 2013: beyond 25 observations the oldest fade linearly from 1/n.
    private static double[] Weights(int count)
    {
        var weights = new double[count + 1];
        const int flat = 25;
        for (var i = 0; i < count; i++)
        {
            var faded = count - flat;
            weights[i] = i >= faded ? 1 : faded == 1 ? 1.0 / count : (1.0 / count) + ((1 - (1.0 / count)) * i / (faded - 1));
        }

        weights[count] = PriorWeight;
        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    private static int Pick(double[] weights, double uniform)
    {
        var left = uniform * weights.Sum();
        for (var i = 0; i < weights.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
                return i;
        }

        return weights.Length - 1;
    }

    private void FillChoice(int p, IReadOnlyList<double[]> points, int choices)
    {
        // Kernel k: 1 + w at its own choice and w elsewhere, w = prior weight / kernels; the prior is uniform.
        var smoothing = PriorWeight / (points.Count + 1);
        _choiceHit[p] =
        [
            Math.Log((1 + smoothing) / (1 + (smoothing * choices))), Math.Log(smoothing / (1 + (smoothing * choices))), -Math.Log(choices),
        ];
        for (var k = 0; k <= points.Count; k++)
            _mean[k, p] = k == points.Count ? -1 : points[k][p];
    }

    private double LogChoice(int k, int p, int choice) =>
        _choiceHit[p][_mean[k, p] < 0 ? 2 : (int)_mean[k, p] == choice ? 0 : 1];

    private double LogKernel(int k, int p, double x)
    {
        if (_parameters[p].Domain is not NumberDomain number)
            return LogChoice(k, p, (int)x);
        if (number.High <= number.Low)
            return 0;
        var (mean, sigma) = (_mean[k, p], _sigma[k, p]);
        if (number.Step is null)
        {
            var z = (x - mean) / sigma;
            return (-z * z / 2) - Math.Log(sigma * Math.Sqrt(2 * Math.PI)) - _logNormal[k, p];
        }

        var value = number.Log ? Math.Exp(x) : x;
        var from = number.Log ? Math.Log(value - number.HalfStep) : value - number.HalfStep;
        var to = number.Log ? Math.Log(value + number.HalfStep) : value + number.HalfStep;
        return NormalDistribution.LogMass((from - mean) / sigma, (to - mean) / sigma) - _logNormal[k, p];
    }
}
