using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FastDqn.Sweeps.Tests.Engines;

/// <summary>
/// npm's <c>kubernetes-models</c>: validators generated from the OpenAPI description of the Kubernetes API. They check
/// types and required fields of the whole API; unknown fields, which the API drops in silence, are for
/// <see cref="KubernetesSchema"/>.
/// </summary>
internal static class KubernetesModels
{
    private const string Package = "kubernetes-models@4.5.0";

    // Documents as JSON on stdin; what is wrong with them on stdout.
    private const string Script = """
        const load = require('node:module').createRequire(process.argv[1] + '/');
        const models = { Job: load('kubernetes-models/batch/v1').Job, Secret: load('kubernetes-models/v1').Secret };
        for (const document of JSON.parse(require('node:fs').readFileSync(0, 'utf8'))) {
          try { new models[document.kind](document).validate(); } catch (e) { console.log(`${document.kind}: ${e.message}`); }
        }
        """;

    /// <summary>The check; skips the test where Node.js or the package is missing.</summary>
    public static Func<string, string> Require()
    {
        // artifacts/bin/PROJECT/release -> the repository
        var folder = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "build", "kubernetes"));
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "kubernetes-models")),
            $"Kubernetes' validators are not installed: npm install --prefix build/kubernetes --ignore-scripts {Package}");
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(path.Any(d => File.Exists(Path.Combine(d, "node"))), "Node.js is not installed");
        return yaml =>
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            var start = new ProcessStartInfo("node", ["-e", Script, folder])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var node = Process.Start(start)!;
            node.StandardInput.Write(new JsonArray([.. stream.Documents.Select(d => Json(d.RootNode))]).ToJsonString());
            node.StandardInput.Close();
            var error = node.StandardError.ReadToEndAsync();
            var output = node.StandardOutput.ReadToEnd();
            node.WaitForExit();
            Assert.True(node.ExitCode == 0, error.GetAwaiter().GetResult());
            return output.Trim();
        };
    }

    // YAML 1.2's core schema: plain whole numbers and booleans are such, everything else is text.
    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(c.Key.ToString(), Json(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain
            when long.TryParse(plain.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } plain => plain.Value == "true",
        YamlScalarNode scalar => scalar.Value,
        _ => throw new JsonException($"what is {node.NodeType}?"),
    };
}
