// Joint motors, with controls clamped to their ranges.
#import physics/cooperative/state

// the motors' controls
var<workgroup> ctrl: array<f32, CONTROLS>;

fn motor_force(dof: u32) -> f32 {
    var sum = 0.0;
    for (var i = 0u; i < NU; i++) {
        if (MOTOR_DOF[i] == dof) {
            sum += MOTOR_GEAR[i] * clamp(ctrl[i], MOTOR_LOW[i], MOTOR_HIGH[i]);
        }
    }
    return sum;
}

fn set_motors() {
    workgroupBarrier();
    if (lane < NV) {
        motor[lane] = motor_force(lane);
    }
    workgroupBarrier();
}
