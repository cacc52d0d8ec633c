// Joint limits: one row per limited dof, towards the nearer end of its range.
#import physics/cooperative/softness
#import physics/cooperative/state

// dofs beyond their margin
var<workgroup> limit_bits: atomic<u32>;
// the row's only entry: 1 at the lower end, -1 at the upper
var<workgroup> limit_sign: array<f32, NV>;
var<workgroup> limit_weight: array<f32, NV>;
// J a - aref
var<workgroup> limit_residual: array<f32, NV>;

// Sets up the row of a dof, if it has a limit and is beyond its margin; `limit_bits` must be cleared before.
fn set_limit(dof: u32) {
    if (((LIMITED >> dof) & 1u) == 0u) {
        return;
    }
    let q = stage_qpos[JOINT_QPOS[DOF_JOINT[dof]]];
    let below = q - LIMIT_LOW[dof];
    let above = LIMIT_HIGH[dof] - q;
    let pos = min(below, above) - LIMIT_MARGIN[dof];
    if (pos >= 0.0) {
        return;
    }
    let sign = select(-1.0, 1.0, below < above);
    let soft = limit_softness(dof);
    let stiff = impedance(soft, pos);
    limit_sign[dof] = sign;
    limit_weight[dof] = stiff / ((1.0 - stiff) * LIMIT_DIAGONAL[dof]);
    limit_residual[dof] = soft.damping * sign * stage_qvel[dof] + soft.stiffness * stiff * pos;
    atomicOr(&limit_bits, 1u << dof);
}
