//! The gradient over any population: blocks of members on the device, 64-bit sums on the host.

use super::RunError;
use crate::{
    algorithms::ec::{Layout, gradient_block},
    gpu::{Submission, Workgroups, Workspace},
    plan::{
        random::{Stream, stream_key},
        records::RunParams,
    },
};

/// Whose connections are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Seed of the run.
    pub seed: u64,
    /// Generation.
    pub generation: u32,
    /// Words of one member's packed connections.
    pub n_words: usize,
    /// Members that the buffers `theta` and `utility` hold.
    pub slots: usize,
    /// How the kernels are laid out.
    pub layout: Layout,
    /// Whether `theta` holds all members, member `k` in slot `k`; else they are drawn again, block by block.
    pub resident: bool,
}

/// Sets `total` to `sum_k utility_k theta_k` over all members, exactly, `[32 n_words]`; the same however the members lie.
///
/// Needs the kernels `ec.resample` and `ec.gradient` and the thresholds. `keep_going` is asked between blocks; once it says
/// no, `false` comes back.
pub fn gradient(
    workspace: &mut Workspace,
    draws: &Draws,
    utilities: &[i32],
    keep_going: &dyn Fn() -> bool,
    total: &mut Vec<i64>,
) -> Result<bool, RunError> {
    let limit = gradient_block(utilities.len());
    let block = draws.slots.min(limit);
    let draws = Draws { resident: draws.resident && utilities.len() <= block, ..*draws };
    let per_reading = limit / block * block;
    total.clear();
    total.resize(32 * draws.n_words, 0);
    let mut before: Option<Submission> = None;
    for (reading, members) in utilities.chunks(per_reading).enumerate() {
        let mut batch = workspace.batch()?;
        workspace.clear(&mut batch, "gradient");
        workspace.submit(batch, &[]);
        for (index, utilities) in members.chunks(block).enumerate() {
            if !keep_going() {
                return Ok(false);
            }
            let submission = add_block(workspace, &draws, reading * per_reading + index * block, utilities)?;
            if let Some(before) = before.replace(submission) {
                workspace.wait_for(before)?; // one block computes while the next is handed over
            }
        }
        workspace.read_with("gradient", |sums: &[i32]| {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total += i64::from(*sum));
        })?;
    }
    Ok(true)
}

fn add_block(workspace: &mut Workspace, draws: &Draws, base: usize, utilities: &[i32]) -> Result<Submission, RunError> {
    workspace.write("utility", utilities);
    let params = RunParams {
        key_sample: stream_key(draws.seed, Stream::Sample),
        generation: draws.generation,
        member_base: base as u32,
        n_slots: utilities.len() as u32,
        ..Default::default()
    };
    workspace.write("run", &[params]);
    let (n_words, slots) = (draws.n_words, utilities.len());
    let sample = ("ec.resample", Workgroups::Direct(draws.layout.resample_workgroups(n_words, slots)));
    let sum = ("ec.gradient", Workgroups::Direct(draws.layout.gradient_workgroups(n_words, slots)));
    let mut batch = workspace.batch()?;
    workspace.dispatch_all(&mut batch, (!draws.resident).then_some(sample).into_iter().chain([sum]));
    Ok(workspace.submit(batch, &[]))
}
