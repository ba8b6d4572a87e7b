using TorchSharp.Modules;
using TorchSharp.PInvoke;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>RMSProp (Hinton, 2012), with PyTorch's placement of epsilon, outside the root.</summary>
            public static RMSProp RMSProp(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);

            /// <inheritdoc cref="RMSProp(IEnumerable{Parameter}, double, double, double, double, double, bool, bool)"/>
            public static RMSProp RMSProp(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), lr, alpha, eps, weight_decay, momentum, centered, maximize);

            /// <inheritdoc cref="RMSProp(IEnumerable{Parameter}, double, double, double, double, double, bool, bool)"/>
            public static RMSProp RMSProp(IEnumerable<RMSProp.ParamGroup> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) =>
                new(parameters, lr, alpha, eps, weight_decay, momentum, centered, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>RMSProp (Hinton, 2012), with PyTorch's placement of epsilon, outside the root.</summary>
    public class RMSProp : OptimizerHelper, torch.optim.IMomentum
    {
        public RMSProp(IEnumerable<Parameter> parameters, double lr = 1e-3, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, alpha, eps, weight_decay, momentum, centered, maximize)
        {
        }

        public RMSProp(IEnumerable<ParamGroup> parameters, double lr = 1e-3, double alpha = 0.99, double eps = 1e-8, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false)
        {
            _defaults = new Options
            {
                LearningRate = lr,
                InitialLearningRate = lr,
                alpha = alpha,
                eps = eps,
                weight_decay = weight_decay,
                momentum = momentum,
                centered = centered,
                maximize = maximize,
            };
            foreach (var group in parameters)
                add_param_group(group);
        }

        public double Momentum
        {
            get => ((Options)_defaults!).momentum!.Value;
            set => ((Options)_defaults!).momentum = value;
        }

        /// <summary>One native pass over each parameter that has a gradient.</summary>
        public override torch.Tensor? step(Func<torch.Tensor>? closure = null) => _step<ParamGroup>(Step, closure);

        public override void add_param_group(Modules.ParamGroup param_group)
        {
            var options = (Options)(param_group.Options ??= new Options());
            var defaults = (Options)_defaults!;
            options.alpha ??= defaults.alpha;
            options.eps ??= defaults.eps;
            options.weight_decay ??= defaults.weight_decay;
            options.momentum ??= defaults.momentum;
            options.centered ??= defaults.centered;
            options.maximize ??= defaults.maximize;
            AddGroup<Options>(param_group, parameter => new State(parameter));
        }

        private void Step(ParamGroup group)
        {
            var options = group.Options;
            var (parameters, handles, _) = Lists(group, 4);
            for (var i = 0; i < parameters.Count; i++)
            {
                var parameter = parameters[i];
                var state = StateOf<State>(parameter);
                (handles[0][i], handles[1][i]) = (parameter.Handle, state.square_avg.Handle);
                handles[2][i] = torch.Tensor.HandleOrNull(state.momentum_buffer);
                handles[3][i] = torch.Tensor.HandleOrNull(state.grad_avg);
                if (HasGradient(parameter))
                    state.step++;
            }

            torch.Check(NativeMethods.THSNN_RMSprop_step(in handles[0][0], in handles[1][0], in handles[2][0], in handles[3][0], parameters.Count, options.LearningRate!.Value, options.alpha!.Value, options.eps!.Value, options.weight_decay!.Value, options.momentum!.Value, options.centered!.Value, options.maximize!.Value));
            GC.KeepAlive(parameters);
        }

        /// <summary>What is remembered of one parameter.</summary>
        public sealed class State : OptimizerState, IDisposable
        {
            public long step;
            public torch.Tensor square_avg = null!;
            public torch.Tensor? momentum_buffer;
            public torch.Tensor? grad_avg;

            public State(Parameter parameter)
                : base(parameter)
            {
            }

            public void Dispose()
            {
                square_avg?.Dispose();
                momentum_buffer?.Dispose();
                grad_avg?.Dispose();
            }

            public override void to(torch.Device device)
            {
                square_avg = Moved(square_avg, device);
                momentum_buffer = momentum_buffer is null ? null : Moved(momentum_buffer, device);
                grad_avg = grad_avg is null ? null : Moved(grad_avg, device);
            }

            public override void LoadStateDict(OptimizerState source)
            {
                var other = (State)source;
                Dispose();
                step = other.step;
                square_avg = Copy(other.square_avg);
                momentum_buffer = other.momentum_buffer is null ? null : Copy(other.momentum_buffer);
                grad_avg = other.grad_avg is null ? null : Copy(other.grad_avg);
            }

            public override bool ApproximatelyEquals(OptimizerState other) =>
                other is State state && step == state.step && Close(square_avg, state.square_avg) && Close(momentum_buffer, state.momentum_buffer) && Close(grad_avg, state.grad_avg);

            public override void Initialize(OptimizerOptions options)
            {
                Dispose();
                var wanted = (Options)options;
                step = 0;
                square_avg = Zeros();
                momentum_buffer = wanted.momentum > 0 ? Zeros() : null;
                grad_avg = wanted.centered!.Value ? Zeros() : null;
            }
        }

        /// <summary>Options of a group; null where the defaults hold.</summary>
        public class Options : OptimizerOptions
        {
            public double? alpha;
            public double? eps;
            public double? weight_decay;
            public double? momentum;
            public bool? centered;
            public bool? maximize;

            public override void LoadStateDict(OptimizerOptions source)
            {
                base.LoadStateDict(source);
                var options = (Options)source;
                alpha = options.alpha;
                eps = options.eps;
                weight_decay = options.weight_decay;
                momentum = options.momentum;
                centered = options.centered;
                maximize = options.maximize;
            }
        }

        /// <summary>Parameters with options of their own.</summary>
        public class ParamGroup : ParamGroup<Options>, torch.optim.IMomentum
        {
            public ParamGroup()
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                : base(parameters, options)
            {
            }

            public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double eps = 1e-8, double alpha = 0.99, double weight_decay = 0, double momentum = 0.0, bool centered = false)
                : base(parameters, new Options { LearningRate = lr, eps = eps, alpha = alpha, weight_decay = weight_decay, momentum = momentum, centered = centered })
            {
            }

            public double Momentum
            {
                get => Options.momentum!.Value;
                set => Options.momentum = value;
            }
        }
    }
}
