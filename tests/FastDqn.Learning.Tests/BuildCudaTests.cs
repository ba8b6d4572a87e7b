using System.Diagnostics;
using System.Text;
using FastDqn.Tests;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Which of CUDA's headers build-cuda.sh hands to the compiler, in folders that lie as pip, conda and toolkits lay
/// them; the compiler here only writes down what it is given.
/// </summary>
public sealed class BuildCudaTests : IDisposable
{
    private const string Torch = "python3.12/site-packages/torch";
    private const string Pip12 = "python3.12/site-packages/nvidia/cuda_runtime/include";
    private const string Pip13 = "python3.12/site-packages/nvidia/cu13/include";
    private const string Triton = "python3.12/site-packages/triton/backends/nvidia/include";
    private const string Conda = "targets/x86_64-linux/include";
    private const string Toolkit = "toolkit/include";

    private readonly TempFolder _folder = new();

    public BuildCudaTests()
    {
        Put($"{Torch}/include/ATen/cuda/CUDAGraph.h", "");
        const string compiler = """
            #!/bin/sh
            printf '%s\n' "$@" >"$0.arguments"
            while [ "$1" != -o ]; do shift; done
            : >"$2"
            """;
        _ = _folder.Write("compiler", compiler, executable: true);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(12, new[] { $"{Pip12} 12" }, new[] { Pip12 }, new[] { Pip12 })]
    [InlineData(13, new[] { $"{Pip13} 13" }, new[] { Triton }, new[] { Pip13, Triton })]
    [InlineData(12, new[] { $"{Toolkit} 13", $"{Pip12} 12" }, new[] { Toolkit, Pip12 }, new[] { Pip12 })]
    [InlineData(13, new[] { $"{Toolkit} 13", $"{Pip13} 13" }, new[] { Toolkit, Pip13 }, new[] { Toolkit })]
    [InlineData(12, new[] { $"{Conda} 12" }, new[] { Conda }, new[] { Conda })]
    public void TheHeadersAreThoseOfTheTorchsOwnCuda(int runtime, string[] headers, string[] crt, string[] expected)
    {
        Lay(runtime, headers, crt);
        var (exit, output, _) = Build();
        Assert.Equal((0, $"built {_folder.File("out")}/libfastdqn_cuda.so\n"), (exit, output));
        Assert.True(File.Exists(_folder.File("out/libfastdqn_cuda.so")));
        var given = File.ReadAllLines(_folder.File("compiler.arguments"));
        var includes = given.Where((_, i) => i > 0 && given[i - 1] == "-isystem").Select(Path.GetFullPath);
        Assert.Equal(
            [$"lib/{Torch}/include", $"lib/{Torch}/include/torch/csrc/api/include", .. expected.Select(Placed)],
            includes.Select(path => Path.GetRelativePath(_folder.Path, path)));
    }

    [Theory]
    [InlineData(13, new[] { $"{Toolkit} 12" }, "no cuda_runtime_api.h of CUDA 13; ")]
    [InlineData(12, new string[0], "no cuda_runtime_api.h of CUDA 12: set CUDA_HOME")]
    [InlineData(12, new[] { $"{Pip12} 12" }, "no crt/host_defines.h for ")]
    public void WhatIsMissingIsNamedInOneLine(int runtime, string[] headers, string expected)
    {
        Assert.SkipWhen(Directory.GetDirectories("/usr/local", "cuda*").Length > 0, "a CUDA toolkit is installed here");
        Lay(runtime, headers, crt: []);
        var (exit, output, errors) = Build();
        Assert.Equal((4, ""), (exit, output));
        Assert.StartsWith($"build-cuda.sh: {expected}", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.EndsWith("set CUDA_HOME", errors.TrimEnd(), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("compiler.arguments")));
    }

    [Fact]
    public void ATorchWithoutCudaIsRefused()
    {
        var (exit, _, errors) = Build();
        Assert.Equal(4, exit);
        Assert.Contains("has no lib/libc10_cuda.so", errors, StringComparison.Ordinal);
    }

    // conda's folder of all, in which lib lies.
    private static string Placed(string path) => path.StartsWith("python", StringComparison.Ordinal) ? $"lib/{path}" : path;

    private void Lay(int runtime, string[] headers, string[] crt)
    {
        Put($"{Torch}/lib/libc10_cuda.so", $"\u007fELF\0libc10.so\0libcudart.so.{runtime}\0libstdc++.so.6\0");
        foreach (var words in headers.Select(each => each.Split(' ')))
            Put($"{words[0]}/cuda_runtime_api.h", $"#define CUDART_VERSION  {words[1]}040\n");
        foreach (var folder in crt)
            Put($"{folder}/crt/host_defines.h", "");
    }

    private void Put(string path, string text)
    {
        var file = _folder.File(Placed(path));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text, Encoding.Latin1);
    }

    private (int Exit, string Output, string Errors) Build()
    {
        var script = Path.Combine(SourceTree.Root, "native", "cuda", "build-cuda.sh");
        var start = new ProcessStartInfo("bash", [script, _folder.File($"lib/{Torch}"), _folder.File("out")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CXX"] = _folder.File("compiler"), ["CUDA_HOME"] = _folder.File("toolkit") },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
