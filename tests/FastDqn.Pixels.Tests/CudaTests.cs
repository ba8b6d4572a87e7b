using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;
using FastDqn.Tests;

namespace FastDqn.Pixels.Tests;

/// <summary>The way over CUDA, on a driver without a card.</summary>
public sealed class CudaTests
{
    private static readonly PixelOptions Gray = new(PixelPreset.CleanRl);

    // The driver's names of the calls.
    private static readonly Dictionary<string, string> DriverNames = new()
    {
        ["Init"] = "cuInit",
        ["DriverVersion"] = "cuDriverGetVersion",
        ["DeviceCount"] = "cuDeviceGetCount",
        ["Device"] = "cuDeviceGet",
        ["DeviceName"] = "cuDeviceGetName",
        ["DeviceMemory"] = "cuDeviceTotalMem",
        ["DeviceAttribute"] = "cuDeviceGetAttribute",
        ["RetainPrimaryContext"] = "cuDevicePrimaryCtxRetain",
        ["ReleasePrimaryContext"] = "cuDevicePrimaryCtxRelease",
        ["CurrentContext"] = "cuCtxGetCurrent",
        ["SetCurrentContext"] = "cuCtxSetCurrent",
        ["MemoryInfo"] = "cuMemGetInfo",
        ["Allocate"] = "cuMemAlloc",
        ["Free"] = "cuMemFree",
        ["RegisterHost"] = "cuMemHostRegister",
        ["UnregisterHost"] = "cuMemHostUnregister",
        ["CopyToDevice"] = "cuMemcpyHtoDAsync",
        ["CopyToHost"] = "cuMemcpyDtoHAsync",
        ["CreateStream"] = "cuStreamCreate",
        ["DestroyStream"] = "cuStreamDestroy",
        ["SynchronizeStream"] = "cuStreamSynchronize",
        ["CreateEvent"] = "cuEventCreate",
        ["DestroyEvent"] = "cuEventDestroy",
        ["RecordEvent"] = "cuEventRecord",
        ["SynchronizeEvent"] = "cuEventSynchronize",
        ["ElapsedTime"] = "cuEventElapsedTime",
        ["LoadModule"] = "cuModuleLoadDataEx",
        ["UnloadModule"] = "cuModuleUnload",
        ["Function"] = "cuModuleGetFunction",
        ["Launch"] = "cuLaunchKernel",
    };

    private static readonly string[] Opening =
    [
        "Init", "DriverVersion", "DeviceCount", "Device", "DeviceName", "DeviceMemory", "DeviceAttribute", "RetainPrimaryContext",
        "LoadModule", "Function",
    ];

    private static readonly string[] Releases =
        ["ReleasePrimaryContext", "Free", "UnregisterHost", "DestroyStream", "DestroyEvent", "UnloadModule"];

    public static TheoryData<string> CallNames() => [.. DriverNames.Keys];

    [Fact]
    public void EveryPresetAndStacksAreTheReferencesBytes()
    {
        using var cuda = new FakeCuda();
        using (var device = new CudaPixelDevice(new CudaDriver(cuda)))
        {
            var checks = KernelSelfTest.Run(device);
            Assert.Equal((2 * PixelPreset.All.Count) + 1, checks.Count);
            Assert.All(checks, check => Assert.True(check.Passed, check.ToString()));
        }

        Assert.Empty(cuda.Live);
    }

    [Fact]
    public void VerificationFindsEveryKernelEqualAndTimesIt()
    {
        using var cuda = new FakeCuda();
        using (var device = new CudaPixelDevice(new CudaDriver(cuda)))
        {
            var verdicts = KernelVerification.Run(device, frames: 3, repeats: 2);
            Assert.Equal(PixelKernels.Every.Select(kernel => kernel.Name), verdicts.Select(verdict => verdict.Kernel));
            Assert.All(verdicts, verdict => Assert.True(verdict is { Equal: true, Error: null, Microseconds: 1000 }, verdict.ToString()));
        }

        Assert.Empty(cuda.Live);
    }

