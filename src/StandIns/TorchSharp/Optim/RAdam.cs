using TorchSharp.Modules;
using TorchSharp.PInvoke;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Rectified Adam (Liu et al., 2019).</summary>
            public static RAdam RAdam(IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay);

            /// <inheritdoc cref="RAdam(IEnumerable{Parameter}, double, double, double, double, double)"/>
            public static RAdam RAdam(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
                new(parameters.Select(pair => pair.parameter), lr, beta1, beta2, eps, weight_decay);

            /// <inheritdoc cref="RAdam(IEnumerable{Parameter}, double, double, double, double, double)"/>
            public static RAdam RAdam(IEnumerable<RAdam.ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Rectified Adam (Liu et al., 2019).</summary>
    public class RAdam : OptimizerHelper, torch.optim.IBetas
    {
        public RAdam(IEnumerable<Parameter> parameters, double lr, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
            : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay)
        {
        }

        public RAdam(IEnumerable<ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
        {
            _defaults = new Options
            {
                LearningRate = lr,
                InitialLearningRate = lr,
                beta1 = beta1,
                beta2 = beta2,
                eps = eps,
                weight_decay = weight_decay,
            };
            foreach (var group in parameters)
                add_param_group(group);
        }

        public (double, double) Betas
        {
            get => (((Options)_defaults!).beta1!.Value, ((Options)_defaults!).beta2!.Value);
            set => (((Options)_defaults!).beta1, ((Options)_defaults!).beta2) = value;
        }

        /// <summary>One native pass over each parameter that has a gradient.</summary>
        public override torch.Tensor? step(Func<torch.Tensor>? closure = null) => _step<ParamGroup>(Step, closure);

        public override void add_param_group(Modules.ParamGroup param_group)
        {
            var options = (Options)(param_group.Options ??= new Options());
            var defaults = (Options)_defaults!;
            options.beta1 ??= defaults.beta1;
            options.beta2 ??= defaults.beta2;
            options.eps ??= defaults.eps;
            options.weight_decay ??= defaults.weight_decay;
            AddGroup<Options>(param_group, parameter => new State(parameter));
        }

        private void Step(ParamGroup group)
        {
            var options = group.Options;
            var (parameters, handles, steps) = Lists(group, 3);
            for (var i = 0; i < parameters.Count; i++)
            {
                var parameter = parameters[i];
                var state = StateOf<State>(parameter);
                (handles[0][i], handles[1][i], handles[2][i]) = (parameter.Handle, state.exp_avg.Handle, state.exp_avg_sq.Handle);
                if (HasGradient(parameter))
                    state.step++;
                steps[i] = Math.Max(state.step, 1);
            }

            torch.Check(NativeMethods.THSNN_RAdam_step(in handles[0][0], in handles[1][0], in handles[2][0], in steps[0], parameters.Count, options.LearningRate!.Value, options.beta1!.Value, options.beta2!.Value, options.eps!.Value, options.weight_decay!.Value));
            GC.KeepAlive(parameters);
        }

        /// <summary>What is remembered of one parameter.</summary>
        public sealed class State : OptimizerState, IDisposable
        {
            public long step;
            public torch.Tensor exp_avg = null!;
            public torch.Tensor exp_avg_sq = null!;

            public State(Parameter parameter)
                : base(parameter)
            {
            }

            public void Dispose()
            {
                exp_avg?.Dispose();
                exp_avg_sq?.Dispose();
            }

            public override void to(torch.Device device)
            {
                exp_avg = Moved(exp_avg, device);
                exp_avg_sq = Moved(exp_avg_sq, device);
            }

            public override void LoadStateDict(OptimizerState source)
            {
                var other = (State)source;
                Dispose();
                step = other.step;
                exp_avg = Copy(other.exp_avg);
                exp_avg_sq = Copy(other.exp_avg_sq);
            }

            public override bool ApproximatelyEquals(OptimizerState other) =>
                other is State state && step == state.step && Close(exp_avg, state.exp_avg) && Close(exp_avg_sq, state.exp_avg_sq);

            public override void Initialize(OptimizerOptions options)
            {
                Dispose();
                step = 0;
                exp_avg = Zeros();
                exp_avg_sq = Zeros();
            }
        }

        /// <summary>Options of a group; null where the defaults hold.</summary>
        public class Options : OptimizerOptions
        {
            public double? beta1;
            public double? beta2;
            public double? eps;
            public double? weight_decay;

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                var options = (Options)source;
                beta1 = options.beta1;
                beta2 = options.beta2;
                eps = options.eps;
                weight_decay = options.weight_decay;
            }
        }

        /// <summary>Parameters with options of their own.</summary>
        public class ParamGroup : ParamGroup<Options>, torch.optim.IBetas
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                : base(parameters, options)
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1.0, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
                : base(parameters, new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay })
            {
            }

            public (double, double) Betas
            {
                get => (Options.beta1!.Value, Options.beta2!.Value);
                set => (Options.beta1, Options.beta2) = value;
            }
        }
    }
}
