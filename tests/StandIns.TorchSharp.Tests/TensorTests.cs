using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace StandIns.TorchSharp.Tests;

public sealed class TensorTests
{
    private static readonly double[] Values = [-2.5, -1.0, -0.25, 0.5, 1.0, 3.0];

    public static TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> Unary => new()
    {
        { "abs", x => x.abs(), Math.Abs },
        { "neg", x => -x, x => -x },
        { "square", x => x.square(), x => x * x },
        { "exp", x => x.exp(), Math.Exp },
        { "expm1", x => x.expm1(), x => Math.Exp(x) - 1 },
        { "log", x => x.log(), Math.Log },
        { "log1p", x => x.log1p(), x => Math.Log(1 + x) },
        { "sqrt", x => x.sqrt(), Math.Sqrt },
        { "rsqrt", x => x.rsqrt(), x => 1 / Math.Sqrt(x) },
        { "reciprocal", x => x.reciprocal(), x => 1 / x },
        { "sign", x => x.sign(), x => Math.Sign(x) },
        { "sin", x => x.sin(), Math.Sin },
        { "cos", x => x.cos(), Math.Cos },
        { "tanh", x => x.tanh(), Math.Tanh },
        { "sigmoid", x => x.sigmoid(), x => 1 / (1 + Math.Exp(-x)) },
        { "relu", x => x.relu(), x => Math.Max(x, 0) },
        { "silu", x => x.silu(), x => x / (1 + Math.Exp(-x)) },
        { "elu", x => x.elu(), x => x > 0 ? x : Math.Exp(x) - 1 },
        { "leaky", x => x.leaky_relu(0.1), x => x > 0 ? x : 0.1 * x },
        { "softplus", x => x.softplus(), x => Math.Log(1 + Math.Exp(x)) },
        { "floor", x => x.floor(), Math.Floor },
        { "ceil", x => x.ceil(), Math.Ceiling },
        { "round", x => x.round(), x => Math.Round(x, MidpointRounding.ToEven) },
        { "trunc", x => x.trunc(), Math.Truncate },
        { "clamp", x => x.clamp(-1, 2), x => Math.Clamp(x, -1, 2) },
        { "clamp_min", x => x.clamp_min(0.75), x => Math.Max(x, 0.75) },
        { "pow", x => x.pow(3), x => x * x * x },
        { "add", x => x + 2, x => x + 2 },
        { "radd", x => 2 - x, x => 2 - x },
        { "mul", x => x * 3.0, x => x * 3 },
        { "rdiv", x => 1 / x, x => 1 / x },
        { "div", x => x / 4, x => x / 4 },
        { "floor_div", x => x.div(2, RoundingMode.floor), x => Math.Floor(x / 2) },
        { "remainder", x => x % 2, x => x - (2 * Math.Floor(x / 2)) },
        { "isnan", x => x.log().isnan(), x => double.IsNaN(Math.Log(x)) ? 1 : 0 },
        { "eq", x => x == 1, x => x == 1 ? 1 : 0 },
        { "lt", x => x < 0.5, x => x < 0.5 ? 1 : 0 },
        { "ge", x => x >= 0.5, x => x >= 0.5 ? 1 : 0 },
        { "flipped", x => 0.5 < x, x => 0.5 < x ? 1 : 0 },
        { "not", x => (x > 0).logical_not(), x => x > 0 ? 0 : 1 },
    };

    [Theory]
    [MemberData(nameof(Unary))]
    public void Each_element_maps_to_the_known_value(string name, Func<Tensor, Tensor> operation, Func<double, double> expected)
    {
        using var scope = NewDisposeScope();
        Assert.NotEmpty(name);
        Numbers.Close([.. Values.Select(expected)], operation(tensor(Values)), 1e-12);
        Numbers.Close([.. Values.Select(expected)], operation(tensor(Values, float32)), 1e-5);
    }

