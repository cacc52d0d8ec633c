// State that the lanes of a workgroup share: one environment. SI units, radian; free joints as in MuJoCo's qpos.
// Spatial quantities (angular part first) are about the robot's centre of mass, in world axes.

// This invocation's number in its workgroup. A body, a dof or a joint of the robot belongs to the lane of its number.
var<private> lane: u32;
// The robot's centre of mass, in every lane the same.
var<private> com: vec3<f32>;

// the state at the start of the step, accelerations of the last evaluation (warm start), motor forces
var<workgroup> qpos: array<f32, NQ>;
var<workgroup> qvel: array<f32, NV>;
var<workgroup> qacc: array<f32, NV>;
var<workgroup> motor: array<f32, NV>;
// the state that is evaluated: the step's start or a Runge-Kutta stage
var<workgroup> stage_qpos: array<f32, NQ>;
var<workgroup> stage_qvel: array<f32, NV>;

// kinematics: place in the parent's frame, place in the world; rotations as quaternions x y z w
var<workgroup> local_pos: array<f32, 3u * NBODY>;
var<workgroup> local_quat: array<vec4<f32>, NBODY>;
var<workgroup> body_pos: array<f32, 3u * NBODY>;
var<workgroup> body_quat: array<vec4<f32>, NBODY>;
var<workgroup> dof_axis: array<f32, 6u * NV>;

// inertias xx yy zz xy xz yz, mass times offset, mass: each body's own, and with all that it carries
var<workgroup> body_inertia: array<f32, 10u * NBODY>;
var<workgroup> composite: array<f32, 10u * NBODY>;
var<workgroup> body_velocity: array<f32, 6u * NBODY>;
// acceleration of the body's own joints, then the force that moves the body
var<workgroup> body_force: array<f32, 6u * NBODY>;

// force of everything but the constraints
var<workgroup> force: array<f32, NV>;

// contacts found by the last detection
var<workgroup> contacts: array<Contact, CONTACTS>;
var<workgroup> contact_count: u32;
// contacts that found no place, summed over evaluations
var<workgroup> contact_overflow: u32;

// A contact. Vectors of its frame: along the normal, the tangent, the bitangent.
struct Contact {
    // from the centre of mass, world axes
    offset: vec3<f32>,
    // D of a row
    weight: f32,
    // from the first body to the second
    normal: vec3<f32>,
    // 0: a single row along the normal
    friction: f32,
    tangent: vec3<f32>,
    candidate: u32,
    // J a - aref, contact frame
    residual: vec3<f32>,
    // dofs that move the first body, one bit each
    first_chain: u32,
    // change of the residual along the search direction
    change: vec3<f32>,
    second_chain: u32,
}
