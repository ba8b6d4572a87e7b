using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;
using FastDqn.Tests;
using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FastDqn.Pixels.Tests;

/// <summary>The kernels as PTX: compiled here, without a GPU.</summary>
public sealed partial class PtxTests
{
    public static TheoryData<int, int, string> Kernels()
    {
        var data = new TheoryData<int, int, string>();
        foreach (var (major, minor) in new[] { (8, 0), (9, 0) })
            foreach (var kernel in PixelKernels.Every)
                data.Add(major, minor, kernel.Name);
        return data;
    }

    [Fact]
    public void ThereAreThirteenKernels() =>
        Assert.Equal((10, 2, 1), (PixelKernels.All.Count, StackKernels.All.Count, OptimizerKernels.All.Count));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void NothingInAKernelIsOrCanBeFused(int major, int minor, string kernel)
    {
        var text = PtxLibrary.For(major, minor)[kernel].Text;
        Assert.DoesNotContain("fma.", text, StringComparison.Ordinal);
        // The driver's compiler may fuse a product and a sum of one type. Products are of doubles and sums of floats.
        Assert.DoesNotMatch(@"\bmul(\.\w+)*\.f32\b", text);
        Assert.DoesNotMatch(@"\b(add|sub)(\.\w+)*\.f64\b", text);
        Assert.DoesNotMatch(@"\b(div|sqrt|rsqrt|rcp)\.approx\b", text);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AKernelReadsSingleElements(int major, int minor, string kernel)
    {
        // ILGPU takes every view's address for a multiple of 256; slices of the ring are not.
        Assert.DoesNotMatch(@"\b(ld|st)(\.\w+)*\.v[248]\.", PtxLibrary.For(major, minor)[kernel].Text);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AKernelsParametersAreWhatTheLauncherPacks(int major, int minor, string kernel)
    {
        var method = PixelKernels.Named(kernel);
        var declared = PtxLibrary.For(major, minor)[kernel].Parameters;
        var parameters = method.GetParameters();
        var packed = Packed(method);
        Assert.Equal(parameters.Length, declared.Count);
        Assert.Equal(parameters.Length - 1, packed.Count);
        Assert.Equal((4, 4), (declared[0].Bytes, declared[0].Alignment));
        for (var i = 1; i < parameters.Length; i++)
        {
            Assert.StartsWith($"_{parameters[i].Name}_", declared[i].Name, StringComparison.Ordinal);
            Assert.Equal(packed.BytesOf(i - 1), declared[i].Bytes);
            Assert.Equal(AlignmentOf(parameters[i].ParameterType), declared[i].Alignment);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void TheCodeIsForTheArchitectureOrAnOlderOne(int major, int minor, string kernel)
    {
        var library = PtxLibrary.For(major, minor);
        var target = TargetLine().Match(library[kernel].Text);
        Assert.True(int.Parse(target.Groups[1].Value) <= (10 * major) + minor, target.Value);
        Assert.Equal((major, minor), library.Architecture);
    }

    [Theory]
    [InlineData(8, 6, 8, 0)]
    [InlineData(8, 9, 8, 0)]
    [InlineData(9, 0, 9, 0)]
    [InlineData(10, 0, 9, 0)]
    [InlineData(12, 1, 9, 0)]
    [InlineData(7, 5, 7, 5)]
    public void ADeviceRunsTheCodeOfTheNewestArchitectureNotNewerThanIt(int major, int minor, int codeMajor, int codeMinor) =>
        Assert.Equal((codeMajor, codeMinor), PtxLibrary.For(major, minor).Architecture);

    [Fact]
    public void AKernelIsCompiledOnce()
    {
        var libraries = new PtxLibrary[8];
        Parallel.For(0, libraries.Length, i => libraries[i] = PtxLibrary.For(8, i));
        Assert.All(libraries, library => Assert.Same(libraries[0][nameof(PixelKernels.Area)], library[nameof(PixelKernels.Area)]));
    }

    [Fact]
    public void ADeviceTooOldForTheKernelsIsRefused()
    {
        var e = Assert.Throws<FastDqnException>(() => PtxLibrary.For(3, 5));
        Assert.Equal(ErrorKind.Unavailable, e.Kind);
        Assert.Equal("a CUDA device of compute capability 3.5 is too old for the pixel kernels; 5.0 is the least", e.Message);
    }

    [Fact]
    public void TheShapeLiesInMemoryAsItsFieldsAreDeclared()
    {
        var shape = new KernelShape(1, 2, 3, 4, 5, 6, 7, 8);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], MemoryMarshal.Cast<KernelShape, int>(MemoryMarshal.CreateSpan(ref shape, 1)).ToArray());
    }

    [Fact]
    public void SoDoesTheStacks()
    {
        var shape = new StackShape(1, 2, 3, 4, 5);
        Assert.Equal([1, 2, 3, 4, 5], MemoryMarshal.Cast<StackShape, int>(MemoryMarshal.CreateSpan(ref shape, 1)).ToArray());
    }

    [Fact]
    public void ArgumentsKeepTheirValuesAndAreFilledAgain()
    {
        var arguments = new KernelArguments();
        for (var round = 0; round < 3; round++)
        {
            arguments.Clear().View(unchecked((nint)0x7f00_1234_5678), 1L << 40)
                .Value(-5).Value(new KernelShape(1, 2, 3, 4, 5, 6, 7, 8)).Value((byte)9);
            Assert.Equal(4, arguments.Count);
            Assert.Equal([0x7f00_1234_5678, 1L << 40], Read<long>(arguments, 0, 2));
            Assert.Equal([-5], Read<int>(arguments, 1, 1));
            Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Read<int>(arguments, 2, 8));
            Assert.Equal([9], Read<byte>(arguments, 3, 1));
            Assert.Equal([16, 4, 32, 1], Enumerable.Range(0, 4).Select(arguments.BytesOf));
        }
    }

    [Fact]
    public void MoreArgumentsThanCanBePackedAreRefused()
    {
        var arguments = new KernelArguments();
        Assert.Throws<InvalidOperationException>(() =>
        {
            for (var i = 0; i < 1000; i++)
                arguments.View(0, i);
        });
    }

    [Fact]
    public void FillingArgumentsAllocatesNothing()
    {
        var arguments = new KernelArguments();
        arguments.Clear().View(1, 2).Value(3);
        Assert.Equal(0, Allocations.Of(_ =>
        {
            for (var i = 0; i < 1000; i++)
                arguments.Clear().View(i, 2).Value(3).Value(new KernelShape(1, 2, 3, 4, 5, 6, 7, 8));
        }));
    }

    [Fact]
    public void IlgpusNamesOfTheDriversMeanTheFilesThatDriversInstall()
    {
        Assert.Equal("libcuda.so.1", IlgpuContext.FileOf(CudaAPI.LibNameLinux));
        Assert.Equal(IlgpuContext.OpenClLibrary, IlgpuContext.FileOf(CLAPI.LibNameLinux));
        Assert.Null(IlgpuContext.FileOf("libc"));
        IlgpuContext.MapLibraries();
        IlgpuContext.MapLibraries();
        // It is set: another one is refused.
        Assert.Throws<InvalidOperationException>(() => NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (_, _, _) => 0));
    }

