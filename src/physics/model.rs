//! Constants of a robot, compiled from MJCF.
//!
//! Names, layouts and units are MuJoCo's (`mjModel`): SI units, radian, quaternions `w x y z`.
//! A field's first dimension is the body, joint, dof, geom or actuator it belongs to; index 0 of bodies is the world.

use serde::Deserialize;

/// A vector in R^3.
pub type Vec3 = [f64; 3];
/// A unit quaternion, `w x y z`.
pub type Quat = [f64; 4];

/// Joint kinds, with MuJoCo's numbers.
pub mod joint {
    /// Six degrees of freedom: `qpos` 3 + 4, `qvel` 3 (world) + 3 (body).
    pub const FREE: u32 = 0;
    /// Translation along an axis.
    pub const SLIDE: u32 = 2;
    /// Rotation about an axis.
    pub const HINGE: u32 = 3;
}

/// Geom kinds, with MuJoCo's numbers.
pub mod geom {
    /// Infinite plane, normal along the geom's z axis.
    pub const PLANE: u32 = 0;
    /// `size[0]` is the radius.
    pub const SPHERE: u32 = 2;
    /// `size[0]` is the radius, `size[1]` half the length of the axis (local z).
    pub const CAPSULE: u32 = 3;
    /// `size` holds the three half axes.
    pub const ELLIPSOID: u32 = 4;
    /// `size[0]` is the radius, `size[1]` half the length of the axis (local z).
    pub const CYLINDER: u32 = 5;
    /// `size` holds the three half extents.
    pub const BOX: u32 = 6;

    /// The kinds by their name in robot files.
    pub const NAMES: [(&str, u32); 6] = [
        ("plane", PLANE),
        ("sphere", SPHERE),
        ("capsule", CAPSULE),
        ("ellipsoid", ELLIPSOID),
        ("cylinder", CYLINDER),
        ("box", BOX),
    ];
}

/// Transmission kinds: the targets of actuators, with MuJoCo's numbers.
pub mod transmission {
    /// A slide or hinge joint.
    pub const JOINT: u32 = 0;
    /// A tendon.
    pub const TENDON: u32 = 3;
}

/// Wrap kinds: the objects that a tendon runs over, with MuJoCo's numbers.
pub mod wrap {
    /// A joint of a fixed tendon.
    pub const JOINT: u32 = 1;
    /// A site of a spatial tendon.
    pub const SITE: u32 = 3;
}

/// MuJoCo's number for the dynamics, gain and bias types of muscles.
pub const MUSCLE_DYNAMICS: u32 = 4;

/// Element counts of a model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Sizes {
    /// Length of `qpos`.
    pub nq: usize,
    /// Length of `qvel`.
    pub nv: usize,
    /// Number of actuators.
    pub nu: usize,
    /// Number of activations, one per muscle.
    #[serde(default)]
    pub na: usize,
    /// Number of bodies, including the world.
    pub nbody: usize,
    /// Number of joints.
    pub njnt: usize,
    /// Number of geoms.
    pub ngeom: usize,
    /// Number of sites.
    #[serde(default)]
    pub nsite: usize,
    /// Number of tendons.
    #[serde(default)]
    pub ntendon: usize,
}

/// Global options.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Opt {
    /// Length of a physics step, s.
    pub timestep: f64,
    /// Gravity, m/s^2.
    pub gravity: Vec3,
    /// MuJoCo's number for the integrator: 0 is Euler, 1 is RK4.
    pub integrator: f64,
    /// Density of the medium that all bodies move in, kg/m^3; 0 is a vacuum.
    #[serde(default)]
    pub density: f64,
    /// Viscosity of the medium, Pa s.
    #[serde(default)]
    pub viscosity: f64,
    /// Velocity of the medium, m/s.
    #[serde(default)]
    pub wind: Vec3,
}

