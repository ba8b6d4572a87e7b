using FastDqn.Core;

namespace FastDqn.Learning.Specs;

/// <summary>
/// An algorithm of the DQN family as a choice of parts. <see cref="AlgorithmPresets"/> has the published ones; a run
/// changes single fields with <c>with</c>. <see cref="Validate"/> refuses what does not go together.
/// </summary>
public sealed record AlgorithmSpec
{
    /// <summary>Name of the preset that this started from; default dqn-nature.</summary>
    public string Name { get; init; } = "dqn-nature";

    public BodySpec Body { get; init; } = new();

    public HeadSpec Head { get; init; } = new();

    public TargetSpec Target { get; init; } = new();

    public LossSpec Loss { get; init; } = new();

    public OptimizerSpec Optimizer { get; init; } = new();

    public ExplorationSpec Exploration { get; init; } = new();

    public ReplaySpec Replay { get; init; } = new();

    public AugmentSpec Augment { get; init; } = new();

    public SelfPredictionSpec SelfPrediction { get; init; } = new();

    public ResetSpec Reset { get; init; } = new();

    public ScheduleSpec Schedule { get; init; } = new();

    /// <summary>
    /// Set for algorithms that learn from rollouts (<see cref="PqnLearner"/>); null for replay
    /// (<see cref="DqnLearner"/>).
    /// </summary>
    public RolloutSpec? Rollout { get; init; }

    /// <summary>Makes Q-values of the features instead of the layers that <see cref="Head"/> names; null: they
    /// do.</summary>
    public IHeadRule? HeadRule { get; init; }

    /// <summary>Makes the targets instead of the parts that <see cref="Target"/> names; null: they do.</summary>
    public ITargetRule? TargetRule { get; init; }

    /// <summary>Makes the errors instead of <see cref="LossSpec.Kind"/>; null: that does.</summary>
    public ILossRule? LossRule { get; init; }

    public AtariProtocol Protocol { get; init; } = new();

    /// <summary>Environments stepped together.</summary>
    public int Environments { get; init; } = 1;

    /// <summary>The kind of network that has no ONNX form, in words; null: it has one.</summary>
    public string? WithoutOnnx =>
        Body.Lstm > 0 ? "a recurrent network (body.lstm)" : Head.Rule.Length > 0 ? "a head of your own (head.rule)" : null;

    /// <summary>Throws <see cref="ErrorKind.Usage"/> with the field, its value and what is allowed.</summary>
    public void Validate()
    {
        CheckRanges();
        CheckBody();
        Require(Head.MinValue < Head.MaxValue, "head.min_value", Head.MinValue, $"a number below head.max_value ({Head.MaxValue})");
        Require((Target.Period == 0) == (Target.PeriodEpisodes > 0), "target.period", Target.Period, PeriodRule());
        Require(!Target.Munchausen || Head.Kind != HeadKind.Categorical, "target.munchausen", true, "false with head.kind categorical");
        Require(
            !Optimizer.Nesterov || Optimizer is { Kind: OptimizerKind.Sgd, Momentum: > 0 },
            "optimizer.nesterov", Optimizer.Nesterov, "false but with optimizer.kind sgd and optimizer.momentum above 0");
        CheckPoints();
        CheckRules();
        Require(Environments is > 0 and <= 65536, "schedule.environments", Environments, "1 to 65536");
        Require(
            Replay.BetaStart <= Replay.BetaEnd, "replay.beta_start", Replay.BetaStart, $"0 to replay.beta_end ({Replay.BetaEnd})");
        Require((Rollout is null) == (Replay.Kind != ReplayKind.None), "replay.kind", Replay.Kind, "none exactly with a rollout part");
        CheckRecurrent();
        CheckAugment();
        CheckSelfPrediction();
        Require(Reset.Period == 0 || Rollout is null, "reset.period", Reset.Period, "0 when learning from rollouts");
        Require(
            !Target.Acts || (Target.UseTargetNetwork && Rollout is null),
            "target.acts", Target.Acts, "false without a target network and when learning from rollouts");
        Require(
            !Target.Rescale || (Head.Kind == HeadKind.Expected && !Target.Munchausen && Rollout is null),
            "target.rescale", Target.Rescale, "false but with head.kind expected, without target.munchausen and rollouts");
        if (Rollout is null)
            return;
        Require(Head.Kind == HeadKind.Expected, "head.kind", Head.Kind, "expected when learning from rollouts");
        Require(!Head.Noisy, "head.noisy", true, "false when learning from rollouts (a rollout is learned from without noise)");
        Require(
            (long)Rollout.Steps * Environments % Rollout.Minibatches == 0,
            "rollout.minibatches", Rollout.Minibatches, "a divisor of rollout.steps x schedule.environments");
    }

