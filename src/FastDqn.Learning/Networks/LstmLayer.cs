using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Networks;

/// <summary>
/// An LSTM (Hochreiter and Schmidhuber 1997) with the parameters of <c>torch.nn.LSTM</c>, over sequences whose rows lie
/// step after step. A state is (B, 2 hidden): the output and the cell state.
/// </summary>
internal sealed class LstmLayer
{
    private const string Name = "lstm";
    private readonly int _inputs;
    private readonly int _hidden;
    private readonly int _weight;
    private readonly int _recurrent;
    private readonly int _bias;
    private readonly int _recurrentBias;
    private readonly int[] _trained;

    public LstmLayer(NetworkBuilder builder, int inputs, int hidden)
    {
        (_inputs, _hidden) = (inputs, hidden);
        var initializer = Initializers.Uniform(1 / Math.Sqrt(hidden));
        _weight = builder.Layout.Add($"{Name}.weight_ih_l0", [4 * hidden, inputs], initializer);
        _recurrent = builder.Layout.Add($"{Name}.weight_hh_l0", [4 * hidden, hidden], initializer);
        _bias = builder.Layout.Add($"{Name}.bias_ih_l0", [4 * hidden], initializer);
        _recurrentBias = builder.Layout.Add($"{Name}.bias_hh_l0", [4 * hidden], initializer);
        _trained = [_weight, _recurrent, _bias, _recurrentBias];
        builder.Rows.Add(Name, "lstm, last action and reward", [hidden], 4L * hidden * (inputs + hidden));
    }

    /// <summary>The outputs of all steps (T B, hidden), and the state after the last.</summary>
    /// <param name="parameters">The network's.</param>
    /// <param name="x">(T B, inputs).</param>
    /// <param name="state">Before the first step; no gradient goes there.</param>
    /// <param name="starts">(T B), not 0 where a step begins an episode, from zeros; null: none does.</param>
    /// <param name="pass">How it is run.</param>
    public (Tensor Y, Tensor State) Unroll(ParameterSet parameters, Tensor x, Tensor state, Tensor? starts, in Pass pass)
    {
        if (pass.Pool is not { } pool)
            return ByTorch(parameters, x, state, starts);
        var run = new Run(this, pass.Rows(x), state, starts);
        run.Forward(parameters, pool);
        pass.Tape?.Add(run, parameters, run.X, run.Y);
        return (run.Y, run.State);
    }

    private (Tensor Y, Tensor State) ByTorch(ParameterSet parameters, Tensor x, Tensor state, Tensor? starts)
    {
        var (batch, steps) = (state.size(0), x.size(0) / state.size(0));
        var sums = functional.linear(x, parameters[_weight], parameters[_bias]).view(steps, batch, 4 * _hidden);
        var (h, c) = (state.narrow(1, 0, _hidden), state.narrow(1, _hidden, _hidden));
        var kept = starts?.eq(Numbers.Zero).to(ScalarType.Float32).view(steps, batch, 1);
        var outputs = new Tensor[steps];
        for (var step = 0; step < steps; step++)
        {
            if (kept is not null)
            {
                var keeps = kept.select(0, step);
                (h, c) = (h * keeps, c * keeps);
            }

            var gates = sums.select(0, step).Plus(functional.linear(h, parameters[_recurrent], parameters[_recurrentBias]));
            var parts = gates.chunk(4, 1);
            c = (parts[1].sigmoid() * c).Plus(parts[0].sigmoid() * parts[2].tanh());
            h = parts[3].sigmoid() * c.tanh();
            outputs[step] = h;
        }

        return (cat(outputs), cat([h, c], 1).detach());
    }

    /// <summary>One pass over sequences on our kernels, as an entry of a tape.</summary>
    private sealed class Run : IKernelLayer
    {
        private readonly LstmLayer _layer;
        private readonly Tensor? _starts;
        private readonly KernelPool.Recurrence _shape;
        private readonly Tensor _gates;
        private readonly Tensor _before;
        private readonly Tensor _cellsBefore;
        private readonly Tensor _cells;

        public Run(LstmLayer layer, Tensor x, Tensor state, Tensor? starts)
        {
            var (rows, batch, hidden) = (x.size(0), state.size(0), layer._hidden);
            (_layer, X, State, _starts) = (layer, x, state.clone(), starts);
            _shape = new() { Steps = rows / batch, Batch = batch, Hidden = hidden };
            _gates = Layer.Empty(rows, 4 * hidden);
            (_before, _cellsBefore) = (Layer.Empty(rows, hidden), Layer.Empty(rows, hidden));
            (_cells, Y) = (Layer.Empty(rows, hidden), Layer.Empty(rows, hidden));
        }

        public Tensor X { get; }

        public Tensor Y { get; }

        public Tensor State { get; }

        public void Forward(ParameterSet parameters, KernelPool pool)
        {
            pool.Linear(Dense(_layer._inputs), X, parameters.Data(_layer._weight), parameters.Data(_layer._bias), _gates);
            pool.Lstm(
                _shape, parameters.Data(_layer._recurrent), parameters.Data(_layer._recurrentBias), _starts, State, _gates, _before,
                _cellsBefore, _cells, Y);
        }

        public ReadOnlySpan<int> Trained => _layer._trained;

        public void Backward(in Tape.Entry entry, KernelPool pool, Tensor dy, Tensor? dx)
        {
            var (p, layer) = (entry.Parameters!, _layer);
            pool.LstmBack(_shape, p.Data(layer._recurrent), _starts, _gates, _cellsBefore, _cells, dy);
            pool.LinearBack(
                Dense(layer._hidden), _before, p.Data(layer._recurrent), Y, _gates, null, p.GradientData(layer._recurrent),
                p.GradientData(layer._recurrentBias));
            pool.LinearBack(
                Dense(layer._inputs), X, p.Data(layer._weight), Y, _gates, dx, p.GradientData(layer._weight), p.GradientData(layer._bias));
        }

        private KernelPool.Dense Dense(int inputs) =>
            new() { Rows = X.size(0), Inputs = inputs, Outputs = 4 * _layer._hidden, Scale = 1 };
    }
}
