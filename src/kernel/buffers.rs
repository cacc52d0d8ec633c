//! The buffers that kernels share, and their binding numbers: the one place where a number is given to a name.

/// How a buffer is used beside being copied.
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
            /// All of them, in the order of their binding numbers.
            pub const ALL: &[Self] = &[$(Self::$Name),*];

            /// Returns the name that kernels declare it by, before `_in`, `_out` or `_inout`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$Name => $name),* }
            }

            /// Returns how it is used.
            pub fn usage(self) -> Usage {
                match self { $(Self::$Name => Usage::$usage),* }
            }
        }
    };
}

buffers! {
    /// Uniform: keys, generation, sizes.
    Run = "run", Uniform;
    /// u32: `[0]` the first life that waits, then the lives that the slots begin with (and their homes).
    Opening = "opening", Storage;
    /// u32: `[0]` count, then the slots still living.
    Live = "live", Storage;
    /// u32: `[0]` count, then the slots that were just given to a life.
    Fresh = "fresh", Storage;
    /// u32 `[rows][3]`: indirect workgroup counts, a row for each kind of pass.
    Dispatch = "dispatch", Indirect;
    /// u32 or f32 `[n_places][n_words]`: the members' parameters.
    Theta = "theta", Storage;
    /// What they are drawn from, as the algorithm lays it out (Algorithm::encode).
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
    /// Struct Ended: episodes that ended since the host last looked.
    Ended = "ended", Storage;
    /// f32 `[capacity][n_terms]`: their sums.
    EndedTerms = "ended_terms", Storage;
    /// i32 `[block]`: 2 rank - (N - 1) of the members in hand.
    Utility = "utility", Storage;
    /// i32 (EC) or f32 (ES), one entry per parameter: the estimate's sum so far.
    Gradient = "gradient", Storage;
    /// f32 `[pairs of a block][n_words]`: low-rank perturbations of the pairs in hand.
    Noise = "noise", Storage;
    /// Tests and the doctor's kernel only: inputs and intermediate values.
    Probe = "probe", Storage;
    /// Uniform; forward sensitivities only, as those below: struct ArmRun.
    ArmRun = "arm_run", Uniform;
    /// Struct Arm `[arms]`.
    Arm = "arm", Storage;
    /// f32 `[arms][2][n][2]`: readout weights, and their momentum.
    ArmWeights = "arm_weights", Storage;
    /// f32 `[reservoirs][n + 2][n]`: recurrent rows by presynaptic neuron, then those of the inputs.
    Reservoir = "reservoir", Storage;
    /// f32, layout private to the kernel.
    ArmState = "arm_state", Storage;
    /// Struct ArmOutcome `[arms]`.
    ArmOutcome = "arm_outcome", Storage;
    /// u32 `[arms][n + 4]`: spikes per neuron: reservoir, inputs, outputs.
    ArmSpikes = "arm_spikes", Storage;
    /// u32: what the arms that are watched did, macro step by macro step.
    ArmMotion = "arm_motion", Storage;
    /// Bench only: `vec4<f32>`, what the machine's peak is measured on.
    Bench = "bench", Storage;
    /// Rollouts only: f32 `[n_slots][nu]`, in the actuators' units.
    Control = "control", Storage;
    /// Rollouts only: f32 `[n_fields][n_slots]`, given start states.
    Start = "start", Storage;
    /// Rollouts only: u32, what one step leaves to be written, part by part.
    Motion = "motion", Storage;
    /// Several episodes per member only: u32, which places of theta are free: rollout/places_shared.
    Places = "places", Storage;
    /// Rollouts only, never bound: the controls of every step of a submission.
    ControlSteps = "control_steps", Storage;
}

impl BufferId {
    /// Returns its binding number.
    pub fn binding(self) -> u32 {
        self as u32
    }

    /// Returns the buffer behind the WGSL global `identifier` (`obs_in` and `obs_out` are both `obs`), if there is one.
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
