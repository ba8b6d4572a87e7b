using FastDqn.Tests;

namespace FastDqn.Core.Tests;

/// <summary>What a user is told to do about a missing part depends on how the program came here.</summary>
public sealed class InstallationTests
{
    [Theory]
    [InlineData("checkout/artifacts/bin/FastDqn.Cli/release", "run ./build.sh build")]
    [InlineData("tools/.store/fastdqn/1.0.0/fastdqn.linux-x64/1.0.0/tools/net10.0/linux-x64", "install the .NET tool fastdqn again")]
    [InlineData("packages/fastdqn.linux-x64/1.0.0/tools/net10.0/linux-x64", "install the .NET tool fastdqn again")]
    [InlineData("opt/fastdqn", "unpack the published folder again")]
    [InlineData("theirs/bin", "install the package again that brought FastDqn")]
    public void TheRemedyIsThatOfThePlace(string place, string remedy)
    {
        using var folder = new TempFolder();
        foreach (var made in new[] { "checkout", "opt/fastdqn/licences", place })
            Directory.CreateDirectory(folder.File(made));
        folder.Write("checkout/build.sh", "");
        folder.Write("checkout/FastDqn.sln", "");
        Assert.Equal(remedy, Installation.RemedyFor(folder.File(place)));
    }
}
