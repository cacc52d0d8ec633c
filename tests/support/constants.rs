//! Compares the constants of compiled robots.

use gpu_ec::physics::model::{Model, Quat, Sizes, Vec3};

/// Relative to `1 + |x|`; the worst seen is 4e-14.
const TOLERANCE: f64 = 1e-12;

/// Collects the fields in which two models differ.
#[derive(Debug)]
pub struct Comparer {
    pub differences: Vec<String>,
    pub worst: f64,
    tolerance: f64,
}

impl Default for Comparer {
    fn default() -> Self {
        Self { differences: vec![], worst: 0.0, tolerance: TOLERANCE }
    }
}

impl Comparer {
    pub fn numbers(&mut self, field: &str, ours: &[f64], theirs: &[f64]) {
        if ours.len() != theirs.len() {
            return self.differences.push(format!("{field}: {} numbers for {}", ours.len(), theirs.len()));
        }
        for (index, (a, b)) in ours.iter().zip(theirs).enumerate() {
            let error = (a - b).abs() / (1.0 + b.abs());
            self.worst = self.worst.max(error);
            if error.is_nan() || error > self.tolerance {
                self.differences.push(format!("{field}[{index}]: {a} for {b}"));
            }
        }
    }

    pub fn equal<T: PartialEq + std::fmt::Debug>(&mut self, field: &str, ours: &T, theirs: &T) {
        if ours != theirs {
            self.differences.push(format!("{field}: {ours:?} for {theirs:?}"));
        }
    }
}

/// `R diag(moments) R^T`: what the frame and the moments mean together, whatever the order or signs of the axes.
fn tensor(quat: Quat, moments: Vec3) -> Vec<f64> {
    let [w, x, y, z] = quat;
    let axes = [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)],
        [2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)],
        [2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)],
    ];
    let element = |i: usize, j: usize| (0..3).map(|k| axes[k][i] * moments[k] * axes[k][j]).sum();
    (0..9).map(|n| element(n / 3, n % 3)).collect()
}

/// Every constant that the stepper reads.
pub fn compare(ours: &Model, theirs: &Model) -> Comparer {
    compare_within(ours, theirs, TOLERANCE)
}

/// The same with another tolerance, relative to `1 + |x|`.
pub fn compare_within(ours: &Model, theirs: &Model, tolerance: f64) -> Comparer {
    let mut comparer = Comparer { tolerance, ..Comparer::default() };
    macro_rules! equal { ($($field:ident)*) => { $(comparer.equal(stringify!($field), &ours.$field, &theirs.$field);)* } }
    macro_rules! flat { ($($field:ident)*) => { $(comparer.numbers(stringify!($field), &ours.$field, &theirs.$field);)* } }
    macro_rules! nested {
        ($($field:ident)*) => {
            $(comparer.numbers(stringify!($field), ours.$field.as_flattened(), theirs.$field.as_flattened());)*
        }
    }
    for (ours, theirs) in [
        (&ours.names.body, &theirs.names.body),
        (&ours.names.joint, &theirs.names.joint),
        (&ours.names.geom, &theirs.names.geom),
        (&ours.names.actuator, &theirs.names.actuator),
    ] {
        comparer.equal("names", ours, theirs);
    }
    // our humanoid leaves out tendons that do nothing
    let acts = theirs.is_pulled() || (0..theirs.sizes.ntendon).any(|t| theirs.tendon_acts(t));
    let ntendon = if acts { theirs.sizes.ntendon } else { ours.sizes.ntendon };
    comparer.equal("sizes", &ours.sizes, &Sizes { ntendon, ..theirs.sizes.clone() });
    if acts {
        equal!(tendon_adr tendon_num tendon_limited wrap_type wrap_objid);
        flat!(tendon_stiffness tendon_damping tendon_invweight0 tendon_length0 wrap_prm);
        nested!(tendon_range tendon_lengthspring tendon_solref_lim tendon_solimp_lim);
    }
    equal!(opt body_parentid body_rootid body_weldid body_jntnum body_jntadr body_dofnum body_dofadr
        jnt_type jnt_qposadr jnt_dofadr jnt_bodyid jnt_limited dof_bodyid dof_jntid dof_parentid geom_type geom_bodyid
        geom_contype geom_conaffinity geom_condim geom_priority actuator_trnid actuator_ctrllimited actuator_trntype
        site_bodyid actuator_dyntype);
    flat!(actuator_acc0 body_mass jnt_stiffness jnt_margin dof_armature dof_damping dof_invweight0 qpos0 qpos_spring geom_margin
        geom_solmix);
    nested!(site_pos actuator_dynprm actuator_lengthrange body_pos body_quat body_invweight0 jnt_pos jnt_axis jnt_range jnt_solref jnt_solimp geom_size
        geom_pos geom_quat geom_friction geom_solref geom_solimp actuator_gear actuator_ctrlrange actuator_gainprm);
    for body in 0..ours.sizes.nbody.min(theirs.sizes.nbody) {
        let tensors = [ours, theirs].map(|model| tensor(model.body_iquat[body], model.body_inertia[body]));
        comparer.numbers(&format!("inertia tensor of body {body}"), &tensors[0], &tensors[1]);
        // Without mass, MuJoCo puts the body's place in its parent here, and nothing reads it.
        if theirs.body_mass[body] > 0.0 {
            comparer.numbers(&format!("body_ipos[{body}]"), &ours.body_ipos[body], &theirs.body_ipos[body]);
        }
        // Where moments are equal, only the medium's drag depends on the axes themselves.
        if theirs.opt.density > 0.0 {
            let frames = [ours, theirs].map(|model| model.body_iquat[body]);
            let sign = frames[0].iter().zip(&frames[1]).map(|(a, b)| a * b).sum::<f64>().signum();
            comparer.numbers(&format!("principal axes of body {body}"), &frames[0].map(|x| sign * x), &frames[1]);
        }
    }
    comparer
}
