//! Measured peak of the device: multiply-adds and memory traffic.

use std::time::Instant;

use crate::{
    gpu::{Gpu, Workgroups, Workspace},
    kernel::{
        buffers::BufferId,
        cost::peak::{TILE, WORKGROUP, cost, kernels},
        entry::PassId,
    },
    report::Peak,
    run::RunError,
};

/// Number of invocations that keeps any device busy.
const INVOCATIONS: u32 = 1 << 19;
/// Bytes streamed, if the device can bind that much; more than the caches of today's GPUs hold.
const STREAMED: u64 = 512 << 20;
/// Shortest time of the repeated dispatches together, s, so that launching them does not count.
const LONG_ENOUGH: f64 = 0.1;

/// Measures the peak of `gpu` in well below a second.
pub fn measure(gpu: &Gpu) -> Result<Peak, RunError> {
    let [multiply_add, stream] = kernels().map_err(crate::plan::PlanError::from)?;
    let mut workspace = Workspace::new(gpu, &[multiply_add.clone(), stream.clone()])?;
    let bytes = gpu.adapter.traits().max_binding_bytes.min(STREAMED);
    workspace.alloc(BufferId::Bench, bytes)?;
    let tile = u64::from(16 * TILE * WORKGROUP);
    let arithmetic = rate(&mut workspace, multiply_add.id, INVOCATIONS / WORKGROUP)?;
    let traffic = rate(&mut workspace, stream.id, (bytes / tile) as u32)?;
    Ok(Peak {
        operations_per_second: arithmetic * cost(&multiply_add)?.operations.f32(),
        bytes_per_second: traffic * cost(&stream)?.bytes(),
    })
}

/// Returns the invocations per second of `kernel` in dispatches of `workgroups`.
fn rate(workspace: &mut Workspace, kernel: PassId, workgroups: u32) -> Result<f64, RunError> {
    let mut repeat = |times: usize| -> Result<f64, RunError> {
        let mut batch = workspace.batch()?;
        workspace
            .dispatch_all(&mut batch, std::iter::repeat_n((kernel, Workgroups::Direct([workgroups, 1, 1])), times));
        let started = Instant::now();
        let submission = workspace.submit(batch, &[]);
        workspace.wait_for(submission)?;
        Ok(started.elapsed().as_secs_f64())
    };
    repeat(1)?; // drivers generate code, and memory is touched for the first time
    let mut times = 1;
    loop {
        let seconds = repeat(times)?;
        if seconds >= LONG_ENOUGH {
            return Ok(times as f64 * f64::from(workgroups * WORKGROUP) / seconds);
        }
        times *= 2;
    }
}
