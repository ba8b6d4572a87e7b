using System.ComponentModel;
using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Learning.Interop;

/// <summary>
/// Turns what libtorch throws into one line and a documented exit code; its own messages carry a page of C++ frames.
/// </summary>
public static class LibTorchError
{
    /// <summary>
    /// The error for people; null where <paramref name="thrown"/> and what it was caused by are not libtorch's.
    /// </summary>
    public static FastDqnException? Explain(Exception thrown)
    {
        for (var e = thrown; e is not null; e = e.InnerException)
        {
            if (e is FastDqnException)
                return null;
            if (e is ExternalException and not Win32Exception)
                return new FastDqnException(KindOf(e.Message), $"libtorch: {Line(e.Message)}{Remedy(e.Message)}", thrown);
        }

        return null;
    }

    /// <summary>The first line with words, without the place in libtorch's source.</summary>
    private static string Line(string message)
    {
        var line = message.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? "an error without a message";
        return line.Split(" (Exception raised from ")[0].TrimEnd('.', ':');
    }

    // A build that lacks what a device needs is a missing part; anything else is a run that failed, lack of memory as
    // on the host.
    private static ErrorKind KindOf(string message) =>
        Says(
            message, "no kernel image is available", "Could not run 'aten::", "not compiled with CUDA", "no NVIDIA driver",
            "driver version is insufficient", "CUDA driver initialization failed")
            ? ErrorKind.Unavailable
            : ErrorKind.Failure;

    private static string Remedy(string message) =>
        Says(message, "out of memory", "can't allocate memory", "not enough memory")
            ? "; lower schedule.batch_size, env.count or the widths of the network, or take a device with more memory"
            : "";

    private static bool Says(string message, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (message.Contains(text, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
