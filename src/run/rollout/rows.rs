//! Slots as rows: all are active from the start, and each has a life of its own.

use crate::{
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        records::{EpisodeRecord, RunParams},
    },
};

/// Returns the parameters of a rollout of `rows` rows whose episodes last until the task ends them.
pub(in crate::run) fn params(rows: usize) -> RunParams {
    RunParams { n_slots: rows as u32, episode_cap: u32::MAX, population: rows as u32, ..RunParams::default() }
}

/// Activates every row and begins it anew, as the life `life(row)`.
pub(in crate::run) fn begin(workspace: &Workspace<'_>, rows: usize, life: impl Fn(u32) -> u32) {
    let list: Vec<u32> = std::iter::once(rows as u32).chain(0..rows as u32).collect();
    workspace.write(BufferId::Live, &list);
    workspace.write(BufferId::Fresh, &list);
    let episode = |row| EpisodeRecord { life: life(row), ..EpisodeRecord::default() };
    workspace.write(BufferId::Episode, &(0..rows as u32).map(episode).collect::<Vec<_>>());
}
