//! The gradient over any population: blocks of members on the device, 64-bit sums on the host.

use super::RunError;
use crate::{
    algorithms::ec::{GRADIENT_CHUNK, gradient_block},
    gpu::{Workgroups, Workspace},
    plan::{
        random::{Stream, stream_key},
        records::RunParams,
    },
};

/// Whose connections are drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Seed of the run.
    pub seed: u64,
    /// Generation.
    pub generation: u32,
    /// Words of one member's packed connections.
    pub n_words: usize,
}

/// `sum_k utility_k theta_k` over all members, exactly, `[32 n_words]`; the same for every `block`.
///
/// Needs the kernel `ec.gradient`, the thresholds, and a buffer `utility` of `block` members. `keep_going` is asked
/// between blocks; once it says no, `None` comes back.
pub fn gradient(
    workspace: &mut Workspace,
    draws: &Draws,
    utilities: &[i32],
    block: usize,
    keep_going: &dyn Fn() -> bool,
) -> Result<Option<Vec<i64>>, RunError> {
    let limit = gradient_block(utilities.len());
    let block = block.min(limit);
    let per_reading = limit / block * block;
    let mut total = vec![0i64; 32 * draws.n_words];
    for (reading, members) in utilities.chunks(per_reading).enumerate() {
        let mut batch = workspace.batch()?;
        workspace.clear(&mut batch, "gradient");
        workspace.submit(batch, &[]);
        for (index, utilities) in members.chunks(block).enumerate() {
            if !keep_going() {
                return Ok(None);
            }
            add_block(workspace, draws, reading * per_reading + index * block, utilities)?;
        }
        let sums: Vec<i32> = workspace.read("gradient")?;
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += i64::from(sum));
    }
    Ok(Some(total))
}

fn add_block(workspace: &mut Workspace, draws: &Draws, base: usize, utilities: &[i32]) -> Result<(), RunError> {
    workspace.write("utility", utilities);
    let params = RunParams {
        key_sample: stream_key(draws.seed, Stream::Sample),
        generation: draws.generation,
        member_base: base as u32,
        n_slots: utilities.len() as u32,
        ..Default::default()
    };
    workspace.write("run", &[params]);
    let invocations = 4 * draws.n_words as u32;
    let chunks = utilities.len().div_ceil(GRADIENT_CHUNK) as u32;
    let mut batch = workspace.batch()?;
    workspace.dispatch_all(&mut batch, [("ec.gradient", Workgroups::Direct([invocations.div_ceil(64), chunks, 1]))]);
    let submission = workspace.submit(batch, &[]);
    Ok(workspace.wait_for(submission)?)
}