    [Fact]
    public void VerificationFindsKernelsThatDoNotWriteWhatTheyShould()
    {
        using var cuda = new FakeCuda { Works = false };
        var verdicts = KernelVerification.VerifyOnDevice(new CudaDriver(cuda));
        Assert.Equal(PixelKernels.Every.Count, verdicts.Count);
        Assert.All(verdicts, verdict => Assert.True(verdict is { Equal: false, Error: null }, verdict.ToString()));
    }

    [Fact]
    public void VerificationGivesKernelsThatCannotRunTheFirstFailuresReason()
    {
        using var cuda = new FakeCuda { Works = false, Fail = ("Launch", 3, 719), Sticky = true };
        var verdicts = KernelVerification.VerifyOnDevice(new CudaDriver(cuda));
        Assert.Equal(PixelKernels.Every.Count, verdicts.Count);
        Assert.All(verdicts, verdict => Assert.StartsWith("cuLaunchKernel of Kernel_", verdict.Error, StringComparison.Ordinal));
        Assert.All(verdicts, verdict => Assert.False(verdict.Equal));
    }

    [Fact]
    public void AConversionIsCopiesAndLaunchesOnOneStreamAndOneWait()
    {
        using var cuda = new FakeCuda();
        using var device = new CudaPixelDevice(new CudaDriver(cuda));
        using var converter = new DeviceConverter(device, Gray, Palette.Grays, environments: 2, stackDepth: 2);
        cuda.Log.Clear();
        converter.Submit();
        string[] queued =
        [
            "CopyToDevice 67200 on 1",
            "CopyToDevice 67200 on 1",
            "CopyToDevice 8 on 1",
            "Launch LookUpMax 201600 in 788 x 256 on 1",
            "Launch Area 42336 in 166 x 256 on 1",
            "Launch Gray 14112 in 56 x 256 on 1",
            "Launch GatherStacks 28224 in 111 x 256 on 1",
            "CopyToHost 28224 on 1",
        ];
        Assert.Equal(queued, cuda.Log);
        converter.Collect();
        Assert.Equal([.. queued, "SynchronizeStream 1"], cuda.Log);
    }

    [Fact]
    public void OpeningTakesThePrimaryContextAndClosingGivesEverythingBackInTheOtherOrder()
    {
        using var cuda = new FakeCuda { Works = false };
        using (var device = new CudaPixelDevice(new CudaDriver(cuda)))
        {
            Assert.Equal(("Fake H100", PixelDeviceKind.Cuda), (device.Name, device.Kind));
            Assert.Equal(new CudaDeviceInfo(0, 70, "Fake H100", 9, 0, 132, 80L << 30), device.Device);
            using var converter = new DeviceConverter(device, new PixelOptions(PixelPreset.Crop160), Palette.Grays);
        }

        var order = cuda.Log.Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal(
            [
                "Init", "DriverVersion", "DeviceCount", "Device", "DeviceName", "DeviceMemory", "DeviceAttribute", "DeviceAttribute",
                "DeviceAttribute", "RetainPrimaryContext", "CreateStream",
            ],
            order[..11]);
        var end = order[(order.LastIndexOf("RegisterHost") + 1)..];
        Assert.Equal(["SynchronizeStream", "UnregisterHost", "UnregisterHost"], end[..3]);
        Assert.All(end[3..^4], call => Assert.Equal("Free", call));
        Assert.Equal(["DestroyStream", "UnloadModule", "UnloadModule", "ReleasePrimaryContext"], end[^4..]);
        Assert.Contains("CreateStream 1 flags 1", cuda.Log);
        Assert.Empty(cuda.Live);
    }

