using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FastDqn.Learning.Networks;

/// <summary>
/// The architecture of a Q-network: body, then head. It holds no numbers; run it with any <see cref="ParameterSet"/>
/// made from <see cref="Layout"/>. N is 1, the atoms, the quantiles or the sampled fractions.
/// </summary>
internal sealed class QNetwork
{
    /// <summary>What signed input has 0 at.</summary>
    private const double Middle = 128;

    private readonly IReadOnlyList<Layer> _body;
    private readonly bool _shifts;
    private readonly ConvolutionChain? _chain;
    private readonly HeadStreams? _head;
    private readonly OwnHead? _own;
    private readonly LinearLayer? _embedding;
    private readonly LstmLayer? _lstm;
    private readonly SelfPredictionLayers? _prediction;
    private readonly RenormalizeLayer? _renormalize;
    private readonly int _features;
    private Tensor? _frequencies;

    /// <param name="spec">Body and head.</param>
    /// <param name="input">What is seen.</param>
    /// <param name="actions">How many there are.</param>
    /// <param name="channelsLast">How images and their parameters lie.</param>
    public QNetwork(AlgorithmSpec spec, NetworkInput input, int actions, bool channelsLast = true)
    {
        if (actions is <= 0 or > 65536)
            throw new FastDqnException(ErrorKind.Usage, $"{actions} actions: a Q-network needs 1 to 65536");
        input.Validate();
        spec.Validate();
        if (spec.Head.Rule.Length > 0 && spec.HeadRule is null)
            throw new FastDqnException(ErrorKind.Usage, $"head.rule {spec.Head.Rule} is a class of your own, which was not given");
        Spec = spec;
        Input = input;
        Actions = actions;
        var builder = new NetworkBuilder(spec, input, channelsLast);
        HeadHasHidden = spec.Head.Dueling || spec.Head.Noisy || spec.Head.Kind == HeadKind.ImplicitQuantile;
        (_body, _features) = builder.Body(trunkOnly: HeadHasHidden);
        BodyMultiplyAdds = builder.Rows.MultiplyAdds;
        BodyParameters = builder.Layout.Parameters.Count;
        var featureRow = builder.Rows.Last;
        _shifts = input.Kind == ObservationKind.UInt8 && spec.Body.Input == InputRange.Signed;
        // A chain reads the bytes as they are.
        _chain = _shifts ? null : ConvolutionChain.Of(_body, input);
        if (spec.Body.Lstm is > 0 and var hidden)
        {
            _lstm = new LstmLayer(builder, _features + actions + 1, hidden);
            _features = hidden;
            BodyMultiplyAdds = builder.Rows.MultiplyAdds;
            BodyParameters = builder.Layout.Parameters.Count;
        }

        if (spec.Head.Kind == HeadKind.ImplicitQuantile)
        {
            var weight = builder.Layout.Add(
                "quantile_embedding.weight",
                [_features, spec.Head.CosineEmbedding],
                Initializers.Weight(builder.Init, Math.Sqrt(2)));
            var bias = builder.Layout.Add(
                "quantile_embedding.bias", [_features], Initializers.Bias(builder.Init, spec.Head.CosineEmbedding));
            _embedding = new LinearLayer(weight, bias, spec.Head.CosineEmbedding, _features);
            _ = _embedding.TryAddRelu();
            AddEmbeddingRows(builder.Rows);
        }

        Outputs = spec.Head.Kind switch
        {
            HeadKind.Categorical => spec.Head.Atoms,
            HeadKind.Quantile => spec.Head.Quantiles,
            _ => 1,
        };
        if (spec.HeadRule is { } rule)
            _own = new OwnHead(builder, rule, spec.Head.Rule, _features, actions);
        else
            _head = new HeadStreams(builder, spec.Head, _features, actions, Outputs, HeadHasHidden);
        if (spec.Head.Activation != ActivationKind.None)
            builder.Rows.Add("output", spec.Head.Activation.ToString(), [actions]);
        Layout = builder.Layout;
        Noise = builder.Noise;
        MultiplyAdds = builder.Rows.MultiplyAdds;
        HeadMultiplyAdds = (MultiplyAdds - BodyMultiplyAdds) / builder.Rows.Times;
        if (spec.SelfPrediction is { Steps: > 0 } prediction)
        {
            ProjectionMultiplyAdds = (long)_features * _head!.Projected;
            _prediction = new SelfPredictionLayers(builder, builder.Map, actions, _head!.Projected, prediction.BatchNorm, featureRow);
            _renormalize = spec.Body.Renormalize ? new RenormalizeLayer() : null;
            PredictionMultiplyAdds = builder.Rows.MultiplyAdds - MultiplyAdds;
        }

        Rows = builder.Rows.Counted();
    }

