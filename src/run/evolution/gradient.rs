//! The gradient over any population: blocks of members on the device, 64-bit sums on the host.

use crate::{
    algorithms::{Algorithm, Layout, Sums},
    gpu::{Submission, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        genome::Genome,
        random::{Stream, stream_key},
        records::RunParams,
    },
    run::RunError,
};

/// Whose parameters are summed.
#[derive(Clone, Copy)]
pub struct Draws<'a> {
    /// The algorithm, whose members they are.
    pub algorithm: &'a dyn Algorithm,
    /// Seed of the run.
    pub seed: u64,
    /// Generation.
    pub generation: u32,
    /// What a member is made of.
    pub genome: &'a Genome,
    /// Members that the buffer `theta` holds.
    pub places: usize,
    /// How the kernels are laid out.
    pub layout: Layout,
    /// Members whose utilities the device has room for.
    pub block: usize,
    /// Whether `theta` holds all members, member `k` in place `k`; else they are drawn again, block by block.
    pub resident: bool,
}

/// Sets `total` to the estimate's sums over all members, one entry per parameter and whatever pads them; the same
/// however the members lie. Sums of integers are exact: populations keep them below 2^53.
///
/// Needs the algorithm's kernels and distribution. `keep_going` is asked between blocks; once it says no, `false` comes
/// back.
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
    total.resize(draws.genome.room(), 0.0);
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
                workspace.wait_for(before)?; // one block computes while the next is handed over
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
