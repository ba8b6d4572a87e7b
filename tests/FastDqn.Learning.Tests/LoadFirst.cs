using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using FastDqn.Learning;
using FastDqn.Learning.Interop;

namespace FastDqn.Learning.Tests;

internal static class LoadFirst
{
    /// <summary>
    /// Classes run at once: one that used TorchSharp while another's thread still loads libtorch would have TorchSharp
    /// look for a libtorch of its own.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "before any test, on whatever thread")]
    internal static void Load() => LibTorch.Load();
}
