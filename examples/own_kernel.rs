//! Runs a custom kernel beside those of the crate: `cargo run --release --example own_kernel`.

#![allow(clippy::print_stdout, reason = "examples print")]

use gpu_ec::{
    Gpu, Selector,
    gpu::Workspace,
    kernel::{
        buffers::BufferId,
        entry::{Kernel, PassId},
        wgsl::{Constants, compose},
    },
};

/// Kernel that imports what it needs from `shaders/`; buffers get their numbers from their names.
const TEXT: &str = "
#import numerics/philox
var<storage, read_write> probe_out: array<f32>;

@compute @workgroup_size(64)
fn draw(@builtin(global_invocation_id) id: vec3<u32>) {
    probe_out[id.x] = uniform01(philox4x32(vec4<u32>(id.x, 0u, 0u, 0u), vec2<u32>(SEED, 0u)).x);
}
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gpu = Gpu::open(&Selector::Best)?;
    let module = compose("draw", TEXT, &Constants::default().uint("SEED", 7))?;
    let draw = Kernel::new(PassId::Other("draw"), &module, "draw");
    let mut workspace = Workspace::new(&gpu, &[draw])?;
    workspace.alloc(BufferId::Probe, 4 * 1024)?;
    workspace.dispatch(PassId::Other("draw"), [1024 / 64, 1, 1])?;
    let numbers: Vec<f32> = workspace.read(BufferId::Probe)?;
    println!("mean of {} uniform numbers: {:.3}", numbers.len(), numbers.iter().sum::<f32>() / numbers.len() as f32);
    Ok(())
}
