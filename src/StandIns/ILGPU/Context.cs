using System.Collections.Immutable;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>What ILGPU knows of this machine: its devices. Dispose it last.</summary>
public sealed class Context : ILGPU.Util.DisposeBase
{
    private Context(IEnumerable<Device> devices)
    {
        Devices = [.. devices];
    }

    public ImmutableArray<Device> Devices { get; }

    public static Builder Create() => new();

    public static Context Create(Action<Builder> buildingCallback)
    {
        ArgumentNullException.ThrowIfNull(buildingCallback);
        var builder = Create();
        buildingCallback(builder);
        return builder.ToContext();
    }

    public static Context CreateDefault() => Create(builder => builder.Default());

    /// <summary>The largest device that is not a CPU, or the CPU.</summary>
    public Device GetPreferredDevice(bool preferCPU) => GetPreferredDevices(preferCPU, false).First();

    public IEnumerable<Device> GetPreferredDevices(bool preferCPU, bool matchingDevicesOnly)
    {
        var others = preferCPU
            ? []
            : Devices.Where(device => device.AcceleratorType != AcceleratorType.CPU).OrderByDescending(device => device.MemorySize).ToList();
        if (others.Count == 0)
            return Devices.Where(device => device.AcceleratorType == AcceleratorType.CPU);
        return matchingDevicesOnly
            ? others.Where(device => device.AcceleratorType == others[0].AcceleratorType && device.MemorySize == others[0].MemorySize)
            : others;
    }

    public ImmutableArray<Device>.Enumerator GetEnumerator() => Devices.GetEnumerator();

    /// <summary>Says which devices a context has.</summary>
    public sealed class Builder
    {
        private readonly List<Device> _devices = [];

        internal Builder()
        {
        }

        public Builder Default() => AllAccelerators();

        public Builder AllAccelerators() => this.DefaultCPU();

        public Context ToContext() => new(_devices);

        internal Builder Register(Device device)
        {
            if (!_devices.Contains(device))
                _devices.Add(device);
            return this;
        }
    }
}

/// <summary>The algorithms library.</summary>
public static partial class AlgorithmContext
{
    /// <summary>Lets kernels use the algorithms; on CPU threads they are plain methods.</summary>
    public static Context.Builder EnableAlgorithms(this Context.Builder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder;
    }
}
