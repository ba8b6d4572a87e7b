using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using FastDqn.Learning.Networks;
using FastDqn.Learning.Optimization;
using FastDqn.Learning.Specs;
using FastDqn.Learning.Targets;
using FastDqn.Learning.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// What the learners share: a network, its trained parameters, an optimizer, and the generator they draw from. Not
/// thread-safe; to act while an update runs on another thread use <see cref="CreateActor"/>.
/// </summary>
public abstract class QLearner : IStateful, IDisposable
{
    private const int MostHosts = 128;
    private readonly Dictionary<(nint Data, ScalarType Type, long Count), Tensor> _hosts = [];
    private readonly double _initialLearningRate;
    private readonly bool _rounded;
    private bool _disposed;

    private protected QLearner(
        AlgorithmSpec spec, NetworkInput input, int actions, ulong seed, string device, int threads, LearnerSettings? settings)
    {
        LibTorch.Load();
        settings ??= new LearnerSettings();
        Spec = spec;
        Device = LearnerDevice.Parse(device, settings.Precision);
        var calls = settings.Calls ?? (Device.type == DeviceType.CPU ? null : CudaCalls.Instance);
        _rounded = settings.Precision == LearnerPrecision.Bf16;
        var kernels = Device.type == DeviceType.CPU && calls is null && !_rounded;
        Network = new QNetwork(spec, input, actions, channelsLast: kernels || settings.ChannelsLast);
        Profile = settings.Profile && calls is not null ? new DeviceProfile() : null;
        Queue = new DeviceQueue(Device, calls, settings.Graph, Profile);
        using var entered = Queue.Enter();
        Network.Prepare(Device);
        Random = new RandomStream(seed, "learner");
        Online = new ParameterSet(Network.Layout, Device, trainable: true, _rounded, accumulates: kernels);
        Online.Initialize(new RandomStream(seed, "initial weights"));
        Acting = spec.Target.Acts ? CreateParameters() : Online;
        Pool = kernels ? new KernelPool(threads) : null;
        Tape = Pool is null ? null : new Tape();
        Optimizer = FlatOptimizer.Create(spec.Optimizer, Online, Pool, Queue, settings.Adam);
        _initialLearningRate = spec.Optimizer.LearningRate;
        Evaluator = new NetworkEvaluator(Network, spec, Acting, Device, Pool, Queue, new RandomStream(seed, "acting"));
    }

    public AlgorithmSpec Spec { get; }

    public NetworkInput Input => Network.Input;

    public int Actions => Network.Actions;

    /// <summary>Updates made so far; the version of the parameters.</summary>
    public long ParametersVersion { get; private protected set; }

    /// <summary>Trained numbers of the network.</summary>
    public long ParameterCount => Network.Layout.TrainedCount;

    /// <summary>The network's layers as people read them.</summary>
    public IReadOnlyList<NetworkRow> Layers => Network.Rows;

    /// <summary>The optimizer's rate; <see cref="SetProgress"/> moves it.</summary>
    public double LearningRate => Optimizer.LearningRate;

    internal QNetwork Network { get; }

    internal ParameterSet Online { get; }

    /// <summary>The parameters that choose actions: the online ones, or those of the target network.</summary>
    internal ParameterSet Acting { get; }

    internal Device Device { get; }

    /// <summary>Where work is asked of the device.</summary>
    internal DeviceQueue Queue { get; }

    /// <summary>
    /// What the device spent its time on so far; null where nobody asked (<see cref="LearnerSettings.Profile"/>), and
    /// without a device. To be called while nothing is asked of it.
    /// </summary>
    public DeviceTimes? DeviceTimes => Profile?.Read();

    /// <summary>Takes times and counts; null where nobody wants to know.</summary>
    private protected DeviceProfile? Profile { get; }

    /// <summary>Runs the layers on the CPU; null on a GPU.</summary>
    internal KernelPool? Pool { get; }