    public AlgorithmSpec Spec { get; }

    public NetworkInput Input { get; }

    public int Actions { get; }

    /// <summary>Numbers an action that the last layer gives (1 for IQN, which gives one a sampled fraction).</summary>
    public int Outputs { get; }

    /// <summary>Numbers of a recurrent network's state; 0: it is not recurrent.</summary>
    public int StateSize => 2 * Spec.Body.Lstm;

    public ParameterLayout Layout { get; }

    /// <summary>
    /// The head has hidden layers of its own; beside convolutions they take the place of the body's last.
    /// </summary>
    public bool HeadHasHidden { get; }

    /// <summary>How many of the layout's parameters, the first ones, are the body's.</summary>
    public int BodyParameters { get; }

    /// <summary>Whether a parameter is the body's or the transition model's, not the head's or the
    /// predictor's.</summary>
    public bool IsOfBody(int parameter) => parameter < BodyParameters
        || (_prediction is { TransitionParameters: var (from, to) } && parameter >= from && parameter < to);

    /// <summary>The layers as people read them.</summary>
    public IReadOnlyList<NetworkRow> Rows { get; }

    /// <summary>Products with weights of a pass over one observation.</summary>
    public long MultiplyAdds { get; }

    /// <summary>Those of a projection of the features.</summary>
    public long ProjectionMultiplyAdds { get; }

    /// <summary>Those of a predicted step, without its projection.</summary>
    public long PredictionMultiplyAdds { get; }

    /// <summary>Products with weights of the body's pass over one observation.</summary>
    public long BodyMultiplyAdds { get; }

    /// <summary>Those of the head's, for one fraction where it takes fractions.</summary>
    public long HeadMultiplyAdds { get; }

    public IReadOnlyList<(int Inputs, int Outputs)> Noise { get; }

    /// <summary>Makes what all passes share before any: on a GPU later ones run on several streams.</summary>
    public void Prepare(Device device)
    {
        if (Spec.Head.Kind == HeadKind.ImplicitQuantile)
            _ = Frequencies(device);
    }

    /// <summary>(B, observation) of the input's element type to (B, features).</summary>
    public Tensor Features(ParameterSet parameters, Tensor observations, in Pass pass)
    {
        if (Spec.Body.IsFlat)
            return Run(observations.view(observations.size(0), Input.Elements).to(ScalarType.Float32), pass);
        var planes = Input.Shape.Count == 4 ? observations.flatten(1, 2) : observations;
        return _chain is not null && ConvolutionChain.Serves(pass, planes)
            ? Layer.Run(_chain.After, parameters, _chain.Forward(parameters, planes, pass.Pool!), pass)
            : Run(Images(planes, pass.Pool, parameters.FactorType), pass);

        Tensor Run(Tensor x, in Pass pass)
        {
            // Before the first layer, so that its zeros around the images are zeros of what is seen.
            if (_shifts)
                x.Add(Numbers.Of(-Middle));
            return Layer.Run(_body, parameters, x, pass);
        }
    }

    /// <summary>
    /// A recurrent network's features of sequences, step after step: (T B, body's features) to (T B, features), and the
    /// state after the last step.
    /// </summary>
    /// <param name="parameters">To be run with.</param>
    /// <param name="features">The body's.</param>
    /// <param name="last">(T B, actions + 1): <see cref="LastOf"/>.</param>
    /// <param name="state">(B, <see cref="StateSize"/>) before the first step.</param>
    /// <param name="starts">(T B), not 0 where a step begins an episode; null: none does.</param>
    /// <param name="pass">How it is run.</param>
    public (Tensor Features, Tensor State) Remember(
        ParameterSet parameters, Tensor features, Tensor last, Tensor state, Tensor? starts, in Pass pass) =>
        _lstm!.Unroll(parameters, cat([features, last], 1), state, starts, pass);

    /// <summary>
    /// What a recurrent network sees besides observations, on the CPU: the last actions, each as a 1 among zeros, and
    /// the hyperbolic tangent of their rewards (as Acme's R2D2).
    /// </summary>
    public Tensor LastOf(ReadOnlySpan<long> lastActions, ReadOnlySpan<float> rewards)
    {
        var width = Actions + 1;
        var last = Layer.Empty(rewards.Length, width);
        var values = PinnedTensor.Span<float>(last);
        values.Clear();
        for (var i = 0; i < rewards.Length; i++)
        {
            if (lastActions[i] != RecurrentState.NoAction)
                values[checked((int)((i * width) + lastActions[i]))] = 1;
            values[(i * width) + Actions] = MathF.Tanh(rewards[i]);
        }

        return last;
    }

