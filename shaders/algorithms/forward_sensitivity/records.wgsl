// What host and kernel share; twins: ArmRun, Arm and ArmOutcome of src/algorithms/forward_sensitivity/records.rs.

struct ArmRun {
    first: u32,      // macro step that the dispatch begins with
    steps: u32,      // how many it does, a multiple of the window
    learns: u32,     // 1: weights move after each window
    first_arm: u32,  // arm of workgroup 0
    arms: u32,       // all arms
    half: u32,       // macro step from which losses count as late
    pad0: u32,
    pad1: u32,
}

struct Arm {
    angle: f32,          // rad, set after the network has run in
    velocity: f32,       // rad/s
    optimal: f32,        // optimal length of the muscles, m
    slack: f32,          // length of their tendons, m
    learning_rate: f32,
    reservoir: u32,      // number of its fixed weights
    pad0: u32,
    pad1: u32,
}

struct ArmOutcome {
    loss: f32,           // sum of squared angles over macro steps
    late_loss: f32,      // those from the half on
    early_loss: f32,     // those of the first thousand after the reset of the angle
    effort: f32,         // sum of squared activations
    gradient: f32,       // largest norm of a window's gradient, before clipping
    angle: f32,          // at the end
    broken: u32,         // 1: the state ceased to be a number
    pad0: u32,
}
