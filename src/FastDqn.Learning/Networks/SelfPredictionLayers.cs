using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Networks;

/// <summary>
/// What a network predicts its own features with (Schwarzer et al. 2021, SPR): a transition model of two 3x3
/// convolutions, which sees each action as a plane of ones, and the predictor after the projection.
/// </summary>
internal sealed class SelfPredictionLayers
{
    private readonly Layer[] _transition;
    private readonly LinearLayer _predictor;
    private readonly Planes _map;
    private readonly int _actions;

    /// <param name="builder">Declares the layers.</param>
    /// <param name="map">What the convolutions of the body give.</param>
    /// <param name="actions">How many there are.</param>
    /// <param name="projected">Numbers of a projection.</param>
    /// <param name="batchNorm">Between the convolutions.</param>
    /// <param name="features">The row of the body's last layer.</param>
    public SelfPredictionLayers(NetworkBuilder builder, Planes map, int actions, int projected, bool batchNorm, string features)
    {
        (_map, _actions) = (map, actions);
        var before = builder.Layout.Parameters.Count;
        builder.Rows.Last = features;
        var first = new ConvLayer(
            builder, "transition.0", ConvolutionWindow.ThreeByThree(map with { Channels = map.Channels + actions }, map.Channels));
        _ = first.TryAddRelu();
        List<Layer> layers = [first];
        if (batchNorm)
            layers.Add(new BatchNormLayer(builder, "transition.1", map.Sides, map.Channels));
        var second = new ConvLayer(builder, "transition.2", ConvolutionWindow.ThreeByThree(map, map.Channels));
        _ = second.TryAddRelu();
        _transition = [.. layers, second, new FlattenLayer(map)];
        TransitionParameters = (before, builder.Layout.Parameters.Count);
        _predictor = new LinearLayer(builder, "predictor", projected, projected);
    }

    /// <summary>The layout's parameters of the transition model: from the first to before the second.</summary>
    public (int From, int To) TransitionParameters { get; }

    /// <summary>(B, features) and (B) actions to (B, features) of the step after.</summary>
    public Tensor Advance(ParameterSet parameters, Tensor features, Tensor actions, in Pass pass)
    {
        var count = features.size(0);
        Tensor planes;
        using (no_grad())
        {
            var ones = zeros([count, _actions], ScalarType.Float32, features.device)
                .scatter_(1, actions.unsqueeze(1), torch.ones([count, 1], ScalarType.Float32, features.device));
            planes = ones.view(count, _actions, 1, 1).expand(count, _actions, _map.Height, _map.Width);
        }

        var seen = cat([Layer.As(features, ScalarType.Float32).view(count, _map.Channels, _map.Height, _map.Width), planes], 1);
        return Layer.Run(_transition, parameters, seen, pass);
    }

    /// <summary>(B, projection) of what was predicted to what is compared.</summary>
    public Tensor Predict(ParameterSet parameters, Tensor projected, in Pass pass) => _predictor.Forward(parameters, projected, pass);
}