    /// <summary>
    /// (B, features) to the head's raw output: (B, actions) for the mean, (B, actions, N) logits or quantiles, either
    /// of a head of the user's own. IQN takes <paramref name="fractions"/> (B, N).
    /// </summary>
    public Tensor Head(ParameterSet parameters, Tensor features, Tensor? fractions, in Pass pass)
    {
        if (Spec.Head.Kind == HeadKind.ImplicitQuantile)
            return ImplicitQuantiles(parameters, features, fractions!, pass);
        if (_own is not null)
            return _own.Forward(parameters, features, pass);
        var output = _head!.Forward(parameters, features, pass);
        return Spec.Head.Kind == HeadKind.Expected ? ActivationLayer.Of(output.squeeze(2), Spec.Head.Activation) : output;
    }

    /// <summary>(B, features) and (B) actions to the features that are predicted for the step after.</summary>
    public Tensor Advance(ParameterSet parameters, Tensor features, Tensor actions, in Pass pass)
    {
        var next = _prediction!.Advance(parameters, features, actions, pass);
        // The projection and the next step take it.
        return pass.Leaf(_renormalize is null ? next : _renormalize.Forward(parameters, next, pass));
    }

    /// <summary>(B, features) to (B, projection): what the head's hidden layers make of them, without noise.</summary>
    public Tensor Project(ParameterSet parameters, Tensor features, in Pass pass) => _head!.Project(parameters, features, pass);

    /// <summary>The projection of predicted features to what is compared with that of seen ones.</summary>
    public Tensor Predict(ParameterSet parameters, Tensor projected, in Pass pass) => _prediction!.Predict(parameters, projected, pass);

    /// <summary>The head's raw output to (B, actions) expected returns.</summary>
    public Tensor Q(Tensor output, Tensor? atoms) => Spec.Head.Kind switch
    {
        HeadKind.Expected => _own is null ? output : _own.Values(output),
        HeadKind.Categorical => functional.softmax(output, 2).matmul(atoms!),
        _ => output.mean([2]),
    };

    /// <summary>
    /// Errors (B) that a head of the user's own makes of its raw output; null: they are the Q-values'.
    /// </summary>
    public Tensor? OwnErrors(Tensor output, Tensor actions, Tensor target) => _own?.Errors(output, actions, target);

    /// <summary>
    /// Observations to expected returns as an ONNX model. IQN's fractions are an input beside the observations.
    /// </summary>
    public byte[] Export(IReadOnlyList<NamedTensor> weights, IReadOnlyDictionary<string, string> metadata)
    {
        const string seen = "observations", fractions = "fractions", batch = "batch";
        var graph = new OnnxGraph(Layout, weights);
        var (body, head) = (Spec.Body, Spec.Head);
        var (sampled, side) = (head.Kind == HeadKind.ImplicitQuantile, (Func<int, long>)(back => Input.Shape[^back]));
        var x = Input.Kind == ObservationKind.UInt8 ? graph.ToFloat(seen) : seen;
        x = body.IsFlat
            ? graph.Reshape(x, -1, Input.Elements)
            : graph.Reshape(x, -1, Input.Elements / (side(1) * side(2)), side(2), side(1));
        if (_shifts)
            x = graph.Node("Sub", [x, graph.Constant(Middle)]);
        x = _body.Aggregate(x, (value, layer) => layer.Export(graph, value));
        x = sampled ? ExportImplicitQuantiles(graph, x, fractions) : _head!.Export(graph, x);
        x = head.Kind switch
        {
            HeadKind.Expected => graph.Activation(graph.Reshape(x, -1, Actions), head.Activation),
            HeadKind.Categorical => graph.Reshape(
                graph.Node("MatMul", [graph.Node("Softmax", [x], OnnxGraph.With("axis", 2L)), Atoms(graph, head)]), -1, Actions),
            _ => graph.Node("ReduceMean", [x], OnnxGraph.With("axes", [sampled ? 1 : 2]), OnnxGraph.With("keepdims", 0L)),
        };
        var sides = Input.Shape.Select(length => length.ToString(CultureInfo.InvariantCulture));
        List<(string, bool, IReadOnlyList<string>)> inputs = [(seen, Input.Kind == ObservationKind.UInt8, [batch, .. sides])];
        if (sampled)
            inputs.Add((fractions, false, [batch, "samples"]));
        return graph.Finish(x, Actions, inputs, metadata);
    }

