// Equations of CartPole-v1. Fields of a state: position, velocity, angle, angular velocity.
#import numerics/sincos
#import numerics/philox

const GRAVITY = 9.8;          // m/s^2
const MASS_POLE = 0.1;        // kg
const MASS_TOTAL = 1.1;       // kg
const HALF_LENGTH = 0.5;      // m
const FORCE = 10.0;           // N
const STEP = 0.02;            // s
const POSITION_LIMIT = 2.4;   // m
const ANGLE_LIMIT = 0.20943951; // 12 degrees

// Returns the state after a push to the right or to the left.
fn moved(s: vec4<f32>, right: bool) -> vec4<f32> {
    let force = select(-FORCE, FORCE, right);
    let sine_cosine = sincos(s.z);
    let sine = sine_cosine.x;
    let cosine = sine_cosine.y;
    let push = (force + MASS_POLE * HALF_LENGTH * s.w * s.w * sine) / MASS_TOTAL;
    let angular = (GRAVITY * sine - cosine * push)
        / (HALF_LENGTH * (4.0 / 3.0 - MASS_POLE * cosine * cosine / MASS_TOTAL));
    let linear = push - MASS_POLE * HALF_LENGTH * angular * cosine / MASS_TOTAL;
    return s + STEP * vec4<f32>(s.y, linear, s.w, angular);
}

// Returns whether the episode goes on, which a NaN ends.
fn inside(s: vec4<f32>) -> bool {
    return abs(s.x) <= POSITION_LIMIT && abs(s.z) <= ANGLE_LIMIT;
}

// Returns a state whose fields are uniform in [-0.05, 0.05).
fn drawn_start(bits: vec4<u32>) -> vec4<f32> {
    let unit = vec4<f32>(uniform01(bits.x), uniform01(bits.y), uniform01(bits.z), uniform01(bits.w));
    return unit * 0.1 - 0.05;
}