/// Names of the elements, in index order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Names {
    /// Bodies; the first is `world`.
    pub body: Vec<String>,
    /// Joints.
    pub joint: Vec<String>,
    /// Geoms.
    pub geom: Vec<String>,
    /// Actuators.
    pub actuator: Vec<String>,
    /// Sites.
    #[serde(default)]
    pub site: Vec<String>,
    /// Tendons.
    #[serde(default)]
    pub tendon: Vec<String>,
}

/// A compiled robot: everything that the stepper needs and nothing that changes in motion.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the fields are mjModel's, documented there and in the module comment")]
pub struct Model {
    pub sizes: Sizes,
    pub opt: Opt,
    pub names: Names,
    pub body_parentid: Vec<usize>,
    pub body_rootid: Vec<usize>,
    pub body_weldid: Vec<usize>,
    pub body_jntnum: Vec<usize>,
    /// First joint, or -1.
    pub body_jntadr: Vec<i64>,
    pub body_dofnum: Vec<usize>,
    /// First dof, or -1.
    pub body_dofadr: Vec<i64>,
    pub body_pos: Vec<Vec3>,
    pub body_quat: Vec<Quat>,
    pub body_ipos: Vec<Vec3>,
    pub body_iquat: Vec<Quat>,
    pub body_mass: Vec<f64>,
    /// Principal moments of inertia, kg m^2.
    pub body_inertia: Vec<Vec3>,
    /// Translational and rotational inverse weight at `qpos0`.
    pub body_invweight0: Vec<[f64; 2]>,
    pub jnt_type: Vec<u32>,
    pub jnt_qposadr: Vec<usize>,
    pub jnt_dofadr: Vec<usize>,
    pub jnt_bodyid: Vec<usize>,
    pub jnt_pos: Vec<Vec3>,
    pub jnt_axis: Vec<Vec3>,
    pub jnt_stiffness: Vec<f64>,
    pub jnt_limited: Vec<bool>,
    pub jnt_range: Vec<[f64; 2]>,
    pub jnt_margin: Vec<f64>,
    pub jnt_solref: Vec<[f64; 2]>,
    pub jnt_solimp: Vec<[f64; 5]>,
    pub dof_bodyid: Vec<usize>,
    pub dof_jntid: Vec<usize>,
    /// Previous dof towards the root, or -1.
    pub dof_parentid: Vec<i64>,
    pub dof_armature: Vec<f64>,
    pub dof_damping: Vec<f64>,
    pub dof_invweight0: Vec<f64>,
    /// Diagonal of the inertia matrix at `qpos0`.
    #[serde(default)]
    pub dof_m0: Vec<f64>,
    pub qpos0: Vec<f64>,
    pub qpos_spring: Vec<f64>,
    pub geom_type: Vec<u32>,
    pub geom_bodyid: Vec<usize>,
    pub geom_contype: Vec<u32>,
    pub geom_conaffinity: Vec<u32>,
    pub geom_condim: Vec<u32>,
    pub geom_priority: Vec<i64>,
    pub geom_size: Vec<Vec3>,
    pub geom_pos: Vec<Vec3>,
    pub geom_quat: Vec<Quat>,
    /// Coefficients of sliding, torsional and rolling friction.
    pub geom_friction: Vec<Vec3>,
    pub geom_margin: Vec<f64>,
    pub geom_solref: Vec<[f64; 2]>,
    pub geom_solimp: Vec<[f64; 5]>,
    pub geom_solmix: Vec<f64>,
    /// Pairs of bodies whose geoms do not collide with each other.
    #[serde(default)]
    pub exclude: Vec<[usize; 2]>,
    #[serde(default)]
    pub site_bodyid: Vec<usize>,
    /// Position in the body frame, m.
    #[serde(default)]
    pub site_pos: Vec<Vec3>,
    /// Index of the tendon's first entry in `wrap_*`.
    #[serde(default)]
    pub tendon_adr: Vec<usize>,
    /// Number of the tendon's entries in `wrap_*`.
    #[serde(default)]
    pub tendon_num: Vec<usize>,
    #[serde(default)]
    pub tendon_limited: Vec<bool>,
    #[serde(default)]
    pub tendon_range: Vec<[f64; 2]>,
    #[serde(default)]
    pub tendon_stiffness: Vec<f64>,
    #[serde(default)]
    pub tendon_damping: Vec<f64>,
    /// Range of lengths in which the spring is slack.
    #[serde(default)]
    pub tendon_lengthspring: Vec<[f64; 2]>,
    #[serde(default)]
    pub tendon_invweight0: Vec<f64>,
    #[serde(default)]
    pub tendon_length0: Vec<f64>,
    #[serde(default)]
    pub tendon_solref_lim: Vec<[f64; 2]>,
    #[serde(default)]
    pub tendon_solimp_lim: Vec<[f64; 5]>,
    /// One of the constants of [`wrap`].
    #[serde(default)]
    pub wrap_type: Vec<u32>,
    /// Index of the site or joint.
    #[serde(default)]
    pub wrap_objid: Vec<usize>,
    /// Coefficient of a joint in a fixed tendon.
    #[serde(default)]
    pub wrap_prm: Vec<f64>,
    /// One of the constants of [`transmission`].
    #[serde(default)]
    pub actuator_trntype: Vec<u32>,
    /// Index of the joint or tendon that the actuator drives, then -1.
    pub actuator_trnid: Vec<[i64; 2]>,
    /// Gear, in the first of the six numbers: joints and tendons use no other.
    pub actuator_gear: Vec<[f64; 6]>,
    pub actuator_ctrllimited: Vec<bool>,
    pub actuator_ctrlrange: Vec<[f64; 2]>,
    /// For a motor, the gain comes first. For a muscle, `range0 range1 force scale lmin lmax vmax fpmax fvmax`.
    pub actuator_gainprm: Vec<[f64; 10]>,
    /// [`MUSCLE_DYNAMICS`] for a muscle, 0 for a motor.
    #[serde(default)]
    pub actuator_dyntype: Vec<u32>,
    /// For a muscle: time constants of activation and deactivation, s, then the width of the smooth transition
    /// between them.
    #[serde(default)]
    pub actuator_dynprm: Vec<[f64; 10]>,
    #[serde(default)]
    pub actuator_lengthrange: Vec<[f64; 2]>,
    /// Norm of the acceleration that unit force causes at `qpos0`.
    #[serde(default)]
    pub actuator_acc0: Vec<f64>,
    /// Muscle laws per actuator; `None` means MuJoCo's.
    #[serde(skip)]
    pub muscle_laws: Vec<Option<super::muscle::Laws>>,
}

impl Model {
    /// Returns the number of leading `qpos` entries that only give the robot's horizontal position. They are x and y
    /// of a free root, or the root's unlimited slides along them.
    pub fn place_coordinates(&self) -> u32 {
        if self.jnt_type[0] == joint::FREE {
            return 2;
        }
        let level = |id: usize| {
            let [x, y, z] = self.jnt_axis[id];
            self.jnt_type[id] == joint::SLIDE
                && !self.jnt_limited[id]
                && self.jnt_bodyid[id] == self.jnt_bodyid[0]
                && z.abs() < 1e-6
                && (x.abs() < 1e-6 || y.abs() < 1e-6)
        };
        (0..self.sizes.njnt).take_while(|id| level(*id)).count() as u32
    }

    /// Returns whether tendon `t` has a spring, a damper or a limit.
    pub fn tendon_acts(&self, t: usize) -> bool {
        self.tendon_limited[t] || self.tendon_stiffness[t] > 0.0 || self.tendon_damping[t] > 0.0
    }

    /// Returns whether any actuator force depends on the robot's state, as those of muscles and of motors on tendons
    /// do.
    pub fn is_pulled(&self) -> bool {
        self.sizes.na > 0 || self.actuator_trntype.contains(&transmission::TENDON)
    }
}
