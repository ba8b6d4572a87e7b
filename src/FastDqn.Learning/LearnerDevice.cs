using System.Globalization;
using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>The device names that the program takes.</summary>
public static class LearnerDevice
{
    /// <summary>True when libtorch can use an NVIDIA GPU here.</summary>
    public static bool CudaAvailable
    {
        get
        {
            LibTorch.Load();
            return cuda.is_available();
        }
    }

    /// <summary>Why updates on a GPU cannot be recorded as graphs, in one line; null where they can.</summary>
    public static string? GraphProblem => CudaCalls.Problem;

    /// <summary>
    /// cpu, cuda or cuda:N; <see cref="ErrorKind.Usage"/> for other names, <see cref="ErrorKind.Unavailable"/> without
    /// the device.
    /// </summary>
    internal static Device Parse(string name, LearnerPrecision precision = LearnerPrecision.Float32)
    {
        if (name == "cpu")
            return CPU;
        var index = 0;
        if (name != "cuda"
            && !(name.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index)))
        {
            throw new FastDqnException(ErrorKind.Usage, $"device '{name}' is unknown: use cpu, cuda or cuda:N");
        }

        if (!CudaAvailable)
            throw new FastDqnException(ErrorKind.Unavailable, $"device '{name}' is not available: libtorch sees no NVIDIA GPU; use cpu");
        if (index >= cuda.device_count())
            throw new FastDqnException(
                ErrorKind.Unavailable, $"device '{name}' is not available: libtorch sees {cuda.device_count()}, numbered from 0");
        // Left to itself libtorch rounds convolutions and nothing else.
        backends.cuda.matmul.allow_tf32 = backends.cudnn.allow_tf32 = precision == LearnerPrecision.Tf32;
        LibTorch.UseDeterministicCudnn();
        return new Device(DeviceType.CUDA, index);
    }
}
