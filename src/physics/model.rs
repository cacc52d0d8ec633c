//! The constants of a robot, compiled from MJCF.
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

/// What an actuator pulls or turns, with MuJoCo's numbers.
pub mod transmission {
    /// A slide or hinge joint.
    pub const JOINT: u32 = 0;
    /// A tendon.
    pub const TENDON: u32 = 3;
}

/// What a tendon runs over, with MuJoCo's numbers.
pub mod wrap {
    /// A joint of a fixed tendon.
    pub const JOINT: u32 = 1;
    /// A site of a spatial tendon.
    pub const SITE: u32 = 3;
}

/// MuJoCo's number of the dynamics, gain and bias of muscles.
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
    /// Number of activations: muscles.
    #[serde(default)]
    pub na: usize,
    /// Number of bodies, world included.
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
    /// MuJoCo's number of the integrator: 0 Euler, 1 RK4.
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

/// A compiled robot: everything the stepper needs, nothing that changes while it moves.
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
    /// Principal moments.
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
    /// Sliding, torsional, rolling.
    pub geom_friction: Vec<Vec3>,
    pub geom_margin: Vec<f64>,
    pub geom_solref: Vec<[f64; 2]>,
    pub geom_solimp: Vec<[f64; 5]>,
    pub geom_solmix: Vec<f64>,
    /// Bodies whose geoms do not touch each other.
    #[serde(default)]
    pub exclude: Vec<[usize; 2]>,
    #[serde(default)]
    pub site_bodyid: Vec<usize>,
    /// In the body's axes.
    #[serde(default)]
    pub site_pos: Vec<Vec3>,
    /// First of the tendon's entries in `wrap_*`.
    #[serde(default)]
    pub tendon_adr: Vec<usize>,
    /// How many entries it has.
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
    /// Lengths between which the spring is slack.
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
    /// A number of [`wrap`].
    #[serde(default)]
    pub wrap_type: Vec<u32>,
    /// A site or a joint.
    #[serde(default)]
    pub wrap_objid: Vec<usize>,
    /// Coefficient of a joint.
    #[serde(default)]
    pub wrap_prm: Vec<f64>,
    /// A number of [`transmission`].
    #[serde(default)]
    pub actuator_trntype: Vec<u32>,
    /// The joint or tendon an actuator drives, and -1.
    pub actuator_trnid: Vec<[i64; 2]>,
    /// The first of the six numbers is the gear of a joint motor.
    pub actuator_gear: Vec<[f64; 6]>,
    pub actuator_ctrllimited: Vec<bool>,
    pub actuator_ctrlrange: Vec<[f64; 2]>,
    /// The first number is the gain of a motor; of muscles `range0 range1 force scale lmin lmax vmax fpmax fvmax`.
    pub actuator_gainprm: Vec<[f64; 10]>,
    /// [`MUSCLE_DYNAMICS`], or 0.
    #[serde(default)]
    pub actuator_dyntype: Vec<u32>,
    /// Of muscles: time constants of activation and deactivation, s, and the width of the smooth change between them.
    #[serde(default)]
    pub actuator_dynprm: Vec<[f64; 10]>,
    #[serde(default)]
    pub actuator_lengthrange: Vec<[f64; 2]>,
    /// Norm of the acceleration that unit force makes at `qpos0`.
    #[serde(default)]
    pub actuator_acc0: Vec<f64>,
    /// Per actuator: the laws of a muscle where they are not MuJoCo's.
    #[serde(skip)]
    pub muscle_laws: Vec<Option<super::muscle::Laws>>,
}

impl Model {
    /// Returns how many of the first positions only say where the robot is: x and y of a free root, or the root's
    /// unlimited slides along them.
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

    /// Returns whether forces of actuators depend on the robot's state: those of muscles, and of motors on tendons.
    pub fn is_pulled(&self) -> bool {
        self.sizes.na > 0 || self.actuator_trntype.contains(&transmission::TENDON)
    }
}
