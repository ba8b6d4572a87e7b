using FastDqn.Sweeps.Space;
using FastDqn.Yaml;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.StudyFile;

/// <summary>Values of study files as parameters' values.</summary>
internal static class YamlValues
{
    /// <summary>A scalar or list.</summary>
    public static ParameterValue ToValue(this YamlMap map, YamlNode node) => node switch
    {
        YamlSequenceNode list => ParameterValue.FromList(list.Children.Select(map.ToValue)),
        YamlScalarNode scalar => map.Value(scalar) switch
        {
            bool flag => ParameterValue.From(flag),
            long whole => ParameterValue.From(whole),
            double number => ParameterValue.From(number),
            var text => ParameterValue.From((string)text),
        },
        _ => throw map.At(node, "expected a value or a list of values"),
    };
}
