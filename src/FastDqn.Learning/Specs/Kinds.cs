using FastDqn.Learning.Networks;

namespace FastDqn.Learning.Specs;

/// <summary>Element type of what a network sees.</summary>
public enum ObservationKind
{
    /// <summary>Unsigned bytes 0..255, seen as <see cref="BodySpec.Input"/> says.</summary>
    UInt8,

    /// <summary>32-bit floats, seen as they are.</summary>
    Float32,
}

/// <summary>The part of a network between the observation and the head.</summary>
public enum BodyKind
{
    /// <summary>Fully connected layers of <see cref="BodySpec.Widths"/>.</summary>
    Mlp,

    /// <summary>Mnih et al. 2013: 16 8x8/4, 32 4x4/2, 256 fully connected.</summary>
    Dqn2013,

    /// <summary>Mnih et al. 2015: 32 8x8/4, 64 4x4/2, 64 3x3/1, 512 fully connected.</summary>
    Nature,

    /// <summary>
    /// Espeholt et al. 2018: three residual stages of 16, 32, 32 channels times <see cref="BodySpec.Scale"/>.
    /// </summary>
    Impala,

    /// <summary>Small grids and MinAtar-like planes: one 3x3 convolution of 16 channels, 128 fully connected.</summary>
    GridWorld,

    /// <summary>Three 5x5/2 convolutions of 16, 32, 32 channels (PyTorch's DQN tutorial, with batch norm).</summary>
    Conv5x5,

    /// <summary>
    /// <see cref="BodySpec.Convolutions"/>, then fully connected layers of <see cref="BodySpec.Widths"/>.
    /// </summary>
    Composed,
}

/// <summary>How a network sees the bytes of an observation.</summary>
public enum InputRange
{
    /// <summary>x / 255, from 0 to 1.</summary>
    Unit,

    /// <summary>x, from 0 to 255.</summary>
    Raw,

    /// <summary>(x - 128) / 128, from -1 to 1.</summary>
    Signed,
}

/// <summary>Where a body normalises.</summary>
public enum NormKind
{
    None,

    /// <summary>LayerNorm before each ReLU, over all elements of a layer's output (PQN).</summary>
    Layer,

    /// <summary>Batch norm after each convolution.</summary>
    Batch,
}

/// <summary>What the head estimates of the return.</summary>
public enum HeadKind
{
    /// <summary>Its mean, one number an action.</summary>
    Expected,

    /// <summary>Its distribution over fixed atoms (Bellemare et al. 2017, C51).</summary>
    Categorical,

    /// <summary>Its quantiles at fixed fractions (Dabney et al. 2018, QR-DQN).</summary>
    Quantile,

    /// <summary>Its quantile function at sampled fractions (Dabney et al. 2018, IQN).</summary>
    ImplicitQuantile,
}

/// <summary>The error function of a TD error.</summary>
public enum LossKind
{
    /// <summary>0.5 e^2 below <see cref="LossSpec.Kappa"/>, linear above (PyTorch's <c>huber_loss</c>).</summary>
    Huber,

    /// <summary>e^2 (PyTorch's <c>mse_loss</c>).</summary>
    MeanSquared,
}

public enum OptimizerKind
{
    /// <summary>Kingma and Ba 2015.</summary>
    Adam,

    /// <summary>Loshchilov and Hutter 2019: Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Liu et al. 2020: rectified Adam, as PyTorch has it.</summary>
    RAdam,

    /// <summary>RMSProp with PyTorch's epsilon: g / (sqrt(v) + eps).</summary>
    RmsProp,

    /// <summary>RMSProp with TensorFlow's and Nature's epsilon: g / sqrt(v + eps).</summary>
    RmsPropTf,

    /// <summary>Gradient descent with momentum, Nesterov's or plain.</summary>
    Sgd,
}

public enum ExplorationKind
{
    /// <summary>Epsilon falls linearly from start to end over the schedule's length.</summary>
    Linear,

    /// <summary>Epsilon falls as end + (start - end) exp(-t / length).</summary>
    Exponential,

    /// <summary>Epsilon goes linearly through the given points.</summary>
    Piecewise,

    /// <summary>Each environment keeps its own constant epsilon (Horgan et al. 2018, Ape-X).</summary>
    ApeX,

    /// <summary>Always the greedy action: parameter noise or nothing explores.</summary>
    Greedy,

    /// <summary>Actions drawn from softmax(Q / temperature).</summary>
    Softmax,
}

/// <summary>Where the frames that minibatches are made of lie.</summary>
public enum FrameMemory
{
    /// <summary>On a GPU where they fit, else the host.</summary>
    Auto,
    Host,
    Device,
}

/// <summary>How transitions are drawn from replay.</summary>
public enum ReplayKind
{
    Uniform,

    /// <summary>Proportional prioritised replay (Schaul et al. 2016).</summary>
    Prioritized,

    /// <summary>None: rollouts are learned from once they are complete (PQN).</summary>
    None,
}