    private void CheckRanges()
    {
        OptionRecord.CheckRanges(Body, "body");
        OptionRecord.CheckRanges(Head, "head");
        OptionRecord.CheckRanges(Target, "target");
        OptionRecord.CheckRanges(Loss, "loss");
        OptionRecord.CheckRanges(Optimizer, "optimizer");
        OptionRecord.CheckRanges(Exploration, "exploration");
        OptionRecord.CheckRanges(Replay, "replay");
        OptionRecord.CheckRanges(Augment, "augment");
        OptionRecord.CheckRanges(SelfPrediction, "self_prediction");
        OptionRecord.CheckRanges(Reset, "reset");
        OptionRecord.CheckRanges(Schedule, "schedule");
        if (Rollout is not null)
            OptionRecord.CheckRanges(Rollout, "rollout");
    }

    private void CheckRules()
    {
        (string Option, string Rule)[] rules = [("head.rule", Head.Rule), ("target.rule", Target.Rule), ("loss.rule", Loss.Rule)];
        foreach (var (option, rule) in rules)
            Require(rule.Length == 0 || Head.Kind == HeadKind.Expected, option, rule, "empty but with head.kind expected");
        Require(
            Head.Rule.Length == 0 || (!Head.Dueling && !Head.Noisy && Head.Activation == ActivationKind.None),
            "head.rule", Head.Rule, "empty with head.dueling, head.noisy or head.activation");
        Require(
            Target.Rule.Length == 0 || (Rollout is null && Body.Lstm == 0),
            "target.rule", Target.Rule, "empty when learning from rollouts or sequences");
    }

    private void CheckBody()
    {
        Require(
            Body.Kind is not (BodyKind.Mlp or BodyKind.Composed) || Body.Widths.All(w => w is > 0 and <= 65536),
            "body.widths", string.Join(',', Body.Widths), "widths from 1 to 65536");
        Require(
            Body.Norm != NormKind.Batch || (Body.Kind != BodyKind.Impala && !Body.IsFlat),
            "body.norm", Body.Norm, $"none or layer with body.kind {OptionRecord.Word(Body.Kind)} (batch norm follows convolutions)");
        Require(
            Body.Bias || (Body.Kind != BodyKind.Impala && !Head.Noisy && Head.Kind != HeadKind.ImplicitQuantile),
            "body.bias", Body.Bias, "true with body.kind impala, noisy heads and implicit quantiles");
        Require(
            Body.Kind != BodyKind.Impala || Body.Padding == default, "body.padding", Body.Padding, "valid with body.kind impala");
        Require(
            !Body.Renormalize || !Body.IsFlat,
            "body.renormalize", true, $"false with body.kind {OptionRecord.Word(Body.Kind)} (it is for convolutions)");
        Require(
            Body.Kind != BodyKind.Impala || Body.Activation == ActivationKind.Relu,
            "body.activation", Body.Activation, "relu with body.kind impala");
        Require(
            Head.Kind == HeadKind.Expected || Head.Activation == ActivationKind.None,
            "head.activation", Head.Activation, $"none with head.kind {OptionRecord.Word(Head.Kind)}");
    }