    [Fact]
    public void In_place_operations_change_and_return_their_tensor()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2f, 3f });
        Assert.Same(x, x.add_(1).mul_(2).sub_(tensor(new[] { 1f, 1f, 1f })).div_(3));
        Numbers.Close([1, 5 / 3.0, 7 / 3.0], x);
        Numbers.Close([2, 2, 2], x.fill_(2));
        Numbers.Close([5, 6, 7], x.addcmul_(tensor(new[] { 3f, 4f, 5f }), tensor(new[] { 1f, 1f, 1f }), 1));
        Numbers.Close([4, 4, 4], x.addcdiv_(tensor(new[] { 1f, 2f, 3f }), tensor(new[] { 1f, 1f, 1f }), -1));
        Numbers.Close([5, 5, 5], x.lerp_(full(3, 6f), full(3, 0.5f)));
        Numbers.Close([0, 0, 0], x.zero_());
        Numbers.Close([7, 8, 9], x.copy_(tensor(new[] { 7L, 8L, 9L })));
        Numbers.Close([7.5, 8, 8.5], x.clamp_(7.5, 8.5));
    }

    [Fact]
    public void Factories_give_shape_type_and_values()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2L, 3L], zeros(2, 3).shape);
        Assert.Equal(ScalarType.Float32, ones(4).dtype);
        Assert.Equal(ScalarType.Int64, arange(5).dtype);
        Assert.Equal(ScalarType.Float32, arange(0, 1, 0.25).dtype);
        Numbers.Close([0, 0.25, 0.5, 0.75], arange(0, 1, 0.25));
        Numbers.Close([0, 0.5, 1], linspace(0, 1, 3));
        Numbers.Close([1, 0, 0, 1], eye(2));
        Numbers.Close([7, 7], full([2], 7, ScalarType.Int32));
        Numbers.Close([1, 2, 3, 4], tensor(new float[,] { { 1, 2 }, { 3, 4 } }));
        Assert.Equal(ScalarType.Byte, tensor(new byte[] { 1 }).dtype);
        Assert.Equal(ScalarType.Bool, tensor(new[] { true }).dtype);
        Assert.Equal(ScalarType.Float64, ones_like(zeros(2, dtype: float64)).dtype);
        Assert.True(zeros(1, requires_grad: true).requires_grad);
        Assert.Equal([3L], randperm(3).shape);
        Assert.True((randint(0, 4, [100]) < 4).all().item<bool>());
    }

    [Fact]
    public void Tensor_copies_its_array_and_from_array_shares_it()
    {
        using var scope = NewDisposeScope();
        var array = new[] { 1f, 2f };
        var copy = tensor(array);
        var shared = from_array(array);
        array[0] = 9;
        Numbers.Close([1, 2], copy);
        Numbers.Close([9, 2], shared);
        Assert.Throws<ArgumentException>(() => tensor(array, new long[] { 3 }));
    }

    [Fact]
    public void Shapes_change_as_views_of_the_same_memory()
    {
        using var scope = NewDisposeScope();
        var x = arange(24).to(float32).view(2, 3, 4);
        Assert.Equal([2L, 12L], x.flatten(1).shape);
        Assert.Equal([6L, 4L], x.reshape(-1, 4).shape);
        Assert.Equal([4L, 3L, 2L], x.permute(2, 1, 0).shape);
        Assert.Equal([2L, 4L, 3L], x.transpose(1, 2).shape);
        Assert.False(x.transpose(1, 2).is_contiguous());
        Assert.Equal([12L, 4L, 1L], x.stride());
        Assert.Equal([1L, 2L, 3L, 4L], x.unsqueeze(0).shape);
        Assert.Equal([2L, 3L, 4L], x.unsqueeze(0).squeeze(0).shape);
        Assert.Equal([2L, 3L, 4L], x.unsqueeze(0).squeeze().shape);
        Assert.Equal([5L, 3L], zeros(3).expand(5, 3).shape);
        Assert.Equal([4L, 6L], zeros(2, 3).repeat(2, 2).shape);
        Numbers.Close([0, 0, 1, 1], tensor(new[] { 0f, 1f }).repeat_interleave(2));
        x.select(0, 1).zero_();
        Assert.Equal(66, x.sum().item<float>());
        Assert.Equal([2L, 3L, 2L], x.narrow(2, 1, 2).shape);
        Assert.Equal(3, x.split(1, 1).Length);
        Assert.Equal(2, x.chunk(2).Length);
        Assert.Equal([3L, 4L], x.unbind()[0].shape);
    }

    [Fact]
    public void Subscripts_read_and_write()
    {
        using var scope = NewDisposeScope();
        var x = arange(12).view(3, 4);
        Assert.Equal(6L, x[1, 2].item<long>());
        Numbers.Close([4, 5, 6, 7], x[1]);
        Numbers.Close([1, 5, 9], x[TensorIndex.Colon, 1]);
        Numbers.Close([0, 2], x[0, TensorIndex.Slice(0, null, 2)]);
        Numbers.Close([4, 5], x[1, ..2]);
        Numbers.Close([11], x[^1, ^1]);
        Numbers.Close([3, 7, 11], x[TensorIndex.Ellipsis, -1]);
        Assert.Equal([3L, 1L, 4L], x[TensorIndex.Colon, TensorIndex.None].shape);
        Numbers.Close([8, 9, 10, 11, 0, 1, 2, 3], x[tensor(new[] { 2L, 0L })]);
        Numbers.Close([9, 10, 11], x[x > 8]);
        x[0] = zeros(4, dtype: int64);
        x[2, 3] = tensor(-1L);
        Numbers.Close([0, 0, 0, 0, 4, 5, 6, 7, 8, 9, 10, -1], x);
        Assert.Throws<ExternalException>(() => x[5]);
    }

    [Fact]
    public void Reductions_give_known_values()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new double[,] { { 1, 5, 3 }, { 4, 2, 9 } });
        Assert.Equal(24, x.sum().item<double>());
        Numbers.Close([5, 7, 12], x.sum(0L));
        Numbers.Close([9, 15], x.sum([1], keepdim: true));
        Assert.Equal(4, x.mean().item<double>());
        Numbers.Close([3, 5], x.mean([1]));
        var (values, indexes) = x.max(1);
        Numbers.Close([5, 9], values);
        Numbers.Close([1, 2], indexes);
        Numbers.Close([1, 2], x.min(1).values);
        Numbers.Close([5, 9], x.amax([1]));
        Numbers.Close([1, 2], x.argmax(1));
        Numbers.Close([0, 1, 0], x.argmin(0));
        Numbers.Close([2, Math.Sqrt(13)], x.std(1));
        Numbers.Close([8 / 3.0, 26 / 3.0], x.var(1, unbiased: false));
        Assert.Equal(Math.Sqrt(136), x.norm().item<double>(), 1e-12);
        Numbers.Close([1, 6, 9, 4, 6, 15], x.cumsum(1));
        Numbers.Close([15, 72], x.prod(1));
        Assert.True((x > 0).all().item<bool>());
        Assert.False((x > 9).any().item<bool>());
        Numbers.Close([1, 3, 5, 2, 4, 9], x.sort(1).Values);
        Numbers.Close([5, 3], x[0].topk(2).values);
        Numbers.Close([Math.Log(Math.E + Math.Exp(5) + Math.Exp(3))], x[0].logsumexp(0), 1e-12);
        var soft = x.softmax(1);
        Numbers.Close([1, 1], soft.sum(1), 1e-12);
        Numbers.Close(Numbers.Of(soft.log()), x.log_softmax(1), 1e-12);
    }

    [Fact]
    public void Gathering_and_scattering_are_inverse()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        var index = tensor(new long[,] { { 2 }, { 0 } });
        Numbers.Close([3, 4], x.gather(1, index));
        Numbers.Close([0, 0, 3, 4, 0, 0], zeros(2, 3).scatter_(1, index, x.gather(1, index)));
        Numbers.Close([0, 3, 0], zeros(3).scatter_add_(0, tensor(new[] { 1L, 1L }), tensor(new[] { 1f, 2f })));
        Numbers.Close([1, 3, 4, 6], x.index_select(1, tensor(new[] { 0L, 2L })));
        Numbers.Close([2, 0, 2], zeros(3).index_add_(0, tensor(new[] { 0L, 2L }), tensor(new[] { 1f, 1f }), 2));
        Numbers.Close([1, -1, -1, -1, -1, -1], x.masked_fill(x > 1, -1));
        Numbers.Close([1, 0, 0, 0, 0, 0], where(x < 2, x, zeros_like(x)));
        Numbers.Close([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], cat([x, x]));
        Assert.Equal([2L, 2L, 3L], stack([x, x], 1).shape);
        Numbers.Close([2, 3], maximum(tensor(new[] { 2f, 1f }), tensor(new[] { 0f, 3f })));
    }

    [Fact]
    public void Products_of_matrices_are_those_of_algebra()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[,] { { 1, 2 }, { 3, 4 } });
        var b = tensor(new float[,] { { 5, 6 }, { 7, 8 } });
        double[] product = [19, 22, 43, 50];
        Numbers.Close(product, a.mm(b));
        Numbers.Close(product, a.matmul(b));
        Numbers.Close(product, a.unsqueeze(0).bmm(b.unsqueeze(0)));
        Numbers.Close([24, 28, 50, 58], b.addmm(a, b));
        Numbers.Close([5, 11], a.mv(tensor(new[] { 1f, 2f })));
        Numbers.Close(product, einsum("ij,jk->ik", a, b));
        Numbers.Close([11], tensor(new[] { 1f, 2f }).dot(tensor(new[] { 3f, 4f })));
    }

    [Fact]
    public void Types_and_scalars_convert()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.75f });
        Assert.Equal(1L, x.to(int64).item<long>());
        Assert.Equal(1.75, (double)x);
        Assert.Equal(1, x.ToInt32());
        Assert.Equal(ScalarType.Float64, ((Scalar)1.5f).Type);
        Assert.Equal(ScalarType.Int64, ((Scalar)1).Type);
        Assert.Throws<ArgumentException>(() => x.item<double>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
        Assert.Equal("cpu", x.device.ToString());
        Assert.Equal(new byte[] { 0, 0, 224, 63 }, x.bytes.ToArray());
    }

    [Fact]
    public void Accessors_walk_strided_tensors_in_row_major_order()
    {
        using var scope = NewDisposeScope();
        var x = arange(6).view(2, 3).t();
        var accessor = x.data<long>();
        Assert.Equal([0L, 3L, 1L, 4L, 2L, 5L], accessor.ToArray());
        Assert.Equal(4L, accessor[1, 1]);
        accessor[2, 0] = 7;
        Assert.Equal(7L, x[2, 0].item<long>());
        var target = new long[3];
        accessor.CopyTo(target, 1, 2);
        Assert.Equal([0L, 1L, 4L], target);
        Assert.Throws<IndexOutOfRangeException>(() => accessor[6]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Frame_stacks_convert_to_channels_last_floats(int planes)
    {
        using var scope = NewDisposeScope();
        var frames = randint(0, 256, [3, planes, 5, 7], uint8);
        var rows = frames.permute(0, 2, 3, 1);
        var floats = empty(rows.shape, float32).copy_(rows);
        Assert.True(floats.equal(rows.to(float32)).all().item<bool>());
        Assert.True(floats.permute(0, 3, 1, 2).equal(frames).all().item<bool>());
    }

    [Fact]
    public void A_failure_carries_libtorchs_message()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => zeros(2, 3).matmul(zeros(2, 3)));
        Assert.Contains("shapes cannot be multiplied", error.Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => zeros(2).add_(zeros(3)));
        var gone = zeros(1);
        gone.Dispose();
        Assert.Throws<InvalidOperationException>(() => gone.add(1));
    }
}
