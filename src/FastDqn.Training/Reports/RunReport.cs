using System.Text;
using FastDqn.Core;

namespace FastDqn.Training.Reports;

/// <summary>
/// The page of a run, one HTML file that needs nothing else. Every training writes its own at its end.
/// </summary>
public static class RunReport
{
    /// <summary>The page in its run's folder.</summary>
    public const string FileName = "report.html";

    private const int LargestFilm = 200_000;
    private const int AllFilms = 400_000;

    /// <summary>Writes the page of a run into its folder.</summary>
    /// <exception cref="FastDqnException">The run cannot be read, or the page cannot be written.</exception>
    public static void Write(string folder) => Write(Path.Combine(folder, FileName), RunFacts.Read(folder, _ => { }));

    /// <summary>Writes the page of a run to a file, and returns that.</summary>
    internal static string Write(string path, RunFacts run) => Write(path, RunPage.Make(run, FilmsOf(path)));

    internal static string Write(string path, Page page)
    {
        var html = Encoding.UTF8.GetBytes(HtmlPage.Render(page));
        return OutputFile.Write(path, stream =>
        {
            stream.Write(html);
            return path;
        });
    }

    /// <summary>Small films go into the page, others are linked from the folder that it lies in.</summary>
    private static Func<FileInfo, string> FilmsOf(string output)
    {
        var left = AllFilms;
        return film =>
        {
            if (film.Length <= Math.Min(LargestFilm, left))
            {
                left -= (int)film.Length;
                return $"data:image/gif;base64,{Convert.ToBase64String(File.ReadAllBytes(film.FullName))}";
            }

            var path = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(output))!, film.FullName);
            return "./" + string.Join('/', path.Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));
        };
    }
}
