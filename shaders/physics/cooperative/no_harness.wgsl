// No helping force. Stands in for harness.wgsl.

fn harness_force(dof: u32) -> f32 {
    return 0.0;
}
