using TorchSharp;

namespace StandIns.TorchSharp.Tests;

/// <summary>Reading tensors and comparing them with numbers.</summary>
internal static class Numbers
{
    internal static double[] Of(torch.Tensor tensor)
    {
        using var here = tensor.to(torch.float64).contiguous();
        return here.data<double>().ToArray();
    }

    internal static void Close(double[] expected, torch.Tensor actual, double tolerance = 1e-6)
    {
        var values = Of(actual);
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var close = double.IsNaN(expected[i])
                ? double.IsNaN(values[i])
                : expected[i].Equals(values[i]) || Math.Abs(expected[i] - values[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(close, $"element {i}: expected {expected[i]:R}, got {values[i]:R}");
        }
    }

    /// <summary>Compares the gradient that autograd gives each input with central differences, in double precision.</summary>
    internal static void GradientsAgree(Func<torch.Tensor[], torch.Tensor> function, params torch.Tensor[] inputs)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var input in inputs)
            input.requires_grad = true;
        function(inputs).backward();
        const double step = 1e-6;
        foreach (var input in inputs)
        {
            var gradient = Of(input.grad!);
            using var mode = torch.no_grad();
            var values = input.data<double>();
            for (var i = 0; i < gradient.Length; i++)
            {
                using var inner = torch.NewDisposeScope();
                var before = values[i];
                values[i] = before + step;
                var above = function(inputs).item<double>();
                values[i] = before - step;
                var below = function(inputs).item<double>();
                values[i] = before;
                var difference = (above - below) / (2 * step);
                Assert.True(Math.Abs(difference - gradient[i]) <= 1e-5 * Math.Max(1, Math.Abs(difference)), $"element {i}: autograd {gradient[i]:R}, differences {difference:R}");
            }
        }
    }
}
