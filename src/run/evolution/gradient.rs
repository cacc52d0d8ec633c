//! Gradient over any population: blocks of members on the device, 64-bit sums on the host.

use crate::{
    algorithms::{AlgorithmLaunch, Evolution, Sums},
    gpu::{Submission, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        genome::Genome,
        random::{Stream, stream_key},
        records::RunParams,
    },
    run::RunError,
};

/// Members whose parameters are summed, and how.
#[derive(Clone, Copy)]
pub struct Draws<'a> {
    /// Algorithm that drew the members.
    pub algorithm: &'a dyn Evolution,
    /// Seed of the run.
    pub seed: u64,
    /// Number of the generation.
    pub generation: u32,
    /// Genome of the members.
    pub genome: &'a Genome,
    /// Number of members that the buffer `theta` holds.
    pub places: usize,
    /// Layout of the kernels.
    pub layout: AlgorithmLaunch,
    /// Number of members for whose utilities the device has room.
    pub block: usize,
    /// True if `theta` holds all members, member `k` in place `k`; otherwise they are drawn again, block by block.
    pub resident: bool,
}

/// Sets `total` to the estimate's sums over all members, one entry per parameter plus padding. It does not depend
/// on where the members are stored. Sums of integers are exact: limits on populations keep them below 2^53.
///
/// Needs the algorithm's kernels and distribution. `keep_going` is asked between blocks; once it returns false, so
/// does this.
pub fn gradient(
    workspace: &mut Workspace,
    draws: &Draws,
    utilities: &[i32],
    keep_going: &dyn Fn() -> bool,
    total: &mut Vec<f64>,
) -> Result<bool, RunError> {
    let block = draws.algorithm.block(draws.places).min(draws.block);
    let draws = Draws { resident: draws.resident && utilities.len() <= block, ..*draws };
    let per_reading = draws.algorithm.reading() / block * block;
    total.clear();
    total.resize(draws.genome.padded_len(), 0.0);
    let mut before: Option<Submission> = None;
    for (reading, members) in utilities.chunks(per_reading).enumerate() {
        let mut batch = workspace.batch()?;
        workspace.clear(&mut batch, BufferId::Gradient);
        workspace.submit(batch, &[]);
        for (index, utilities) in members.chunks(block).enumerate() {
            if !keep_going() {
                return Ok(false);
            }
            let submission = add_block(workspace, &draws, reading * per_reading + index * block, utilities)?;
            if let Some(before) = before.replace(submission) {
                workspace.wait_for(before)?; // one block computes while the next is uploaded
            }
        }
        match draws.algorithm.sums() {
            Sums::Integers => workspace.read_with(BufferId::Gradient, |sums: &[i32]| add(total, sums))?,
            Sums::Floats => workspace.read_with(BufferId::Gradient, |sums: &[f32]| add(total, sums))?,
        }
    }
    Ok(true)
}

fn add<T: Copy + Into<f64>>(total: &mut [f64], sums: &[T]) {
    total.iter_mut().zip(sums).for_each(|(total, sum)| *total += (*sum).into());
}

fn add_block(workspace: &mut Workspace, draws: &Draws, base: usize, utilities: &[i32]) -> Result<Submission, RunError> {
    workspace.write(BufferId::Utility, utilities);
    let params = RunParams {
        key_sample: stream_key(draws.seed, Stream::Sample),
        generation: draws.generation,
        member_base: base as u32,
        n_slots: utilities.len() as u32,
        ..Default::default()
    };
    workspace.write(BufferId::Run, &[params]);
    let passes = draws.algorithm.tell_passes(draws.genome, &draws.layout, utilities.len(), draws.resident);
    let mut batch = workspace.batch()?;
    workspace.dispatch_all(&mut batch, passes.into_iter().map(|(name, groups)| (name, Workgroups::Direct(groups))));
    Ok(workspace.submit(batch, &[]))
}
