using System;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Puts the licence of every package whose files are published into a folder: its own texts, or what its description
/// names.
/// </summary>
public sealed class PackageLicences : Task
{
    private static readonly string[] Named = ["license", "licenseUrl", "copyright", "projectUrl", "authors"];
    private static readonly string[] Texts = ["LICENSE", "LICENCE", "THIRD-PARTY", "THIRDPARTY", "NOTICE", "COPYING"];

    [Required]
    public ITaskItem[] Files { get; set; } = [];

    [Required]
    public string Packages { get; set; } = "";

    [Required]
    public string To { get; set; } = "";

    public override bool Execute()
    {
        Directory.CreateDirectory(To);
        var packages = Files.Select(f => (Id: f.GetMetadata("NuGetPackageId"), Version: f.GetMetadata("NuGetPackageVersion")));
        foreach (var package in packages.Distinct())
        {
            var folder = Path.Combine(Packages, package.Id.ToLowerInvariant(), package.Version.ToLowerInvariant());
            var texts = Directory.Exists(folder) ? Directory.GetFiles(folder).Where(IsText).ToList() : [];
            foreach (var text in texts)
                File.Copy(text, Path.Combine(To, $"{package.Id}.{Path.GetFileNameWithoutExtension(text)}.txt"), overwrite: true);
            if (texts.Count > 0)
                continue;
            var description = Path.Combine(folder, $"{package.Id.ToLowerInvariant()}.nuspec");
            if (!File.Exists(description))
            {
                Log.LogError($"{package.Id} {package.Version}: no licence found for a package that is published");
                return false;
            }

            var named = XDocument.Load(description).Descendants().Where(e => Named.Contains(e.Name.LocalName));
            string[] lines = [$"{package.Id} {package.Version}", .. named.Select(e => $"{e.Name.LocalName}: {e.Value}")];
            File.WriteAllLines(Path.Combine(To, $"{package.Id}.txt"), lines);
        }

        return true;
    }

    private static bool IsText(string file) =>
        Texts.Any(text => Path.GetFileName(file).StartsWith(text, StringComparison.OrdinalIgnoreCase));
}
