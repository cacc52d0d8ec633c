//! Checkpoints: safetensors with the learnt state, written atomically and sealed with a checksum.
//!
//! Tensors (F64): `rho.<name>` (EC) or `mean.<name>` (ES) in the shapes of the network's own matrices (row =
//! presynaptic); the optimizer's `adam.m.<name>` and `adam.v.<name>`, `momentum.<name>` or `satr.mean.<name>` in
//! the same shapes; `adam.beta_power` `[2]`, `satr.weight` `[1]`, `satr.energy` `[2]`; `normaliser.mean`,
//! `normaliser.std`, `normaliser.m2` `[d_obs]`.
//!
//! The header holds the format version, task, curriculum, network, algorithm, normaliser (RON), the text of a
//! user-supplied robot, the seed and the progress of the run. It never holds times, paths, host or device settings,
//! so equal runs leave equal bytes.
//!
//! A checkpoint within a generation also holds the results of the members that have finished: `open.member`,
//! `open.length`, `open.status`, `open.contact_overflow`, `open.spikes` (U32) and `open.return` (F32), one entry
//! per member in ascending order. `open.moments` (F32) `[members][2][d_obs]` holds the observation sums of those
//! members that feed the normaliser. `open.terms` (F32) `[members][terms]` holds the reward terms of the same
//! members. `open.term_sums` (U64) `[terms][2]` holds the low and high half of the sums over the others, in units
//! of 2^-32. Where members have m episodes, there is one entry per finished episode, and `open.life` replaces
//! `open.member`: m i + k for episode k of member i.
//!
//! Checkpoints of arms hold only `readout.weights` and `readout.momentum` (F32) `[arms, neurons, 2]` instead; those of
//! learners of action values hold `progress` (U32) `[learners, 12]` and the buffers that go on, word for word.
//!
//! The header entry `crc32` is the CRC-32 (that of zip files) of the whole file with eight zeros in its place.

mod identity;
mod learners;
mod policy;
mod read;
mod seal;
mod write;

pub(in crate::run) use learners::save_learners;
pub use learners::{ARMS_TASK_ID, save_arms};
pub use policy::{read_policy, save_policy};
pub use read::Checkpoint;
pub use write::save;
pub(super) use write::{encode, words};

/// Version of the layout and of the rules by which a run continues from it.
pub const FORMAT_VERSION: u32 = 4;

/// Returns the name of the column that identifies episodes in an open generation of members with `episodes` each.
fn life_column(episodes: usize) -> &'static str {
    if episodes > 1 { "life" } else { "member" }
}

/// Older version with the same layout. Its runs ranked members of equal return by number, so they cannot continue
/// here bit for bit. What they learnt can still be read.
const RANKED_BY_NUMBER: u32 = 3;