    /// <summary>Conversion to float and to channels-last storage in one pass; the shape stays (B, C, H, W).</summary>
    internal static Tensor ChannelsLast(Tensor planes, ScalarType type = ScalarType.Float32)
    {
        var rows = planes.permute(0, 2, 3, 1);
        return empty(rows.shape, type, planes.device).copy_(rows).permute(0, 3, 1, 2);
    }

    /// <summary>
    /// Dabney et al. 2018 (IQN), equation 4: features times relu(W cos(pi i tau) + b), i = 0..n-1. Source Dopamine
    /// counts i from 1; see docs/algorithms.md.
    /// </summary>
    private Tensor ImplicitQuantiles(ParameterSet parameters, Tensor features, Tensor fractions, in Pass pass)
    {
        var (batch, samples) = (fractions.size(0), fractions.size(1));
        var frequencies = Frequencies(fractions.device);
        var cosines = (fractions.view(batch * samples, 1) * frequencies).cos_();
        var embedding = _embedding!.Forward(parameters, cosines, pass);
        var joined = (embedding.view(batch, samples, _features) * features.unsqueeze(1)).view(batch * samples, _features);
        return _head!.Forward(parameters, joined, pass).view(batch, samples, Actions).transpose(1, 2);
    }

    /// <summary>(B, samples, actions).</summary>
    private string ExportImplicitQuantiles(OnnxGraph graph, string features, string fractions)
    {
        float[] frequencies = [.. Enumerable.Range(1, Spec.Head.CosineEmbedding).Select(i => (float)(i * Math.PI))];
        var angles = graph.Node(
            "Mul",
            [
                graph.Node("Unsqueeze", [fractions, graph.Whole(2)]),
                graph.Hold(new NamedTensor("frequencies", [frequencies.Length], frequencies)),
            ]);
        var embedding = _embedding!.Export(graph, graph.Node("Cos", [angles]));
        var joined = graph.Node("Mul", [embedding, graph.Node("Unsqueeze", [features, graph.Whole(1)])]);
        var rows = _head!.Export(graph, graph.Reshape(joined, -1, _features));
        var shape = graph.Node("Concat", [graph.Node("Shape", [fractions]), graph.Whole(Actions)], OnnxGraph.With("axis", 0L));
        return graph.Node("Reshape", [rows, shape]);
    }

    private static string Atoms(OnnxGraph graph, HeadSpec head)
    {
        var step = (head.MaxValue - head.MinValue) / (head.Atoms - 1);
        float[] atoms = [.. Enumerable.Range(0, head.Atoms).Select(i => (float)(head.MinValue + (i * step)))];
        return graph.Hold(new NamedTensor("atoms", [atoms.Length, 1], atoms));
    }

    private void AddEmbeddingRows(NetworkRows rows)
    {
        var (features, cosines, head) = (rows.Last, Spec.Head.CosineEmbedding, Spec.Head);
        rows.Times = head.OnlineTaus;
        rows.Last = "";
        rows.Add("cosines", "cos(pi i fraction)", [cosines]);
        rows.Add("quantile_embedding", "linear, relu", [_features], (long)cosines * _features);
        rows.Add("product", "product", [_features], 0, features, rows.Last);
    }

    private Tensor Frequencies(Device device)
    {
        return LazyInitializer.EnsureInitialized(ref _frequencies, Make);

        Tensor Make()
        {
            using var scope = NewDisposeScope();
            return (arange(1, Spec.Head.CosineEmbedding + 1, ScalarType.Float32, device) * Math.PI).DetachFromDisposeScope();
        }
    }

    /// <summary>
    /// (B, C, H, W) planes of any type to images of <paramref name="type"/>, laid out as the parameters; the scale of
    /// bytes is the first layer's.
    /// </summary>
    private Tensor Images(Tensor planes, KernelPool? pool, ScalarType type)
    {
        if (pool is null)
            return Layout.ChannelsLast ? ChannelsLast(planes, type) : planes.to(type);
        var (count, channels, height, width) = (planes.size(0), planes.size(1), planes.size(2), planes.size(3));
        var images = Layer.Empty(count, new Planes((int)channels, (int)height, (int)width));
        pool.ToRows(count, channels, height * width, planes, images);
        return images;
    }
}