    // As the launcher packs a kernel's arguments, by their types.
    private static KernelArguments Packed(MethodInfo kernel)
    {
        var packed = new KernelArguments();
        foreach (var parameter in kernel.GetParameters().Skip(1))
            _ = parameter.ParameterType == typeof(int) ? packed.Value(1)
                : parameter.ParameterType == typeof(KernelShape) ? packed.Value(default(KernelShape))
                : parameter.ParameterType == typeof(GrayWeights) ? packed.Value(default(GrayWeights))
                : parameter.ParameterType == typeof(StackShape) ? packed.Value(default(StackShape))
                : parameter.ParameterType == typeof(AdamShape) ? packed.Value(default(AdamShape))
                : packed.View(1, 1);
        return packed;
    }

    private static int AlignmentOf(Type type) =>
        type == typeof(int) || type == typeof(KernelShape) || type == typeof(GrayWeights) || type == typeof(StackShape)
        || type == typeof(AdamShape) ? 4 : 8;

    private static unsafe T[] Read<T>(KernelArguments arguments, int index, int count)
        where T : unmanaged => new Span<T>(arguments.AddressOf(index), count).ToArray();

    [GeneratedRegex(@"^\.target sm_(\d+)", RegexOptions.Multiline)]
    private static partial Regex TargetLine();
}
