//! The named buffers that kernels share, and their binding numbers: the one place where a number is given to a name.

/// Names of all buffers; a buffer's position is its binding number in group 0.
pub const BUFFERS: &[&str] = &[
    "run",           // uniform: keys, generation, sizes
    "opening",       // u32: [0] the first life that waits, then the lives that the slots begin with (and their homes)
    "live",          // u32: [0] count, then the slots still living
    "fresh",         // u32: [0] count, then the slots that were just given to a life
    "dispatch",      // u32 [rows][3]: indirect workgroup counts, a row for each kind of pass
    "theta",         // u32 or f32 [n_places][n_words]: the members' parameters
    "distribution",  // what they are drawn from, as the algorithm lays it out (Algorithm::encode)
    "obs",           // f32 [n_slots][d_obs]
    "action",        // f32 [n_slots][d_act] in [-1, 1]
    "normaliser",    // f32 [2][d_obs]: mean, 1 / max(std, floor)
    "moments",       // f32 [n_moment_lives][2][d_obs]
    "network_state", // layout private to the network
    "task_state",    // f32 [n_fields][n_slots]
    "episode",       // struct Episode [n_slots]
    "terms",         // f32 [n_terms][n_slots]
    "ended",         // struct Ended: episodes that ended since the host last looked
    "ended_terms",   // f32 [capacity][n_terms]: their sums
    "utility",       // i32 [block]: 2 rank - (N - 1) of the members in hand
    "gradient",      // i32 (EC) or f32 (ES), an entry a parameter: the estimate's sum so far
    "noise",         // f32 [pairs of a block][n_words]: low-rank perturbations of the pairs in hand
    "probe",         // tests and the doctor's kernel only: inputs and intermediate values
    "arm_run",       // uniform; forward sensitivities only, as those below: struct ArmRun
    "arm",           // struct Arm [arms]
    "arm_weights",   // f32 [arms][2][n][2]: readout weights, and their momentum
    "reservoir",     // f32 [reservoirs][n + 2][n]: recurrent rows by presynaptic neuron, then those of the inputs
    "arm_state",     // f32, layout private to the kernel
    "arm_outcome",   // struct ArmOutcome [arms]
    "arm_spikes",    // u32 [arms][n + 4]: spikes a neuron: reservoir, inputs, outputs
    "arm_motion",    // u32: what the arms that are watched did, macro step by macro step
    "bench",         // bench only: vec4<f32>, what the machine's peak is measured on
    "control",       // rollouts only: f32 [n_slots][nu], in the actuators' units
    "start",         // rollouts only: f32 [n_fields][n_slots], given start states
    "motion",        // rollouts only: u32, what one step leaves to be written, part by part
    "places",        // several episodes a member only: u32, which places of theta are free: rollout/places_shared
];

/// Those that are uniform; all others are storage.
pub const UNIFORMS: &[&str] = &["run", "arm_run"];

/// The binding number of the WGSL global `identifier` (`obs_in` and `obs_out` are both `obs`), or `None`.
pub fn binding(identifier: &str) -> Option<u32> {
    let name = buffer_name(identifier);
    BUFFERS.iter().position(|known| *known == name).map(|index| index as u32)
}

/// The buffer behind a WGSL identifier: the identifier without `_in`, `_out` or `_inout`.
pub fn buffer_name(identifier: &str) -> &str {
    ["_inout", "_out", "_in"].iter().find_map(|suffix| identifier.strip_suffix(suffix)).unwrap_or(identifier)
}
