using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace FastDqn.Training.Reports;

/// <summary>
/// A page as one HTML file that needs nothing else. Its content policy allows the scripts and styles that it holds, by
/// their hashes, and pictures; nothing is fetched over a network.
/// </summary>
internal static class HtmlPage
{
    private static readonly Lazy<(string Head, string Tail)> Still = new(() => Make(live: false)), Live = new(() => Make(live: true));

    /// <param name="page">What it shows.</param>
    /// <param name="live">It asks the server that it came from for newer data, and nobody else for anything.</param>
    public static string Render(Page page, bool live = false)
    {
        var (head, tail) = (live ? Live : Still).Value;
        // The encoder writes '<' as \u003C: no text can end the element.
        return $"{head}{((JsonNode)page.ToJson()).ToJsonString()}{tail}";
    }

    /// <summary>A file that is part of the program.</summary>
    public static string Part(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"FastDqn.Training.Reports.{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static (string, string) Make(bool live)
    {
        var style = Part("uPlot.min.css") + Part("page.css");
        string[] scripts = [$"/*\n{Part("LICENSE")}*/\n{Part("uPlot.iife.min.js")}", Part("page.js")];
        var policy = $"default-src 'none'; script-src {string.Join(' ', scripts.Select(Hash))}; style-src {Hash(style)}; "
            + (live ? "img-src 'self'; connect-src 'self'; " : "img-src 'self' data: file:; ") + "base-uri 'none'; form-action 'none'";
        var halves = Part("page.html").Replace("{policy}", policy, StringComparison.Ordinal)
            .Replace("{live}", live ? "true" : "false", StringComparison.Ordinal)
            .Replace("{style}", style, StringComparison.Ordinal).Split("{data}");
        var tail = halves[1].Replace("{scripts}", string.Concat(scripts.Select(s => $"<script>{s}</script>\n")), StringComparison.Ordinal);
        return (halves[0], tail);
    }

    private static string Hash(string content) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";
}
