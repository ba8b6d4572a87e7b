using FastDqn.Core;

namespace FastDqn.Sweeps.Samplers;

/// <summary>
/// CMA-ES over [0, 1]^d with default settings (Hansen 2016, "The CMA evolution strategy: a tutorial",
/// arXiv:1604.00772; equation numbers below are the tutorial's), including the negative weights of the
/// active covariance update.
/// </summary>
public sealed class CmaEs
{
    private const double MaxCondition = 1e14;

    private readonly int _d;
    private readonly double[] _weights;
    private readonly double _muEff;
    private readonly double _cSigma;
    private readonly double _dSigma;
    private readonly double _cC;
    private readonly double _c1;
    private readonly double _cMu;
    private readonly double _chi;
    private readonly double[] _pSigma;
    private readonly double[] _pC;
    private double[,] _covariance;
    private double[,] _basis;
    private double[] _scale;

    public CmaEs(double[] mean, double sigma, int population = 0)
    {
        _d = mean.Length;
        Mean = [.. mean];
        Sigma = sigma;
        Population = population >= 2 ? population : 4 + (int)Math.Floor(3 * Math.Log(_d));
        var mu = Population / 2;
        // (49): raw weights, positive for the better half.
        var raw = Enumerable.Range(1, Population).Select(i => Math.Log((Population + 1) / 2.0) - Math.Log(i)).ToArray();
        _muEff = Square(raw.Take(mu).Sum()) / raw.Take(mu).Sum(w => w * w);
        var muEffMinus = Square(raw.Skip(mu).Sum()) / raw.Skip(mu).Sum(w => w * w);
        _c1 = 2 / (Square(_d + 1.3) + _muEff); // (57)
        _cMu = Math.Min(1 - _c1, 2 * ((0.25 + _muEff + (1 / _muEff) - 2) / (Square(_d + 2) + _muEff))); // (58)
        // (50)-(53): scale of the negative weights that keeps the covariance positive definite.
        var negative = Math.Min(1 + (_c1 / _cMu), Math.Min(1 + (2 * muEffMinus / (_muEff + 2)), (1 - _c1 - _cMu) / (_d * _cMu)));
        var positiveSum = raw.Where(w => w > 0).Sum();
        var negativeSum = -raw.Where(w => w < 0).Sum();
        _weights = [.. raw.Select(w => w >= 0 ? w / positiveSum : negativeSum > 0 ? w * Math.Max(negative, 0) / negativeSum : 0)];
        _cSigma = (_muEff + 2) / (_d + _muEff + 5); // (55)
        _dSigma = 1 + (2 * Math.Max(0, Math.Sqrt((_muEff - 1) / (_d + 1)) - 1)) + _cSigma;
        _cC = (4 + (_muEff / _d)) / (_d + 4 + (2 * _muEff / _d)); // (56)
        _chi = Math.Sqrt(_d) * (1 - (1.0 / (4 * _d)) + (1.0 / (21.0 * _d * _d)));
        _pSigma = new double[_d];
        _pC = new double[_d];
        _covariance = Identity(_d);
        _basis = Identity(_d);
        _scale = [.. Enumerable.Repeat(1.0, _d)];
    }

    public int Population { get; }

    public int Generation { get; private set; }

    public double[] Mean { get; private set; }

    public double Sigma { get; private set; }

    /// <summary>Draws a point inside [0, 1]^d: again while it lies outside, at the bound after 100 tries.</summary>
    public double[] Sample(RandomStream random)
    {
        for (var i = 0; ; i++)
        {
            var x = Draw(random);
            if (x.All(v => v is >= 0 and <= 1))
                return x;
            if (i == 100)
                return [.. x.Select(v => Math.Clamp(v, 0, 1))];
        }
    }

    /// <summary>One generation's points, best first; exactly <see cref="Population"/> of them.</summary>
    public void Tell(IReadOnlyList<double[]> ranked)
    {
        if (ranked.Count != Population)
            throw new ArgumentException($"a generation has {Population} points, not {ranked.Count}", nameof(ranked));
        Generation++;
        var y = ranked.Select(x => x.Select((v, i) => (v - Mean[i]) / Sigma).ToArray()).ToArray();
        var step = new double[_d];
        for (var k = 0; k < Population / 2; k++)
            for (var i = 0; i < _d; i++)
                step[i] += _weights[k] * y[k][i];
        Mean = [.. Mean.Select((m, i) => m + (Sigma * step[i]))]; // (42)
        var whitened = Whiten(step);
        for (var i = 0; i < _d; i++)
            _pSigma[i] = ((1 - _cSigma) * _pSigma[i]) + (Math.Sqrt(_cSigma * (2 - _cSigma) * _muEff) * whitened[i]); // (43)
        var length = Math.Sqrt(_pSigma.Sum(v => v * v));
        // (h_sigma): no rank-one update while the step path is long.
        var bound = (1.4 + (2.0 / (_d + 1))) * _chi * Math.Sqrt(1 - Math.Pow(1 - _cSigma, 2.0 * (Generation + 1)));
        var h = length < bound ? 1.0 : 0.0;
        for (var i = 0; i < _d; i++)
            _pC[i] = ((1 - _cC) * _pC[i]) + (h * Math.Sqrt(_cC * (2 - _cC) * _muEff) * step[i]); // (45)
        UpdateCovariance(y, h);
        Sigma *= Math.Exp(_cSigma / _dSigma * ((length / _chi) - 1)); // (44)
        Sigma = Math.Clamp(Sigma, 1e-12, 1e4);
        Decompose();
    }

