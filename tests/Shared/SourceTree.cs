namespace FastDqn.Tests;

/// <summary>The tree that the tests were built from.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FastDqn.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests lie outside the tree");
    }
}
