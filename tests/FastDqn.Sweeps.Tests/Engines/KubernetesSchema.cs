using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.Tests.Engines;

/// <summary>
/// The part of the Kubernetes API (v1.31: Secret, batch/v1 Job and what a pod template is made of) that can appear in a
/// manifest of ours, as field names and types, and a strict check: what is not a field of the API is refused. "x!"
/// is required, "x[]" a list, "x{}" a map of strings.
/// </summary>
internal static class KubernetesSchema
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["Secret"] = "apiVersion!:=v1 kind!:=Secret metadata!:ObjectMeta type:string data{}:string stringData{}:string immutable:bool",
        ["Job"] = "apiVersion!:=batch/v1 kind!:=Job metadata!:ObjectMeta spec!:JobSpec",
        ["ObjectMeta"] = "name:name generateName:string namespace:name labels{}:label annotations{}:string finalizers[]:string",
        ["JobSpec"] = "activeDeadlineSeconds:int backoffLimit:int backoffLimitPerIndex:int completionMode:=NonIndexed|Indexed "
            + "completions:int "
            + "managedBy:string manualSelector:bool maxFailedIndexes:int parallelism:int podReplacementPolicy:=TerminatingOrFailed|Failed "
            + "suspend:bool template!:PodTemplateSpec ttlSecondsAfterFinished:int",
        ["PodTemplateSpec"] = "metadata:ObjectMeta spec:PodSpec",
        ["PodSpec"] = "activeDeadlineSeconds:int automountServiceAccountToken:bool containers![]:Container dnsPolicy:string "
            + "enableServiceLinks:bool "
            + "hostIPC:bool hostNetwork:bool hostPID:bool nodeName:string nodeSelector{}:string priorityClassName:string "
            + "restartPolicy!:=Never|OnFailure runtimeClassName:string schedulerName:string serviceAccountName:string "
            + "shareProcessNamespace:bool "
            + "terminationGracePeriodSeconds:int volumes[]:Volume",
        ["Container"] = "args[]:string command[]:string env[]:EnvVar image!:string imagePullPolicy:=Always|IfNotPresent|Never name!:name "
            + "resources:ResourceRequirements stdin:bool terminationMessagePath:string tty:bool "
            + "volumeMounts[]:VolumeMount workingDir:string",
        ["EnvVar"] = "name!:string value:string valueFrom:EnvVarSource",
        ["EnvVarSource"] = "secretKeyRef:KeySelector configMapKeyRef:KeySelector",
        ["KeySelector"] = "key!:string name:name optional:bool",
        ["ResourceRequirements"] = "limits{}:quantity requests{}:quantity",
        ["VolumeMount"] = "mountPath!:string name!:name readOnly:bool subPath:string",
        ["Volume"] = "name!:name persistentVolumeClaim:ClaimSource",
        ["ClaimSource"] = "claimName!:name readOnly:bool",
    };

    /// <summary>Every place where a document is not what the API takes.</summary>
    public static IReadOnlyList<string> Check(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var errors = new List<string>();
        foreach (var document in stream.Documents)
        {
            var root = (YamlMappingNode)document.RootNode;
            Object(root, root.Children["kind"].ToString(), root.Children["kind"].ToString(), errors);
        }

        return errors;
    }

    private static void Object(YamlNode node, string type, string at, List<string> errors)
    {
        if (node is not YamlMappingNode map)
        {
            errors.Add($"{at}: not an object");
            return;
        }

        var fields = Types[type].Split(' ')
            .Select(f => f.Split(':', 2))
            .ToDictionary(f => f[0].TrimEnd('[', ']', '{', '}').TrimEnd('!'), f => (Mark: f[0], Type: f[1]));
        foreach (var (key, value) in map.Children)
        {
            if (!fields.TryGetValue(key.ToString(), out var field))
                errors.Add($"{at}.{key}: unknown field");
            else if (field.Mark.EndsWith("[]", StringComparison.Ordinal))
                Each((value as YamlSequenceNode)?.Children, field.Type, $"{at}.{key}", errors);
            else if (field.Mark.EndsWith("{}", StringComparison.Ordinal))
                Each((value as YamlMappingNode)?.Children.Values, field.Type, $"{at}.{key}", errors);
            else
                Value(value, field.Type, $"{at}.{key}", errors);
        }

        foreach (var (name, (mark, _)) in fields)
            if (mark.Contains('!', StringComparison.Ordinal) && !map.Children.ContainsKey(new YamlScalarNode(name)))
                errors.Add($"{at}.{name}: missing");
    }

    private static void Each(IEnumerable<YamlNode>? nodes, string type, string at, List<string> errors)
    {
        if (nodes is null)
            errors.Add($"{at}: wrong shape");
        foreach (var node in nodes ?? [])
            Value(node, type, at, errors);
    }

    private static void Value(YamlNode node, string type, string at, List<string> errors)
    {
        if (Types.ContainsKey(type))
        {
            Object(node, type, at, errors);
            return;
        }

        var scalar = node as YamlScalarNode;
        var text = scalar?.Value ?? "";
        var quoted = scalar?.Style is YamlDotNet.Core.ScalarStyle.DoubleQuoted or YamlDotNet.Core.ScalarStyle.SingleQuoted;
        var right = scalar is not null && type switch
        {
            "int" => !quoted && int.TryParse(text, CultureInfo.InvariantCulture, out _),
            "bool" => !quoted && text is "true" or "false",
            // A plain 1 would be a number, which the API refuses where it wants a string.
            "string" => quoted || !double.TryParse(text, CultureInfo.InvariantCulture, out _),
            "name" => Regex.IsMatch(text, @"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"),
            "label" => Regex.IsMatch(text, @"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"),
            "quantity" => Regex.IsMatch(text, @"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"),
            _ => type[1..].Split('|').Contains(text),
        };
        if (!right)
            errors.Add($"{at}: '{text}' is not {type}");
    }
}
