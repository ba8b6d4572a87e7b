using System.Runtime.CompilerServices;
using FastDqn.Learning;

namespace FastDqn.Learning.Tests;

internal static class TestRuntime
{
    // As the program does: before the first tensor. One thread, so that test classes can run side by side.
    [ModuleInitializer]
    internal static void Prepare() => NativeRuntime.Prepare(threads: 1);
}