    /// <summary>The layers of the update's differentiated pass; null on a GPU, where libtorch remembers them.</summary>
    private protected Tape? Tape { get; }

    private protected FlatOptimizer Optimizer { get; }

    /// <summary>Frames on the device; null where none are kept there.</summary>
    private protected DeviceFrames? Frames { get; private set; }

    private protected RandomStream Random { get; }

    private protected NetworkEvaluator Evaluator { get; }

    /// <summary>
    /// The learner that <paramref name="spec"/> asks for: <see cref="PqnLearner"/> with a rollout part, else
    /// <see cref="DqnLearner"/>.
    /// </summary>
    /// <param name="spec">The algorithm; checked here.</param>
    /// <param name="input">What the network sees.</param>
    /// <param name="actions">Number of actions.</param>
    /// <param name="seed">Seed of the weights and of every draw.</param>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <param name="threads">Threads that compute an update on the CPU, the caller's counted; results do not depend on
    /// it.</param>
    /// <param name="settings">How a GPU works.</param>
    public static QLearner Create(
        AlgorithmSpec spec, NetworkInput input, int actions, ulong seed, string device = "cpu", int threads = 1,
        LearnerSettings? settings = null) =>
        spec.Rollout is null
            ? new DqnLearner(spec, input, actions, seed, device, threads, settings)
            : new PqnLearner(spec, input, actions, seed, device, threads, settings);

    /// <summary>
    /// Greedy actions of <paramref name="count"/> observations by the newest parameters, and their values. Noisy heads
    /// act with their current noise sample (<see cref="ResampleNoise"/>).
    /// </summary>
    public void Act(nint observations, int count, Span<int> actions, Span<float> maxQ) =>
        Evaluator.Act(observations, count, actions, maxQ);

    /// <summary>Expected returns, count x actions, by the newest parameters.</summary>
    public void QValues(nint observations, int count, Span<float> q) => Evaluator.QValues(observations, count, q);

    /// <summary>
    /// The same with the state of a recurrent network, which is moved on by a step; null for other networks.
    /// </summary>
    public void Act(nint observations, int count, Span<int> actions, Span<float> maxQ, RecurrentState? state) =>
        Evaluator.Act(observations, count, actions, maxQ, state);

    /// <inheritdoc cref="Act(nint, int, Span{int}, Span{float}, RecurrentState)"/>
    public void QValues(nint observations, int count, Span<float> q, RecurrentState? state) =>
        Evaluator.QValues(observations, count, q, state);

    /// <summary>
    /// What a recurrent network carries from step to step in <paramref name="count"/> environments, at the start of an
    /// episode in each; null: the network is not recurrent.
    /// </summary>
    public RecurrentState? CreateState(int count) => Network.StateSize == 0 ? null : new RecurrentState(count, Network.StateSize);

    /// <summary>The same for observations made of the device's frames.</summary>
    /// <param name="places">A <see cref="StackPlace"/> for each, in the host's memory.</param>
    /// <param name="count">Observations.</param>
    /// <param name="q">Takes the values.</param>
    /// <param name="state">Of a recurrent network, which is moved on by a step; null for other networks.</param>
    public void QValuesOfStacks(nint places, int count, Span<float> q, RecurrentState? state = null) =>
        Evaluator.QValuesOfStacks(places, count, q, state);

    /// <summary>
    /// Takes memory of the device for the frames of <paramref name="ring"/>, which from then on this learner, and
    /// <paramref name="actor"/>, can make observations of. The caller disposes it after both.
    /// </summary>
    /// <param name="ring">What it holds.</param>
    /// <param name="gather">Makes the stacks; outlives the frames.</param>
    /// <param name="actor">Whose actions are computed; null: this learner's own.</param>
    public DeviceFrames CreateFrames(in FrameRing ring, IStackGather gather, Actor? actor)
    {
        var frames = new DeviceFrames(actor?.Queue ?? Queue, Device, ring, gather);
        Frames = Evaluator.Frames = frames;
        actor?.Use(frames);
        return frames;
    }

