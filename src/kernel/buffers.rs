//! Buffers that kernels share, and their binding numbers: the only place that numbers them.

/// Use of a buffer, apart from copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// A uniform buffer.
    Uniform,
    /// A storage buffer.
    Storage,
    /// A storage buffer that indirect dispatches read.
    Indirect,
}

macro_rules! buffers {
    ($($(#[$doc:meta])* $Name:ident = $name:literal, $usage:ident;)*) => {
        /// A buffer; its position in this list is its binding number in group 0.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum BufferId { $($(#[$doc])* $Name),* }

        impl BufferId {
            /// All buffers, in the order of their binding numbers.
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            /// Returns the name in kernels, without the suffix `_in`, `_out` or `_inout`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$Name => $name),* }
            }

            /// Returns the use of the buffer.
            pub fn usage(self) -> Usage {
                match self { $(Self::$Name => Usage::$usage),* }
            }
        }
    };
}

buffers! {
    /// Uniform: keys, generation, sizes.
    Run = "run", Uniform;
    /// u32: `[0]` the first waiting life, then the lives that open the slots (and their homes).
    Opening = "opening", Storage;
    /// u32: `[0]` count, then the slots that are still alive.
    Live = "live", Storage;
    /// u32: `[0]` count, then the slots that just received a new life.
    Fresh = "fresh", Storage;
    /// u32 `[rows][3]`: indirect workgroup counts, one row per kind of pass.
    Dispatch = "dispatch", Indirect;
    /// u32 or f32 `[n_places][n_words]`: parameters of the members.
    Theta = "theta", Storage;
    /// Parameters of the distribution that members are drawn from, laid out by the algorithm (Algorithm::encode).
    Distribution = "distribution", Storage;
    /// f32 `[n_slots][d_obs]`.
    Obs = "obs", Storage;
    /// f32 `[n_slots][d_act]` in `[-1, 1]`.
    Action = "action", Storage;
    /// f32 `[2][d_obs]`: mean, 1 / max(std, floor).
    Normaliser = "normaliser", Storage;
    /// f32 `[n_moment_lives][2][d_obs]`.
    Moments = "moments", Storage;
    /// Layout private to the network.
    NetworkState = "network_state", Storage;
    /// f32 `[n_fields][n_slots]`.
    TaskState = "task_state", Storage;
    /// Struct Episode `[n_slots]`.
    Episode = "episode", Storage;
    /// f32 `[n_terms][n_slots]`.
    Terms = "terms", Storage;
    /// Struct Ended: episodes that ended since the host last read it.
    Ended = "ended", Storage;
    /// f32 `[capacity][n_terms]`: sums of the reward terms of these episodes.
    EndedTerms = "ended_terms", Storage;
    /// i32 `[block]`: 2 rank - (N - 1) of the members of the current block, or a power of their ranks.
    Utility = "utility", Storage;
    /// i32 (EC) or f32 (ES), one entry per parameter: running sum of the estimate.
    Gradient = "gradient", Storage;
    /// f32 `[pairs of a block][n_words]`: low-rank perturbations of the current pairs.
    Noise = "noise", Storage;
    /// Tests and the doctor's kernel only: inputs and intermediate values.
    Probe = "probe", Storage;
    /// Uniform, struct ArmRun. This and the buffers down to `arm_motion` serve forward sensitivities only.
    ArmRun = "arm_run", Uniform;
    /// Struct Arm `[arms]`.
    Arm = "arm", Storage;
    /// f32 `[arms][2][n][2]`: readout weights and their momentum.
    ArmWeights = "arm_weights", Storage;
    /// f32 `[reservoirs][n + 2][n]`: recurrent rows by presynaptic neuron, then the rows of the inputs.
    Reservoir = "reservoir", Storage;
    /// f32, layout private to the kernel.
    ArmState = "arm_state", Storage;
    /// Struct ArmOutcome `[arms]`.
    ArmOutcome = "arm_outcome", Storage;
    /// u32 `[arms][n + 4]`: spikes per neuron: reservoir, inputs, outputs.
    ArmSpikes = "arm_spikes", Storage;
    /// u32: motion of the watched arms, one macro step after the other.
    ArmMotion = "arm_motion", Storage;
    /// Bench only: `vec4<f32>`, data of the kernels that measure the device's peak.
    Bench = "bench", Storage;
    /// Rollouts only: f32 `[n_slots][nu]`, controls in the actuators' units.
    Control = "control", Storage;
    /// Rollouts only: f32 `[n_fields][n_slots]`, prescribed start states.
    Start = "start", Storage;
    /// Rollouts only: u32, recording of one step, part by part.
    Motion = "motion", Storage;
    /// Several episodes per member only: u32, free places of theta (rollout/places_shared).
    Places = "places", Storage;
    /// Rollouts only, never bound: controls of every step of a submission.
    ControlSteps = "control_steps", Storage;
    /// PPO only, as those that follow: f32 `[horizon + 1][environments][d_obs]`, normalised observations.
    PpoObs = "ppo_obs", Storage;
    /// f32 `[horizon][environments][d_act]`: actions as they were drawn.
    PpoAction = "ppo_action", Storage;
    /// Struct PpoFrame `[horizon][environments]`.
    PpoFrame = "ppo_frame", Storage;
    /// f32 `[horizon + 1][environments]`: values of the observations.
    PpoValue = "ppo_value", Storage;
    /// Struct PpoEnvironment `[environments]`.
    PpoEnvironment = "ppo_environment", Storage;
    /// `[horizon / bptt][environments][state words]`: states of the networks at the starts of segments.
    PpoState = "ppo_state", Storage;
    /// u32 `[epochs][sequences of an iteration]`: order of the sequences in minibatches.
    PpoOrder = "ppo_order", Storage;
    /// Struct PpoLearning.
    PpoLearning = "ppo_learning", Storage;
    /// Tape of the network's forward pass, for its backward pass.
    PpoTape = "ppo_tape", Storage;
    /// f32 `[frames of a minibatch][2 d_act + 4]`: adjoints of the outputs and of the head's parameters, parts of the
    /// loss.
    PpoHead = "ppo_head", Storage;
    /// `vec4<f32>`: units of the value network and their adjoints in a minibatch.
    PpoValueTape = "ppo_value_tape", Storage;
    /// f32 `[parameters]`: gradient of a minibatch.
    PpoGradient = "ppo_gradient", Storage;
    /// u32 `[quads][words][sequences][steps][4]`: spikes that a step of a spiking network hears, a bit per substep.
    PpoTrains = "ppo_trains", Storage;
    /// `[sequences of a minibatch][state words]`: states of spiking networks during a forward pass.
    PpoScratch = "ppo_scratch", Storage;
    /// f32 `[parameters]`: real parameters that stand for connections; networks read the connections in `theta`.
    PpoReal = "ppo_real", Storage;
    /// f32 `[2][parameters]`: Adam's moments.
    PpoAdam = "ppo_adam", Storage;
    /// f32 `[minibatches of an iteration][8]`: parts of the loss, norms of the gradients.
    PpoLosses = "ppo_losses", Storage;
    /// Uniform, struct QRun: learners of action values only, as those that follow.
    QRun = "q_run", Uniform;
    /// Struct QLearner `[learners]`.
    QLearner = "q_learner", Storage;
    /// Struct QProgress `[learners]`.
    QProgress = "q_progress", Storage;
    /// f32 `[learners][sets][words]`: networks that learn, their targets, Adam's moments, and others.
    QNets = "q_nets", Storage;
    /// `vec4<f32>` `[learners][replay]`: observations.
    QStates = "q_states", Storage;
    /// u32 `[learners][replay]`: the action, and whether the episode ended with it.
    QTags = "q_tags", Storage;
    /// f32, a ring of iterations for each learner: weights of its agents.
    QWeights = "q_weights", Storage;
    /// u32, a ring of iterations for each learner: actions of its agents, 2 bits each, and the reward.
    QActions = "q_actions", Storage;
    /// u32 `[learners][starts]`: frames of greedy episodes.
    QJudged = "q_judged", Storage;
}

impl BufferId {
    /// Returns the binding number.
    pub fn binding(self) -> u32 {
        self as u32
    }

    /// Returns the buffer of the WGSL global `identifier` (`obs_in` and `obs_out` are both `obs`), if there is one.
    pub fn of(identifier: &str) -> Option<Self> {
        let name =
            ["_inout", "_out", "_in"].iter().find_map(|suffix| identifier.strip_suffix(suffix)).unwrap_or(identifier);
        Self::ALL.iter().copied().find(|buffer| buffer.name() == name)
    }
}

impl std::fmt::Display for BufferId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
