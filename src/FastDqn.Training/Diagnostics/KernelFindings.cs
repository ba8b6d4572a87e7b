using FastDqn.Core;
using FastDqn.Pixels;

namespace FastDqn.Training.Diagnostics;

/// <summary>
/// The pixel kernels' self-test as findings: one for the device, and one for each preset that differs.
/// </summary>
public static class KernelFindings
{
    /// <summary>Opens the preferred device and compares its kernels with the reference.</summary>
    public static IEnumerable<Finding> Examine()
    {
        List<Finding> findings = [];
        try
        {
            using var device = PixelDevice.Open();
            var checks = KernelSelfTest.Run(device);
            var failed = checks.Where(check => !check.Passed).ToList();
            findings.Add(new Finding(
                "pixel kernels",
                failed.Count == 0 ? FindingState.Good : FindingState.Missing,
                $"{checks.Count - failed.Count} of {checks.Count} checks equal the reference on {device.Name}",
                failed.Count == 0 ? "" : "the CPU path is exact: leave the device out"));
            findings.AddRange(failed.Select(check => new Finding(
                $"kernel {check.Name}",
                FindingState.Missing,
                check.Error?.Split('\n')[0] ?? $"{check.Differing} bytes differ in {check.Observations} observations")));
        }
        catch (FastDqnException e)
        {
            findings.Add(new Finding("pixel kernels", FindingState.Missing, e.Message.Split('\n')[0], "the CPU path needs no device"));
        }

        return findings;
    }
}