    /// <summary>
    /// Has frames made on the device of what emulators write. The caller disposes it before this learner, its actor and
    /// <paramref name="frames"/>.
    /// </summary>
    /// <param name="kernels">Make them; outlive it.</param>
    /// <param name="frames">Those on the device that are added to; null: none stay there.</param>
    public FrameMaker CreateMaker(IPixelKernels kernels, DeviceFrames? frames) => new(frames?.Queue ?? Queue, Device, kernels, frames);

    /// <summary>
    /// Updates from now on find the frames that the device was sent until now. To be called while none is being made.
    /// </summary>
    public void FollowFrames()
    {
        if (Frames is not null)
            Queue.Follow(Frames.Queue);
    }

    /// <summary>Draws new noise for acting; nothing without noisy layers.</summary>
    public void ResampleNoise() => Evaluator.ResampleNoise();

    /// <summary>Switches the noise of noisy heads off (evaluation) or on.</summary>
    public void UseNoise(bool on) => Evaluator.UseNoise = on;

    /// <summary>
    /// A copy that acts with the parameters of a stated version while updates go on. It starts with the newest.
    /// </summary>
    public Actor CreateActor(ulong seed) => new(this, seed);

    /// <summary>How far the run is, 0 to 1: moves the learning rate where the algorithm anneals it.</summary>
    public void SetProgress(double progress)
    {
        if (Spec.Optimizer.AnnealLearningRate)
            Optimizer.LearningRate = _initialLearningRate * (1 - Math.Clamp(progress, 0, 1));
    }

    /// <summary>
    /// The weights that choose actions under the names of <paramref name="naming"/>, for
    /// <see cref="Safetensors.Write(string, IReadOnlyList{NamedTensor}, IReadOnlyDictionary{string, string})"/>.
    /// </summary>
    public IReadOnlyList<NamedTensor> ExportWeights(WeightNaming naming = WeightNaming.CleanRl)
    {
        using var entered = Queue.Enter();
        Queue.Finish();
        return WeightFile.Export(Network, Acting, naming);
    }

    /// <summary>
    /// Takes the weights of a file; names of either convention are understood. Throws <see cref="ErrorKind.BadData"/>
    /// when a weight is missing or has another shape. Optimizer state and counters stay as they are; the target network
    /// is copied.
    /// </summary>
    /// <param name="weights">The file's tensors.</param>
    /// <param name="newHead">What of the head does not fit stays as it is and is not refused.</param>
    public WeightFit ImportWeights(IReadOnlyList<NamedTensor> weights, bool newHead = false)
    {
        using var entered = Queue.Enter();
        Queue.Finish();
        var fit = WeightFile.Import(Network, Online, weights, newHead);
        Online.Round();
        OnWeightsReplaced();
        return fit;
    }

    public void Save(StateWriter writer)
    {
        using var entered = Queue.Enter();
        Queue.Finish();
        writer.Section("learner", 1);
        writer.WriteInt64(ParametersVersion);
        Online.Save(writer);
        Optimizer.Save(writer);
        Random.Save(writer);
        Evaluator.Save(writer);
        SaveMore(writer);
    }

