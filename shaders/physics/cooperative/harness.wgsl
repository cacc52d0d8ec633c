// A helping force on a free root body, whose dofs are the first six. Twin: physics::stepper::harness.
// Constant: WEIGHT, N.
#import rollout/run
#import physics/cooperative/state

fn harness_force(dof: u32) -> f32 {
    if (dof < 2u || dof > 5u) {
        return 0.0;
    }
    let speed = stage_qvel[dof];
    if (dof == 2u) {
        return WEIGHT * run.harness.x;
    }
    if (dof == 5u) {
        return -run.harness.w * speed;
    }
    let w = stage_qpos[3];
    let x = stage_qpos[4];
    let y = stage_qpos[5];
    let z = stage_qpos[6];
    let turn = select(2.0 * (x * z - w * y), -2.0 * (y * z + w * x), dof == 3u);
    return run.harness.y * turn - run.harness.z * speed;
}