    [Fact]
    public void AKernelIsLoadedOnceHoweverManyConvertersUseIt()
    {
        using var cuda = new FakeCuda { Works = false };
        using (var device = new CudaPixelDevice(new CudaDriver(cuda)))
            for (var i = 0; i < 3; i++)
                new DeviceConverter(device, Gray, Palette.Grays, environments: 1 + i).Dispose();
        Assert.Equal(
            ["LoadModule LookUpMax", "LoadModule Area", "LoadModule Gray"],
            cuda.Log.Where(line => line.StartsWith("LoadModule", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(FakeCuda.Foreign)]
    [InlineData(0)]
    public void AThreadIsLeftInTheContextItWasIn(int before)
    {
        using var cuda = new FakeCuda { Works = false, Current = before };
        foreach (var use in Uses())
        {
            use(cuda);
            Assert.Equal(before, cuda.Current);
        }

        Assert.Empty(cuda.Live);
    }

    [Fact]
    public void InThePrimaryContextAlreadyNothingIsSwitched()
    {
        using var cuda = new FakeCuda { Works = false, Current = FakeCuda.Primary };
        foreach (var use in Uses())
            use(cuda);
        Assert.DoesNotContain("SetCurrentContext", cuda.Counts.Keys);
    }

    [Fact]
    public void TheUsesBelowMakeEveryCall()
    {
        using var cuda = new FakeCuda { Works = false };
        foreach (var use in Uses())
            use(cuda);
        Assert.Equal(DriverNames.Keys.Order(), cuda.Counts.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(CallNames))]
    public void ACallThatFailsIsNamedInOneLineAndNothingIsKept(string call)
    {
        var seen = 0;
        foreach (var use in Uses())
        {
            using var whole = new FakeCuda { Works = false };
            use(whole);
            var count = whole.Counts.GetValueOrDefault(call);
            for (var number = 1; number <= Math.Min(count, 150); number++)
            {
                using var cuda = new FakeCuda { Works = false, Fail = (call, number, 46) };
                var e = Assert.Throws<FastDqnException>(() => use(cuda));
                seen++;
                Assert.Matches($"^{DriverNames[call]}( of [^:]+)?: CUDA_ERROR_FAKE_46(: .+)?$", e.Message);
                Assert.Equal(Opening.Contains(call) ? ErrorKind.Unavailable : ErrorKind.Failure, e.Kind);
                // What a call failed to give back is all that may be left.
                var givingBack = Releases.Contains(call) || call is "CurrentContext" or "SetCurrentContext";
                Assert.True(cuda.Live.Count() <= (givingBack ? 1 : 0), $"{call} {number}: {string.Join(", ", cuda.Live)}");
            }
        }

        Assert.True(seen > 0);
    }

    [Theory]
    [InlineData("Launch")]
    [InlineData("CopyToDevice")]
    [InlineData("SynchronizeStream")]
    public void AFaultThatEveryLaterCallRepeatsIsToldAsItHappened(string call)
    {
        using var cuda = new FakeCuda { Works = false, Fail = (call, 1, 700), Sticky = true };
        var e = Assert.Throws<FastDqnException>(() => Uses()[0](cuda));
        Assert.StartsWith(DriverNames[call], e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AtTheProcesssEndThereIsNothingToTell()
    {
        using var cuda = new FakeCuda { Works = false, Fail = ("Free", 1, 4) };
        Uses()[0](cuda);
        Assert.Single(cuda.Live);
    }

    [Fact]
    public void TheDriversCompilerIsQuotedWhereItRefusesAKernel()
    {
        using var cuda = new FakeCuda { Fail = ("LoadModule", 1, 218) };
        using var device = new CudaPixelDevice(new CudaDriver(cuda));
        var e = Assert.Throws<FastDqnException>(() => new DeviceConverter(device, Gray, Palette.Grays));
        Assert.Equal("cuModuleLoadDataEx of Kernel_LookUpMax: CUDA_ERROR_FAKE_218: ptxas fatal   : made up", e.Message);
    }

    [Fact]
    public void ACodeWithoutANameIsToldAsANumber()
    {
        using var cuda = new FakeCuda { Fail = ("Init", 1, 999) };
        var e = Assert.Throws<FastDqnException>(() => new CudaDriver(cuda));
        Assert.Equal((ErrorKind.Unavailable, "cuInit: CUDA error 999"), (e.Kind, e.Message));
    }

    [Fact]
    public void ADeviceThatIsNotThereIsRefused()
    {
        using var cuda = new FakeCuda { Devices = 2 };
        var driver = new CudaDriver(cuda);
        Assert.Equal(("13.0", 2), (driver.Version, driver.DeviceCount));
        foreach (var ordinal in new[] { -1, 2 })
        {
            var e = Assert.Throws<FastDqnException>(() => new CudaPixelDevice(driver, ordinal));
            Assert.Equal((ErrorKind.Unavailable, $"there is no CUDA device {ordinal}: this process sees 2"), (e.Kind, e.Message));
        }

        using var second = new CudaPixelDevice(driver, 1);
        Assert.Contains("RetainPrimaryContext 71", cuda.Log);
    }

    [Fact]
    public void MemoryAndStreamCanBeAnotherLibrarys()
    {
        using var cuda = new FakeCuda();
        using var context = new PrimaryContext(new CudaDriver(cuda));
        using var stream = context.CreateStream();
        using var allocator = new Allocator(context);
        using (var device = new CudaPixelDevice(context.Driver, 0, allocator, stream.Value))
        {
            cuda.Log.Clear();
            var random = new RandomStream(3);
            using var converter = new DeviceConverter(device, Gray, Palette.Grays, environments: 2);
            var (frames, found, expected) = (new byte[2 * 33600], new byte[2 * 7056], new byte[2 * 7056]);
            foreach (ref var pixel in frames.AsSpan())
                pixel = (byte)random.NextUInt64();
            converter.Convert(frames, frames, found);
            new ReferenceConverter(Gray, Palette.Grays).Convert(frames, frames, expected);
            Assert.Equal(expected, found);
            Assert.True(allocator.Count > 5);
        }

        Assert.Equal(0, allocator.Count);
        Assert.DoesNotContain(cuda.Log, line => line.StartsWith("CreateStream", StringComparison.Ordinal));
        var queued = cuda.Log.Where(line => line.Contains(" on ", StringComparison.Ordinal)).ToList();
        Assert.True(queued.Count > 5);
        Assert.All(queued, line => Assert.EndsWith($" on {stream.Value}", line, StringComparison.Ordinal));
        Assert.Contains(cuda.Live, live => live == $"stream {stream.Value}");
    }

    [Fact]
    public void PinnedMemoryIsRegisteredForEveryContextAndGivenBack()
    {
        using var cuda = new FakeCuda { Current = FakeCuda.Foreign };
        using (var region = new NativeRegion(1 << 16))
        using (var pinned = new CudaPinnedMemory(new CudaDriver(cuda)))
        using (pinned.Register(region.Address, region.Length))
        {
            Assert.Contains("RegisterHost 65536 flags 1", cuda.Log);
            Assert.Equal(["65536 bytes registered", "the primary context"], cuda.Live);
        }

        Assert.Empty(cuda.Live);
    }

    [Fact]
    public void ArgumentsThatAreNotTheKernelsAreRefusedBeforeTheDriverReadsThem()
    {
        using var cuda = new FakeCuda { Works = false };
        using var context = new PrimaryContext(new CudaDriver(cuda));
        using var kernels = new PtxKernels(context);
        var kernel = kernels[nameof(PixelKernels.Gray)];
        foreach (var wrong in new[]
        {
            new KernelArguments(),
            new KernelArguments().View(1, 2).View(1, 2).Value(default(KernelShape)),
            new KernelArguments().View(1, 2).Value(default(KernelShape)),
            new KernelArguments().View(1, 2).Value(default(KernelShape)).Value(default(GrayWeights)).View(1, 2).Value(1),
            new KernelArguments().View(1, 2).Value(default(KernelShape)).View(1, 2),
            new KernelArguments().View(1, 2).Value(1).View(1, 2),
        })
        {
            var e = Assert.Throws<InvalidOperationException>(() => kernel.Launch(1, wrong, 0));
            Assert.Contains("Kernel_Gray", e.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Launch", cuda.Counts.Keys);
    }

    [Fact]
    public void NothingIsLaunchedForNothingAndTooMuchIsRefused()
    {
        using var cuda = new FakeCuda { Works = false };
        using var context = new PrimaryContext(new CudaDriver(cuda));
        using var kernels = new PtxKernels(context);
        using var memory = context.Allocate(1024);
        var arguments = new KernelArguments()
            .View(memory.Value, 1024).Value(default(KernelShape)).Value(default(GrayWeights)).View(memory.Value, 1024);
        var kernel = kernels[nameof(PixelKernels.Gray)];
        kernel.Launch(0, arguments, 0);
        Assert.DoesNotContain("Launch", cuda.Counts.Keys);
        foreach (var extent in new[] { -1, int.MaxValue, int.MaxValue - 255 })
            Assert.Equal(ErrorKind.Usage, Assert.Throws<FastDqnException>(() => kernel.Launch(extent, arguments, 0)).Kind);
        kernel.Launch(int.MaxValue - 256, arguments, 0);
        kernel.Launch(256, arguments, 0);
        kernel.Launch(257, arguments, 0);
        Assert.Equal(
            ["Launch Gray 2147483391 in 8388607 x 256 on 0", "Launch Gray 256 in 1 x 256 on 0", "Launch Gray 257 in 2 x 256 on 0"],
            cuda.Log.Where(line => line.StartsWith("Launch", StringComparison.Ordinal)));
        context.Synchronize(0);
    }

    [Fact]
    public void ASubmissionAllocatesNothing()
    {
        using var device = new CudaPixelDevice(new CudaDriver(new NullCuda()));
        using var converter = new DeviceConverter(device, Gray, Palette.Grays, environments: 2, stackDepth: 4);
        for (var i = 0; i < 8; i++)
        {
            converter.Submit();
            converter.Collect();
        }

        Assert.Equal(0, Allocations.Of(_ =>
        {
            for (var i = 0; i < 100; i++)
            {
                converter.Submit();
                converter.Collect();
            }
        }));
    }

    [Fact]
    public void WithoutADriverCUDAIsUnavailableAndNothingIsPinned()
    {
        if (CudaDriver.Installed)
            Assert.Skip("an NVIDIA driver is installed here");
        var e = Assert.Throws<FastDqnException>(CudaDriver.Load);
        Assert.Equal((ErrorKind.Unavailable, "no NVIDIA driver is installed here: libcuda.so.1 was not found"), (e.Kind, e.Message));
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<FastDqnException>(() => PixelDevice.Open(PixelDeviceKind.Cuda)).Kind);
        Assert.Null(CudaPinnedMemory.Open());
        using var best = PixelDevice.Open();
        Assert.NotEqual(PixelDeviceKind.Cuda, best.Kind);
    }

    // The stub is a library that writes down what arrives (tests/native/pixels/cuda_stub.cpp).
    [Fact]
    public unsafe void TheRealDeclarationsPassWhatTheDriverReads()
    {
        var stub = Path.Combine(AppContext.BaseDirectory, "libcuda_stub.so");
        if (!File.Exists(stub))
            Assert.Skip("libcuda_stub.so is not here: the native tests were not built");
        using var region = new NativeRegion(1 << 16);
        var usual = IlgpuContext.CudaLibrary;
        IlgpuContext.CudaLibrary = stub;
        try
        {
            var driver = CudaDriver.Load();
            Assert.Equal(("12.8", 3), (driver.Version, driver.DeviceCount));
            using (var context = new PrimaryContext(driver, 1))
            {
                Assert.Equal(new CudaDeviceInfo(1, 41, "Stub 41", 9, 0, 116, 85L << 30), context.Device);
                Assert.Equal((5L << 30, 6L << 30), context.MemoryInfo());
                using var memory = context.Allocate(5L << 32);
                using var registered = context.Register(region.Address, 1L << 16);
                using var stream = context.CreateStream();
                context.Upload(region.Address, memory.Value, 11, stream.Value);
                context.Download(memory.Value, region.Address, 12, stream.Value);
                using var kernel = new PtxKernel(context, PtxCode.Of(
                    "Kernel_Some", ".visible .entry Kernel_Some(.param .b32 i, .param .align 8 .b8 v[16], .param .b32 n) {}"));
                kernel.Launch(1000, new KernelArguments().View(memory.Value, 7L << 33).Value(-13), stream.Value);
                using var start = context.CreateEvent();
                using var end = context.CreateEvent();
                context.Record(start, stream.Value);
                Assert.Equal(1.5, context.MillisecondsBetween(start, end));
                context.Synchronize(stream.Value);
                var refused = PtxCode.Of("Kernel_Some", ".visible .entry Kernel_Some() { refuse }");
                var e = Assert.Throws<FastDqnException>(() => new PtxKernel(context, refused));
                Assert.Equal("cuModuleLoadDataEx of Kernel_Some: CUDA_ERROR_STUB: stub: refused", e.Message);
            }

            var log = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(NativeLibrary.Load(stub), "stub_log"))();
            var host = $"0x{region.Address:x}";
            var text = Marshal.PtrToStringUTF8(log)!;
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.Split(' ')[0] is not ("cuInit" or "cuCtxSetCurrent"));
            Assert.Equal(
                [
                    "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet 1", "cuDeviceGetName 41", "cuDeviceTotalMem 41",
                    "cuDeviceGetAttribute 75 41", "cuDeviceGetAttribute 76 41", "cuDeviceGetAttribute 16 41",
                    "cuDevicePrimaryCtxRetain 41",
                    "cuMemGetInfo",
                    "cuMemAlloc 21474836480",
                    $"cuMemHostRegister {host} 65536 1",
                    "cuStreamCreate 1",
                    $"cuMemcpyHtoDAsync 0xd000000000 {host} 11 0x5700000000",
                    $"cuMemcpyDtoHAsync {host} 0xd000000000 12 0x5700000000",
                    "cuModuleLoadDataEx .visible 2",
                    "cuModuleGetFunction 0xb000000000 Kernel_Some",
                    "cuLaunchKernel 0xf000000000 4 1 1 256 1 1 0 0x5700000000 1000 0xd000000000 60129542144 -13 (nil)",
                    "cuEventCreate 0", "cuEventCreate 0",
                    "cuEventRecord 0xe000000000 0x5700000000",
                    "cuEventSynchronize 0xe000000001", "cuEventElapsedTime 0xe000000000 0xe000000001",
                    "cuStreamSynchronize 0x5700000000",
                    "cuModuleLoadDataEx .visible 2", "cuGetErrorName 218",
                    "cuEventDestroy 0xe000000001", "cuEventDestroy 0xe000000000",
                    "cuModuleUnload 0xb000000000",
                    "cuStreamDestroy 0x5700000000",
                    $"cuMemHostUnregister {host}",
                    "cuMemFree 0xd000000000",
                    "cuDevicePrimaryCtxRelease 41",
                ],
                lines);
            Assert.Contains("cuCtxSetCurrent 0xc0ffee0000\n", text, StringComparison.Ordinal);
            Assert.EndsWith("cuCtxSetCurrent 0xabcd0000\ncuDevicePrimaryCtxRelease 41\n", text, StringComparison.Ordinal);
        }
        finally
        {
            IlgpuContext.CudaLibrary = usual;
        }
    }

    // Everything that FastDqn asks of the driver.
    private static Action<FakeCuda>[] Uses() =>
    [
        cuda =>
        {
            using var device = new CudaPixelDevice(new CudaDriver(cuda));
            using var converter = new DeviceConverter(device, Gray, Palette.Grays, environments: 1, stackDepth: 2);
            converter.Submit();
            converter.Collect();
        },
        cuda =>
        {
            using var region = new NativeRegion(1 << 16);
            using var pinned = new CudaPinnedMemory(new CudaDriver(cuda));
            using var registration = pinned.Register(region.Address, region.Length);
        },
        cuda =>
        {
            using var context = new PrimaryContext(new CudaDriver(cuda));
            Assert.Equal((70L << 30, 80L << 30), context.MemoryInfo());
            using var start = context.CreateEvent();
            using var end = context.CreateEvent();
            context.Record(start, 0);
            context.Record(end, 0);
            Assert.Equal(2, context.MillisecondsBetween(start, end));
        },
    ];

    // Memory as a library in the same context would have it.
    private sealed class Allocator(PrimaryContext context) : IDeviceAllocator, IDisposable
    {
        private readonly Dictionary<nint, CudaHandle> _blocks = [];

        public int Count => _blocks.Count;

        public nint Allocate(long bytes)
        {
            var block = context.Allocate(bytes);
            _blocks.Add(block.Value, block);
            return block.Value;
        }

        public void Free(nint address)
        {
            Assert.True(_blocks.Remove(address, out var block));
            block.Dispose();
        }

        public void Dispose() => Assert.Empty(_blocks);
    }
}