    public void Load(StateReader reader)
    {
        using var entered = Queue.Enter();
        Queue.Finish();
        reader.Section("learner", 1);
        var version = reader.ReadInt64();
        if (version < 0)
            throw new FastDqnException(ErrorKind.BadData, $"bad state: a learner after {version} updates");
        Online.Load(reader);
        Optimizer.Load(reader);
        // The checkpoint's rate, or another one that a branched run goes on with.
        if (!Spec.Optimizer.AnnealLearningRate)
            Optimizer.LearningRate = _initialLearningRate;
        Random.Load(reader);
        Evaluator.Load(reader);
        LoadMore(reader);
        ParametersVersion = version;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        // Work may still be queued that writes to what goes; its failure was reported where the work was read.
        _ = Queue.TrySynchronize();
        Profile?.Release();
        DisposeMore();
        ForgetHosts();
        Evaluator.Dispose();
        Optimizer.Dispose();
        Online.Dispose();
        Pool?.Dispose();
        Queue.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Numbers like the trained ones, for whom they are copied.</summary>
    internal ParameterSet CreateParameters() => new(Network.Layout, Device, trainable: false, _rounded);

    private protected abstract void SaveMore(StateWriter writer);

    private protected abstract void LoadMore(StateReader reader);

    private protected abstract void DisposeMore();

    private protected virtual void OnWeightsReplaced() { }

    /// <summary>A tensor over the caller's memory. Those over memory that comes again and again are kept.</summary>
    private protected Tensor FromHost(nint data, ScalarType type, params ReadOnlySpan<long> shape)
    {
        if (!_hosts.TryGetValue((data, type, shape[0]), out var host))
        {
            host = PinnedTensor.Over(data, type, shape).DetachFromDisposeScope();
            _hosts.Add((data, type, shape[0]), host);
        }

        return host;
    }

    /// <summary>
    /// To be called before an update: forgets tensors over memory, where there are more than batches in flight have.
    /// </summary>
    private protected void ForgetOldHosts()
    {
        if (_hosts.Count > MostHosts)
            ForgetHosts();
    }

    private void ForgetHosts()
    {
        foreach (var host in _hosts.Values)
            host.Dispose();
        _hosts.Clear();
    }

    /// <summary>
    /// Backward pass into the flat gradient, clipping, optimizer step. Returns the gradient's norm before clipping, or
    /// null when neither clipping nor <paramref name="wantNorm"/> needs it.
    /// </summary>
    private protected Tensor? Descend(Tensor loss, bool wantNorm)
    {
        if (Pool is null)
            return DescendOnDevice(loss, wantNorm);
        Online.ZeroGradient();
        var limit = Spec.Loss.MaxGradientNorm;
        Tape!.Backward(loss, Pool);
        using var noGrad = no_grad();
        if (limit <= 0 && !wantNorm)
        {
            Optimizer.Step();
            return null;
        }

        var length = Math.Sqrt(Pool.SumOfSquares(Online.Gradient!));
        Optimizer.Step(limit > 0 ? Math.Min(1, limit / (length + 1e-6)) : 1);
        return tensor((float)length);
    }

    /// <summary>Errors (B) of the actions taken, whose Q-values are <paramref name="q"/>, where the mean is
    /// estimated.</summary>
    private protected Tensor ErrorsOf(Tensor output, Tensor actions, Tensor q, Tensor target) => Spec.LossRule is { } rule
        ? OfBatch(rule.Errors(q, target), q, $"loss.rule {Spec.Loss.Rule}")
        : Network.OwnErrors(output, actions, target) ?? Losses.Scalar(q, target, Spec.Loss);

    /// <summary>What a rule of the user's gave, which must be a number a transition.</summary>
    private protected static Tensor OfBatch(Tensor given, Tensor like, string rule)
    {
        if (given.Dimensions == 1 && given.size(0) == like.size(0))
            return given;
        throw new FastDqnException(
            ErrorKind.Failure, $"{rule} gave a tensor of shape [{string.Join(", ", given.shape)}]; one of [{like.size(0)}] is needed");
    }

    /// <summary>The same without a value that the host would have to read; the optimizer's step is prepared.</summary>
    private Tensor? DescendOnDevice(Tensor loss, bool wantNorm)
    {
        loss.backward();
        using var noGrad = no_grad();
        var gradient = Online.TakeGradient();
        var limit = Spec.Loss.MaxGradientNorm;
        var norm = limit > 0 || wantNorm ? gradient.norm() : null;
        if (limit > 0)
            gradient.mul_(norm!.Plus(Numbers.Of(1e-6)).reciprocal_().mul_(Numbers.Of(limit)).clamp_max_(Numbers.One));
        ((DeviceOptimizer)Optimizer).Move(gradient);
        Online.Round();
        return norm;
    }
}
