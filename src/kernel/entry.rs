//! A kernel: one entry point of a composed module.

use std::sync::Arc;

use super::wgsl::Module;

macro_rules! passes {
    ($($(#[$doc:meta])* $Name:ident = $name:literal;)*) => {
        /// Role of a kernel in a plan.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PassId {
            $($(#[$doc])* $Name,)*
            /// A kernel outside this crate's plans.
            Other(&'static str),
        }

        impl PassId {
            /// Returns its name in timings and reports.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Name => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

passes! {
    /// Resets membranes and synapses of fresh slots.
    NetworkReset = "network.reset";
    /// Advances the living networks by one environment step.
    NetworkStep = "network.step";
    /// Sets the start states of fresh slots.
    TaskReset = "task.reset";
    /// Advances the living bodies by one environment step.
    TaskStep = "task.step";
    /// Draws the parameters of fresh slots.
    Sample = "algorithm.sample";
    /// Redraws parameters, or their factors, for the estimate.
    Resample = "algorithm.resample";
    /// Adds up the estimate, one block of members at a time.
    Gradient = "algorithm.gradient";
    /// Gives the first lives their slots.
    Start = "rollout.start";
    /// Passes the slots of ended lives to the next lives.
    Compact = "rollout.compact";
    /// Turns network outputs into controls.
    Controls = "rollout.controls";
    /// Records a step.
    Motion = "rollout.motion";
    /// Advances all arms by macro steps.
    ArmsIterate = "arms.iterate";
    /// Like `arms.iterate`, and records the motion.
    ArmsWatch = "arms.watch";
    /// Records what networks are about to see.
    PpoObserve = "ppo.observe";
    /// Draws actions.
    PpoAct = "ppo.act";
    /// Records what a step came to.
    PpoRecord = "ppo.record";
    /// Values of all observations.
    PpoValues = "ppo.values";
    /// Advantages and targets.
    PpoAdvantage = "ppo.advantage";
    /// The next round of a minibatch whose tape would be too large at once.
    PpoNextRound = "ppo.next_round";
    /// The policy's forward pass over a minibatch.
    PpoForward = "ppo.forward";
    /// Loss of a minibatch and adjoints of the outputs.
    PpoLoss = "ppo.loss";
    /// The policy's backward pass over a minibatch.
    PpoBackward = "ppo.backward";
    /// Gradient of the policy's weights.
    PpoOuter = "ppo.outer";
    /// Sums up the gradients of weights that spikes have used.
    PpoTrains = "ppo.trains";
    /// Loss of the value network and adjoints of its units.
    PpoValueLearn = "ppo.value_learn";
    /// Gradient of the value network's weights.
    PpoValueOuter = "ppo.value_outer";
    /// Norms of the gradients, parts of the loss.
    PpoReduce = "ppo.reduce";
    /// Step of all parameters.
    PpoAdam = "ppo.adam";
    /// Gives networks the connections that real parameters stand for.
    PpoConnect = "ppo.connect";
    /// Lets learners of action values live and learn.
    QLearn = "q.learn";
    /// Greedy episodes of such learners.
    QJudge = "q.judge";
    /// Measures peak arithmetic.
    MultiplyAdd = "bench.multiply_add";
    /// Measures peak memory bandwidth.
    Stream = "bench.stream";
    /// Checks that the device computes.
    DoctorCheck = "doctor.check";
}

impl std::fmt::Display for PassId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// One entry point; its bindings follow from the module's text.
#[derive(Debug, Clone)]
pub struct Kernel {
    /// Role in the plan.
    pub id: PassId,
    /// Composed module; several kernels may share one.
    pub module: Arc<Module>,
    /// Name of the entry point in the module.
    pub entry: &'static str,
    /// True if out-of-bounds checks are compiled in.
    pub checked: bool,
}

impl Kernel {
    /// Makes an unchecked kernel of `module`, as in released programs.
    pub fn new(id: PassId, module: &Arc<Module>, entry: &'static str) -> Self {
        Self { id, module: module.clone(), entry, checked: false }
    }

    /// Compiles in out-of-bounds checks.
    pub fn checked(mut self) -> Self {
        self.checked = true;
        self
    }
}

/// Folds `count` workgroups into two dimensions of at most 65,535 each.
pub fn fold(count: u32) -> [u32; 3] {
    let rows = count.div_ceil(65_535).max(1);
    [count.div_ceil(rows), rows, 1]
}
