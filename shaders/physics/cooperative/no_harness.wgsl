// No helping force; replaces harness.wgsl.

fn harness_force(dof: u32) -> f32 {
    return 0.0;
}
