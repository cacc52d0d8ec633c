//! Checkpoints: safetensors with the learnt state, written atomically and sealed with a checksum.
//!
//! Tensors (F64): `rho.<name>` (EC) or `mean.<name>` (ES) in the shapes of the network's own matrices (row =
//! presynaptic), the optimizer's `adam.m.<name>` and `adam.v.<name>`, `momentum.<name>` or `satr.mean.<name>`,
//! likewise, `adam.beta_power` `[2]`, `satr.weight` `[1]`, `satr.energy` `[2]`, `normaliser.mean`, `normaliser.std`,
//! `normaliser.m2` `[d_obs]`. The header holds the format version, task, curriculum, network, algorithm, normaliser
//! (RON), the text of the user's robot, seed and generation, and nothing else; never times, paths, host or device
//! settings, so equal runs leave equal bytes.
//!
//! Where a generation was under way, also what the members did that have lived: `open.member`, `open.length`,
//! `open.status`, `open.contact_overflow`, `open.spikes` (U32) and `open.return` (F32), one entry per member, members
//! rising; and `open.moments` (F32) `[members][2][d_obs]`, the sums of those of them that feed the normaliser;
//! `open.terms` (F32) `[members][terms]`, the terms of the same ones' rewards, and `open.term_sums` (U64) `[terms][2]`,
//! low and high half of the sums over the others in units of 2^-32. Where members have m episodes, it is an entry for
//! each that is over, and `open.life` instead of `open.member`: m i + k for episode k of member i.
//!
//! Arms that learn by themselves have no such state, but `readout.weights` and `readout.momentum` (F32) `[arms,
//! neurons, 2]`.
//!
//! The header entry `crc32` is the CRC-32 (that of zip files) of the whole file with eight zeros in its place.

mod arms;
mod identity;
mod read;
mod seal;
mod write;

pub use arms::{ARMS_TASK_ID, save_arms};
pub use read::Checkpoint;
pub(super) use write::encode;
pub use write::save;

/// Version of the layout, and of how a run goes on from it.
pub const FORMAT_VERSION: u32 = 4;

/// Returns the name of the column that says whose episodes an open generation's are, of members that have so many.
fn life_column(episodes: usize) -> &'static str {
    if episodes > 1 { "life" } else { "member" }
}

/// An older version with the same layout. Its runs ranked members of equal return by their numbers, so that they cannot
/// go on here to the same bits; what they learnt can be read.
const RANKED_BY_NUMBER: u32 = 3;
