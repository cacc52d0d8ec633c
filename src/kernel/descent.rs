//! What networks, algorithms and tasks tell each other where a policy descends gradients: sizes, the read-out, the
//! rows of weights, the kind of actions.

use crate::kernel::{device::DeviceTraits, entry::fold, wgsl::Constants};

/// Kind of a task's actions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Actions {
    /// Each entry is a number in [-1, 1].
    #[default]
    Continuous,
    /// The largest entry is the choice.
    Discrete,
}

/// Way in which a network turns its units into outputs: rows of weights, and biases or a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadOut {
    /// First row in `theta`; there is one per action.
    pub first_row: usize,
    /// First word of the biases in `theta`; 0 without any.
    pub bias_at: usize,
    /// Factor of sums without a bias.
    pub factor: f32,
    /// Lanes whose parts `network.step` adds up in order.
    pub lanes: usize,
    /// True if quads that a lane owns are as far apart as there are lanes; they follow each other otherwise.
    pub spread: bool,
    /// True if the tape has its sequences one after the other; they are side by side otherwise.
    pub by_sequence: bool,
}

/// Connections that real parameters stand for, in rows of one per neuron: rows of inputs, of presynaptic neurons, of
/// actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Number of input lines.
    pub lines: usize,
    /// Number of neurons.
    pub neurons: usize,
    /// Number of excitatory neurons, which come first.
    pub excitatory: usize,
    /// Number of rows.
    pub rows: usize,
}

/// Stand-in for the derivative of a spike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpikeSlope {
    /// Shader that computes it: a path in `shaders/`.
    pub shader: &'static str,
    /// Value at the threshold.
    pub height: f32,
    /// Decay with the distance from the threshold.
    pub slope: f32,
    /// True if gradients do not run through the reset.
    pub detach_reset: bool,
}

/// Sizes that all kernels of a run are composed for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Number of environments.
    pub environments: usize,
    /// Steps per environment and iteration.
    pub horizon: usize,
    /// Steps per sequence.
    pub bptt: usize,
    /// Sequences per minibatch.
    pub sequences: usize,
    /// Rounds in which the network goes through a minibatch, each of as many sequences.
    pub rounds: usize,
    /// Length of an observation.
    pub d_obs: usize,
    /// Length of an action.
    pub d_act: usize,
    /// Words of the network's parameters in `theta`, a multiple of 4.
    pub policy_words: usize,
    /// Units of each layer of the value network.
    pub value_units: usize,
    /// Derivative of spikes.
    pub spikes: SpikeSlope,
}

impl Sizes {
    /// Returns the frames per minibatch.
    pub fn frames(&self) -> usize {
        self.bptt * self.sequences
    }

    /// Returns the sequences per round.
    pub fn round_sequences(&self) -> usize {
        self.sequences / self.rounds
    }

    /// Returns the frames per round.
    pub fn round_frames(&self) -> usize {
        self.bptt * self.round_sequences()
    }

    /// Returns the words per frame of the buffer `ppo_head`: adjoints of outputs and of the head's parameters, parts of
    /// the loss.
    pub fn head_words(&self) -> usize {
        2 * self.d_act + 4
    }

    /// Returns the first word of the logarithms of the standard deviations in `theta`.
    pub fn at_log_std(&self) -> usize {
        self.policy_words
    }

    /// Returns the first word of the value network in `theta`.
    pub fn at_value(&self) -> usize {
        self.policy_words + self.d_act.next_multiple_of(4)
    }

    /// Returns the rows of the value network's layers, each of `value_units` words.
    pub fn value_parts(&self) -> [usize; 5] {
        [self.d_obs, 1, self.value_units, 1, 1]
    }

    /// Returns the number of rows of the value network.
    pub fn value_rows(&self) -> usize {
        self.value_parts().iter().sum()
    }

    /// Returns the words of the value network, with its padding.
    pub fn value_words(&self) -> usize {
        self.value_rows() * self.value_units + 4
    }

    /// Returns the words of all parameters.
    pub fn parameters(&self) -> usize {
        self.at_value() + self.value_words()
    }

    /// Returns the rows of the buffer `ppo_value_tape` in a minibatch: its frames, and invocations beyond them.
    pub fn value_tape_rows(&self) -> usize {
        self.frames().next_multiple_of(64)
    }

