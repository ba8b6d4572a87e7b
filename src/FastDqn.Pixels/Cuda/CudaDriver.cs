using System.Globalization;
using FastDqn.Core;

namespace FastDqn.Pixels.Cuda;

/// <summary>A device as the driver describes it.</summary>
/// <param name="Ordinal">Its number among the devices that this process sees.</param>
/// <param name="Handle">The driver's handle.</param>
/// <param name="Major">Compute capability, first number.</param>
/// <param name="Minor">Compute capability, second number.</param>
/// <param name="MemoryBytes">Memory of the whole device.</param>
public sealed record CudaDeviceInfo(int Ordinal, int Handle, string Name, int Major, int Minor, int Multiprocessors, long MemoryBytes);

/// <summary>
/// NVIDIA's driver with every code checked: a call that fails throws a <see cref="FastDqnException"/> of one line
/// that names the call and CUDA's error. It makes no context; <see cref="PrimaryContext"/> has the calls that need
/// one.
/// </summary>
public sealed class CudaDriver
{
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;
    private const int MultiprocessorCount = 16;
    private const int PciBus = 33;
    private const int PciDevice = 34;
    private const int PciDomain = 50;
    private const int Deinitialized = 4;

    private bool _failed;

    /// <exception cref="FastDqnException">Unavailable: the driver does not start.</exception>
    internal CudaDriver(ICudaCalls calls)
    {
        Calls = calls;
        Check("cuInit", calls.Init(), ErrorKind.Unavailable);
        Check("cuDriverGetVersion", calls.DriverVersion(out var version), ErrorKind.Unavailable);
        Version = string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
        Check("cuDeviceGetCount", calls.DeviceCount(out var count), ErrorKind.Unavailable);
        DeviceCount = count;
    }

    /// <summary>Whether NVIDIA's driver is installed here, with or without a device.</summary>
    public static bool Installed => CudaCalls.Installed;

    /// <summary>The newest CUDA that the driver supports, such as "13.0".</summary>
    public string Version { get; }

    /// <summary>Devices that this process sees.</summary>
    public int DeviceCount { get; }

    internal ICudaCalls Calls { get; }

    /// <summary>The driver of this machine.</summary>
    /// <exception cref="FastDqnException">Unavailable: there is none, or no device.</exception>
    public static CudaDriver Load() => Installed
        ? new CudaDriver(new CudaCalls())
        : throw new FastDqnException(
            ErrorKind.Unavailable, $"no NVIDIA driver is installed here: {IlgpuContext.CudaLibrary} was not found");

    /// <summary>What device <paramref name="ordinal"/> is.</summary>
    public CudaDeviceInfo Describe(int ordinal)
    {
        if (ordinal < 0 || ordinal >= DeviceCount)
            throw new FastDqnException(ErrorKind.Unavailable, $"there is no CUDA device {ordinal}: this process sees {DeviceCount}");
        Check("cuDeviceGet", Calls.Device(out var device, ordinal), ErrorKind.Unavailable);
        Check("cuDeviceGetName", Calls.DeviceName(out var name, device), ErrorKind.Unavailable);
        Check("cuDeviceTotalMem", Calls.DeviceMemory(out var bytes, device), ErrorKind.Unavailable);
        return new CudaDeviceInfo(
            ordinal, device, name ?? "", Attribute(ComputeCapabilityMajor), Attribute(ComputeCapabilityMinor),
            Attribute(MultiprocessorCount), bytes);

        int Attribute(int kind)
        {
            Check("cuDeviceGetAttribute", Calls.DeviceAttribute(out var value, kind, device), ErrorKind.Unavailable);
            return value;
        }
    }

    /// <summary>Where device <paramref name="ordinal"/> is on the bus, as /sys names it: "0000:17:00.0".</summary>
    public string PciAddress(int ordinal)
    {
        Check("cuDeviceGet", Calls.Device(out var device, ordinal), ErrorKind.Unavailable);
        return string.Create(
            CultureInfo.InvariantCulture, $"{Attribute(PciDomain):x4}:{Attribute(PciBus):x2}:{Attribute(PciDevice):x2}.0");

        int Attribute(int kind)
        {
            Check("cuDeviceGetAttribute", Calls.DeviceAttribute(out var value, kind, device), ErrorKind.Unavailable);
            return value;
        }
    }

    /// <summary>Throws where <paramref name="code"/> is not success.</summary>
    /// <param name="call">The driver's name of the call, with what it was about.</param>
    internal void Check(string call, int code, ErrorKind kind = ErrorKind.Failure, string? detail = null)
    {
        if (code == 0)
            return;
        _failed = true;
        throw new FastDqnException(kind, $"{call}: {NameOf(code)}{(string.IsNullOrEmpty(detail) ? "" : ": " + detail)}");
    }

    /// <summary>
    /// The check of calls that give something back. After a failure the driver refuses most of them with the same code;
    /// the first failure says more, so these do not replace it. Nor is there anything to tell while the process ends.
    /// </summary>
    internal void CheckRelease(string call, int code)
    {
        if (!_failed && code != Deinitialized)
            Check(call, code);
    }

    private string NameOf(int code) =>
        Calls.ErrorName(code, out var name) == 0 && name is not null
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"CUDA error {code}");
}