    private void CheckRecurrent()
    {
        if (Body.Lstm == 0)
            return;
        var width = Body.Lstm;
        Require(Rollout is null, "body.lstm", width, "0 when learning from rollouts (recurrent networks learn from stored sequences)");
        Require(Head.Kind == HeadKind.Expected, "body.lstm", width, $"0 with head.kind {OptionRecord.NameOf(Head.Kind.ToString())}");
        Require(!Head.Noisy, "body.lstm", width, "0 with head.noisy true");
        Require(!Target.Munchausen, "body.lstm", width, "0 with target.munchausen true");
        Require(
            Replay.Overlap < Replay.Sequence, "replay.overlap", Replay.Overlap, $"less than replay.sequence ({Replay.Sequence})");
        var least = (Replay.BurnIn + (2L * Replay.Sequence) - Replay.Overlap) * Environments;
        Require(
            Replay.Capacity >= least,
            "replay.capacity", Replay.Capacity,
            $"{least} or more: {Environments} environments x (replay.burn_in + 2 replay.sequence - replay.overlap)");
    }

    private void CheckAugment()
    {
        (string, double)[] options = [("augment.shift", Augment.Shift), ("augment.intensity", Augment.Intensity)];
        foreach (var (option, value) in options)
        {
            Require(value == 0 || !Body.IsFlat, option, value, $"0 with body.kind {OptionRecord.Word(Body.Kind)} (it is for images)");
            Require(value == 0 || Rollout is null, option, value, "0 when learning from rollouts");
            Require(value == 0 || Body.Lstm == 0, option, value, $"0 with body.lstm {Body.Lstm}");
        }
    }

    private void CheckSelfPrediction()
    {
        var steps = SelfPrediction.Steps;
        if (steps == 0)
            return;
        Require(!Body.IsFlat, "self_prediction.steps", steps, $"0 with body.kind {OptionRecord.Word(Body.Kind)} (it is for convolutions)");
        Require(Rollout is null, "self_prediction.steps", steps, "0 when learning from rollouts");
        Require(Body.Lstm == 0, "self_prediction.steps", steps, $"0 with body.lstm {Body.Lstm}");
        Require(
            Head.Rule.Length == 0, "self_prediction.steps", steps, $"0 with head.rule {Head.Rule}");
        Require(
            Head.Dueling || Head.Noisy,
            "self_prediction.steps", steps, "0 but with head.dueling or head.noisy, whose hidden layers project the features");
        Require(
            Head.Kind != HeadKind.ImplicitQuantile,
            "self_prediction.steps", steps, $"0 with head.kind {OptionRecord.NameOf(Head.Kind.ToString())}");
        Require(
            Body.Kind == BodyKind.Impala || Body.Composition().Widths.Count <= 1,
            "self_prediction.steps", steps, "0 with more than one of body.widths (what the convolutions give is predicted)");
        Require(Body.Bias, "self_prediction.steps", steps, "0 with body.bias false");
    }

    private void CheckPoints()
    {
        var points = Exploration.Points;
        Require(Exploration.Kind != ExplorationKind.Piecewise || points.Count > 0, "exploration.points", "none", "at least one point");
        for (var i = 0; i < points.Count; i++)
        {
            var (step, epsilon) = points[i];
            var above = i == 0 ? -1 : points[i - 1].Step;
            Require(step > above, $"exploration.points: step {i + 1}", step, $"above {above} (agent steps from 0 on, ascending)");
            Require(epsilon is >= 0 and <= 1, $"exploration.points: epsilon {i + 1}", epsilon, "0 to 1");
        }
    }

    private string PeriodRule() => Target.PeriodEpisodes > 0
        ? $"0 with target.period_episodes {Target.PeriodEpisodes} (a target network is copied by updates or by episodes, not by both)"
        : "1 or more (0 only with target.period_episodes)";

    private static void Require<T>(bool holds, string field, T value, string allowed) => OptionRecord.Require(holds, field, value, allowed);
}