    /// Returns the quads of the buffer `ppo_value_tape`, which holds the first layer of all frames, or both layers of a
    /// minibatch with their adjoints.
    pub fn value_tape_quads(&self) -> usize {
        let all = ((self.horizon + 1) * self.environments).next_multiple_of(64) * self.value_units / 4;
        all.max(self.value_tape_rows() * (self.value_units + 1))
    }

    /// Adds the sizes that kernels over a whole minibatch need.
    pub fn wgsl(&self, constants: Constants) -> Constants {
        self.wgsl_of(constants, 1)
    }

    /// Adds the sizes that kernels over a round of a minibatch need.
    pub fn wgsl_of_round(&self, constants: Constants) -> Constants {
        self.wgsl_of(constants, self.rounds)
    }

    fn wgsl_of(&self, constants: Constants, rounds: usize) -> Constants {
        constants
            .uint("ROUNDS", rounds)
            .uint("ENVIRONMENTS", self.environments)
            .uint("HORIZON", self.horizon)
            .uint("BPTT", self.bptt)
            .uint("SEQUENCES", self.sequences / rounds)
            .uint("D_OBS", self.d_obs)
            .uint("D_ACT", self.d_act)
            .uint("HEAD", self.head_words())
            .uint("VALUE_TAPE_ROWS", self.value_tape_rows())
            .uint("AT_LOG_STD", self.at_log_std())
    }
}

/// Returns true if lanes read rows of `quads` quads for each other.
pub fn lanes_share_rows(quads: usize, device: DeviceTraits) -> bool {
    device.software && device.subgroup == BLOCK && quads.is_multiple_of(BLOCK)
}

/// Quads of a row that are read together, at most.
const BLOCK: usize = 8;

/// Adds the size of the blocks in which kernels that import `algorithms/ppo/blocks` read rows of `quads` quads.
pub fn blocks_of_rows(constants: Constants, quads: usize, device: DeviceTraits) -> Constants {
    let block = (1..=BLOCK).rev().find(|block| quads.is_multiple_of(*block)).unwrap_or(1);
    let constants = constants.uint("BLOCK", block);
    match lanes_share_rows(quads, device) {
        true => constants.import_instead("algorithms/ppo/blocks/shared", "algorithms/ppo/blocks/subgroup"),
        false => constants,
    }
}

/// Rows that an invocation sums up.
const ROWS: usize = 16;

/// Invocations per workgroup of sums, at most.
const OUTER_LANES: usize = 64;

/// Blocks of sixteen rows that the parts of a list of matrices take, for kernels that import `algorithms/ppo/outer`.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    first_rows: Vec<usize>,
    rows: Vec<usize>,
    first_blocks: Vec<usize>,
    /// Number of blocks.
    pub count: usize,
}

impl Blocks {
    /// Returns the blocks of parts that begin at `first_rows` and have `rows` rows.
    pub fn new(first_rows: Vec<usize>, rows: Vec<usize>) -> Self {
        let mut count = 0;
        let first_blocks = rows.iter().map(|rows| {
            let first = count;
            count += rows.div_ceil(ROWS);
            first
        });
        let first_blocks = first_blocks.collect();
        Self { first_rows, rows, first_blocks, count }
    }

    /// Returns the workgroups that sum up rows of `quads` quads.
    pub fn workgroups(&self, quads: usize, device: DeviceTraits) -> [u32; 3] {
        fold((self.count * quads / outer_lanes(quads, device)) as u32)
    }

    /// Adds the constants of rows of `quads` quads, the first of which is at quad `at` of `theta`.
    pub fn wgsl(&self, constants: Constants, quads: usize, at: usize, device: DeviceTraits) -> Constants {
        let constants = match lanes_share_rows(quads, device) {
            true => constants.import_instead("algorithms/ppo/outer_rows/shared", "algorithms/ppo/outer_rows/subgroup"),
            false => constants,
        };
        constants
            .uint("OUTER_LANES", outer_lanes(quads, device))
            .uint("PARTS", self.rows.len())
            .uints("PART_ROW", &self.first_rows)
            .uints("PART_ROWS", &self.rows)
            .uints("PART_BLOCK", &self.first_blocks)
            .uint("BLOCKS", self.count)
            .uint("OUTER_QUADS", quads)
            .uint("AT_ROWS", at)
    }
}

/// Returns the invocations per workgroup that sum up rows of `quads` quads.
fn outer_lanes(quads: usize, device: DeviceTraits) -> usize {
    let most = if lanes_share_rows(quads, device) { BLOCK } else { OUTER_LANES };
    (1..=most).rev().find(|lanes| quads.is_multiple_of(*lanes)).unwrap_or(1)
}
