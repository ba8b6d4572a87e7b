using System.Text.Encodings.Web;
using System.Text.Json;

namespace FastDqn.Cli.Verbs;

/// <summary>How JSON results are written.</summary>
internal static class JsonText
{
    public static JsonSerializerOptions Indented { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