    private static double Square(double x) => x * x;

    private static double[,] Identity(int d)
    {
        var identity = new double[d, d];
        for (var i = 0; i < d; i++)
            identity[i, i] = 1;
        return identity;
    }

    private void UpdateCovariance(double[][] y, double h)
    {
        var next = new double[_d, _d];
        // (46), (47)
        var keep = 1 + (_c1 * (1 - h) * _cC * (2 - _cC)) - _c1 - (_cMu * _weights.Sum());
        for (var i = 0; i < _d; i++)
            for (var j = 0; j < _d; j++)
                next[i, j] = (keep * _covariance[i, j]) + (_c1 * _pC[i] * _pC[j]);
        for (var k = 0; k < Population; k++)
        {
            var weight = _weights[k];
            if (weight < 0)
                weight *= _d / (Whiten(y[k]).Sum(v => v * v) + 1e-8);
            for (var i = 0; i < _d; i++)
                for (var j = 0; j < _d; j++)
                    next[i, j] += _cMu * weight * y[k][i] * y[k][j];
        }

        _covariance = next;
    }

    private double[] Draw(RandomStream random)
    {
        var z = new double[_d];
        for (var i = 0; i < _d; i++)
            z[i] = _scale[i] * random.NextGaussian();
        var x = new double[_d];
        for (var i = 0; i < _d; i++)
        {
            for (var j = 0; j < _d; j++)
                x[i] += _basis[i, j] * z[j];
            x[i] = Mean[i] + (Sigma * x[i]);
        }

        return x;
    }

    // C^(-1/2) v = B D^-1 B^T v
    private double[] Whiten(double[] v)
    {
        var rotated = new double[_d];
        for (var j = 0; j < _d; j++)
        {
            for (var i = 0; i < _d; i++)
                rotated[j] += _basis[i, j] * v[i];
            rotated[j] /= _scale[j];
        }

        var result = new double[_d];
        for (var i = 0; i < _d; i++)
            for (var j = 0; j < _d; j++)
                result[i] += _basis[i, j] * rotated[j];
        return result;
    }

    // Jacobi rotations: exact enough and short; d is the number of swept parameters.
    private void Decompose()
    {
        var a = new double[_d, _d];
        for (var i = 0; i < _d; i++)
            for (var j = 0; j < _d; j++)
                a[i, j] = (_covariance[i, j] + _covariance[j, i]) / 2;
        var v = Identity(_d);
        for (var sweep = 0; sweep < 60; sweep++)
        {
            double off = 0, diagonal = 0;
            for (var p = 0; p < _d; p++)
            {
                diagonal += Square(a[p, p]);
                for (var q = p + 1; q < _d; q++)
                    off += Square(a[p, q]);
            }

            if (off <= 1e-28 * diagonal)
                break;
            for (var p = 0; p < _d; p++)
                for (var q = p + 1; q < _d; q++)
                    Rotate(a, v, p, q);
        }

        var largest = Enumerable.Range(0, _d).Max(i => a[i, i]);
        var floor = Math.Max(largest, 1e-300) / MaxCondition;
        _basis = v;
        _scale = [.. Enumerable.Range(0, _d).Select(i => Math.Sqrt(Math.Max(a[i, i], floor)))];
    }

    private void Rotate(double[,] a, double[,] v, int p, int q)
    {
        if (Math.Abs(a[p, q]) < 1e-300)
            return;
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var c = 1 / Math.Sqrt((t * t) + 1);
        var s = t * c;
        for (var k = 0; k < _d; k++)
            (a[k, p], a[k, q]) = ((c * a[k, p]) - (s * a[k, q]), (s * a[k, p]) + (c * a[k, q]));
        for (var k = 0; k < _d; k++)
            (a[p, k], a[q, k]) = ((c * a[p, k]) - (s * a[q, k]), (s * a[p, k]) + (c * a[q, k]));
        for (var k = 0; k < _d; k++)
            (v[k, p], v[k, q]) = ((c * v[k, p]) - (s * v[k, q]), (s * v[k, p]) + (c * v[k, q]));
    }
}
