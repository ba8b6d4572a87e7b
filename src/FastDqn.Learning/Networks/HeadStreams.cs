using FastDqn.Learning.Interop;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>
/// The layers after the features: one stream, or the value and advantage streams of a dueling head (Wang et al. 2016,
/// equation 9: the advantages' mean is subtracted). (rows, features) to (rows, actions, outputs).
/// </summary>
internal sealed class HeadStreams
{
    private readonly Layer[] _advantage;
    private readonly Layer[]? _value;
    private readonly LinearLayer[] _hidden = [];
    private readonly long[] _advantageShape;
    private readonly long[] _valueShape;

    public HeadStreams(NetworkBuilder builder, HeadSpec head, int features, int actions, int outputs, bool ownHidden)
    {
        (_advantageShape, _valueShape) = ([-1, actions, outputs], [-1, 1, outputs]);
        if (head.Dueling)
        {
            var (rows, input) = (builder.Rows, builder.Rows.Last);
            _value = Stream(builder, head, i => $"value_head.{i}", features, outputs);
            var value = rows.Last;
            rows.Last = input;
            _advantage = Stream(builder, head, i => $"advantage_head.{i}", features, actions * outputs);
            _hidden = [Hidden(_value), Hidden(_advantage)];
            rows.Add("dueling", "dueling sum", [actions * outputs], 0, value, rows.Last);
        }
        else if (ownHidden)
        {
            _advantage = Stream(builder, head, _ => builder.Next(), features, actions * outputs);
            _hidden = [Hidden(_advantage)];
        }
        else
        {
            _advantage = [new LinearLayer(builder, builder.Next(), features, actions * outputs)];
        }
    }

    public Tensor Forward(ParameterSet parameters, Tensor features, in Pass pass)
    {
        features = pass.Leaf(features);
        var advantage = Layer.As(Layer.Run(_advantage, parameters, features, pass), ScalarType.Float32).view(_advantageShape);
        if (_value is null)
            return advantage;
        var value = Layer.As(Layer.Run(_value, parameters, features, pass), ScalarType.Float32).view(_valueShape);
        return (advantage - advantage.mean([1], keepdim: true)).Plus(value);
    }

    /// <summary>Numbers of <see cref="Project"/>.</summary>
    public int Projected => _hidden.Sum(layer => layer.Outputs);

    /// <summary>(rows, features) to what the hidden layers make of them, without noise and activation.</summary>
    public Tensor Project(ParameterSet parameters, Tensor features, in Pass pass)
    {
        features = pass.Leaf(features);
        var outputs = new Tensor[_hidden.Length];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = _hidden[i].Forward(parameters, features, pass);
        return outputs.Length == 1 ? outputs[0] : cat(outputs, 1);
    }

    /// <summary>As ONNX has it.</summary>
    public string Export(OnnxGraph graph, string x)
    {
        var advantage = graph.Reshape(Run(_advantage), _advantageShape);
        if (_value is null)
            return advantage;
        var mean = graph.Node("ReduceMean", [advantage], OnnxGraph.With("axes", [1]), OnnxGraph.With("keepdims", 1L));
        return graph.Node("Add", [graph.Node("Sub", [advantage, mean]), graph.Reshape(Run(_value), _valueShape)]);

        string Run(Layer[] layers) => layers.Aggregate(x, (seen, layer) => layer.Export(graph, seen));
    }

    private static Layer[] Stream(NetworkBuilder builder, HeadSpec head, Func<int, string> name, int features, int outputs)
    {
        List<Layer> layers = [Linear(builder, head, name(0), features, head.Hidden)];
        builder.Activate(layers, [head.Hidden], () => name(1));
        return [.. layers, Linear(builder, head, name(2), head.Hidden, outputs)];
    }

    private static LinearLayer Hidden(Layer[] stream) =>
        stream[0] is NoisyLinearLayer noisy ? noisy.Mean : ((LinearLayer)stream[0]).WithoutRelu();

    private static Layer Linear(NetworkBuilder builder, HeadSpec head, string name, int inputs, int outputs) =>
        head.Noisy
            ? new NoisyLinearLayer(builder, name, inputs, outputs, head.NoisySigma)
            : new LinearLayer(builder, name, inputs, outputs);
}
