//! The robot's topology and constants as WGSL tables.

use std::fmt::Write;

use super::{
    LANES,
    robot::{Robot, padded},
};
use crate::{
    kernel::wgsl::float_literal,
    physics::{
        model::{Quat, Vec3, joint},
        stepper::{
            Integrator,
            algebra::z_axis,
            harness::weight,
            integrate::SHORT,
            multipliers::{most_solves, quiet, softest, still},
            pairs::PARALLEL,
            solver::search_steps,
            stiffness::is_stiff,
            tree::{own_dofs, own_joints},
        },
    },
};

/// WGSL constants under construction.
#[derive(Default)]
pub struct Tables(pub String);

impl Tables {
    fn constant(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "const {name} = {value};");
    }

    fn uint(&mut self, name: &str, value: usize) {
        self.constant(name, &format!("{value}u"));
    }

    /// Adds a table. An empty one gets one element that nothing reads, since WGSL has no empty arrays.
    fn table(&mut self, name: &str, ty: &str, values: Vec<String>) {
        let values = if values.is_empty() { vec![format!("{ty}()")] } else { values };
        self.constant(name, &format!("array<{ty}, {}>({})", values.len(), values.join(", ")));
    }

    /// Adds a table of unsigned integers.
    pub fn uints(&mut self, name: &str, values: impl Iterator<Item = usize>) {
        self.table(name, "u32", values.map(|value| format!("{value}u")).collect());
    }

    /// Adds a table of floats.
    pub fn floats(&mut self, name: &str, values: impl Iterator<Item = f64>) {
        self.table(name, "f32", values.map(literal).collect());
    }

    fn vectors(&mut self, name: &str, values: impl Iterator<Item = Vec3>) {
        self.table(name, "vec3<f32>", values.map(|v| format!("vec3<f32>({})", list(&v))).collect());
    }

    /// Adds a table of rotations `w x y z` as unit vectors `x y z w`.
    fn rotations(&mut self, name: &str, values: impl Iterator<Item = Quat>) {
        let turned = |q: Quat| {
            let norm = q.iter().map(|x| x * x).sum::<f64>().sqrt();
            let [w, x, y, z] = q.map(|x| x / norm);
            format!("vec4<f32>({})", list(&[x, y, z, w]))
        };
        self.table(name, "vec4<f32>", values.map(turned).collect());
    }
}

/// Returns a float as a WGSL literal.
pub fn literal(x: f64) -> String {
    float_literal(x as f32)
}

fn list(values: &[f64]) -> String {
    values.iter().map(|x| literal(*x)).collect::<Vec<_>>().join(", ")
}

/// Returns all tables except those of constraint parameters.
pub fn text(robot: &Robot) -> String {
    let mut tables = Tables::default();
    sizes(&mut tables, robot);
    options(&mut tables, robot);
    bodies(&mut tables, robot);
    joints(&mut tables, robot);
    dofs(&mut tables, robot);
    motors(&mut tables, robot);
    segments(&mut tables, robot);
    tables.0
}

fn sizes(tables: &mut Tables, robot: &Robot) {
    let sizes = &robot.model.sizes;
    let candidates = robot.candidates().count();
    for (name, value) in [
        ("LANES", LANES),
        ("NQ", sizes.nq),
        ("NV", sizes.nv),
        ("NU", sizes.nu),
        ("NBODY", sizes.nbody),
        ("NJNT", sizes.njnt),
        ("PADDED", padded(sizes.nv)),
        ("MATRIX", robot.matrix()),
        // Row length with room for a right side. It is odd, so that the lanes' rows start in different banks.
        ("STRIDE", padded(sizes.nv) + 1),
        ("POINTS", robot.points.len()),
        ("PAIRS", robot.pairs.len()),
        ("CANDIDATES", candidates),
        // Lengths of arrays, which must not be empty.
        ("CONTROLS", sizes.nu.max(1)),
        ("SEGMENTS", robot.segments.len().max(1)),
        ("HIT_WORDS", candidates.div_ceil(32).max(1)),
        ("CONTACTS", robot.capacity().max(1)),
    ] {
        tables.uint(name, value);
    }
}

fn options(tables: &mut Tables, robot: &Robot) {
    let (opt, options) = (&robot.model.opt, &robot.options);
    let euler = options.integrator == Integrator::Euler;
    let damped = robot.model.dof_damping.iter().any(|damping| *damping > 0.0);
    tables.constant("TIMESTEP", &literal(opt.timestep));
    tables.constant("GRAVITY", &format!("vec3<f32>({})", list(&opt.gravity)));
    tables.constant("WEIGHT", &literal(weight(robot.model)));
    tables.constant("RUNGE_KUTTA", &format!("{}", !euler));
    tables.constant("IMPLICIT_DAMPING", &format!("{}", euler && damped));
    tables.uint("MOST_SOLVES", most_solves(options.newton_iterations, robot.has_springs()) as usize);
    tables.uint("SEARCH_STEPS", search_steps(robot.settled) as usize);
    tables.constant("SHORT_TURN", &literal(SHORT));
    tables.constant("PARALLEL", &literal(PARALLEL));
    tables.constant("SETTLED", &literal(robot.settled / opt.timestep));
    tables.constant("STIFF", &format!("{}", is_stiff(robot.settled)));
    tables.constant("SPRINGY", &format!("{}", robot.has_springs()));
    tables.uint("SPRINGS", if robot.has_springs() { robot.capacity().max(1) } else { 1 });
    tables.constant("STILL", &literal(still(robot.model)));
    tables.constant("QUIET", &literal(quiet(robot.model)));
    tables.constant("SOFTEST", &literal(softest(robot.model)));
    tables.uint("NEWTON_SOLVES", options.newton_iterations as usize);
}

fn bodies(tables: &mut Tables, robot: &Robot) {
    let model = robot.model;
    let all = || 0..model.sizes.nbody;
    let total: f64 = model.body_mass.iter().skip(1).sum();
    let chain = |body: usize| robot.tree.chain[body].iter().map(|dof| 1usize << dof).sum::<usize>();
    tables.uints("BODY_PARENT", all().map(|b| model.body_parentid[b]));
    tables.uints("BODY_LAST", all().map(|b| robot.last_carried(b)));
    tables.uints("BODY_JOINT", all().map(|b| own_joints(model, b).start));
    tables.uints("BODY_JOINTS", all().map(|b| model.body_jntnum[b]));
    tables.uints("BODY_DOF", all().map(|b| own_dofs(model, b).start));
    tables.uints("BODY_DOFS", all().map(|b| model.body_dofnum[b]));
    tables.uints("BODY_CHAIN", all().map(chain));
    tables.vectors("BODY_POS", all().map(|b| model.body_pos[b]));
    tables.rotations("BODY_QUAT", all().map(|b| model.body_quat[b]));
    tables.vectors("BODY_IPOS", all().map(|b| model.body_ipos[b]));
    tables.rotations("BODY_IQUAT", all().map(|b| model.body_iquat[b]));
    tables.vectors("BODY_INERTIA", all().map(|b| model.body_inertia[b]));
    tables.floats("BODY_MASS", all().map(|b| model.body_mass[b]));
    tables.floats("BODY_SHARE", all().map(|b| model.body_mass[b] / total));
}

fn joints(tables: &mut Tables, robot: &Robot) {
    let model = robot.model;
    let all = || 0..model.sizes.njnt;
    let unless_free = |j: usize, value: f64| if model.jnt_type[j] == joint::FREE { 0.0 } else { value };
    tables.uint("FREE", joint::FREE as usize);
    tables.uint("SLIDE", joint::SLIDE as usize);
    tables.uints("JOINT_KIND", all().map(|j| model.jnt_type[j] as usize));
    tables.uints("JOINT_QPOS", all().map(|j| model.jnt_qposadr[j]));
    tables.uints("JOINT_DOF", all().map(|j| model.jnt_dofadr[j]));
    tables.vectors("JOINT_POS", all().map(|j| model.jnt_pos[j]));
    tables.vectors("JOINT_AXIS", all().map(|j| model.jnt_axis[j]));
    tables.floats("JOINT_START", all().map(|j| model.qpos0[model.jnt_qposadr[j]]));
    tables.floats("JOINT_STIFFNESS", all().map(|j| unless_free(j, model.jnt_stiffness[j])));
    tables.floats("JOINT_SPRING", all().map(|j| unless_free(j, model.qpos_spring[model.jnt_qposadr[j]])));
}

fn dofs(tables: &mut Tables, robot: &Robot) {
    let model = robot.model;
    let all = || 0..model.sizes.nv;
    // A free joint's translations are one group, its rotations another.
    let opens = |dof: usize| {
        let joint = model.dof_jntid[dof];
        let k = dof - model.jnt_dofadr[joint];
        usize::from(k == 0 || (model.jnt_type[joint] == joint::FREE && k == 3))
    };
    tables.uints("DOF_BODY", all().map(|d| model.dof_bodyid[d]));
    tables.uints("DOF_JOINT", all().map(|d| model.dof_jntid[d]));
    tables.uints("DOF_OPENS_GROUP", all().map(opens));
    tables.floats("DOF_ARMATURE", all().map(|d| model.dof_armature[d]));
    tables.floats("DOF_DAMPING", all().map(|d| model.dof_damping[d]));
}

fn motors(tables: &mut Tables, robot: &Robot) {
    let model = robot.model;
    let all = || 0..model.sizes.nu;
    let joint = |i: usize| usize::try_from(model.actuator_trnid[i][0]).expect("an actuator drives a joint");
    let range = |i: usize, end: usize| match model.actuator_ctrllimited[i] {
        true => model.actuator_ctrlrange[i][end],
        false => [f64::from(f32::MIN), f64::from(f32::MAX)][end],
    };
    tables.uints("MOTOR_DOF", all().map(|i| model.jnt_dofadr[joint(i)]));
    tables.floats("MOTOR_GEAR", all().map(|i| model.actuator_gear[i][0] * model.actuator_gainprm[i][0]));
    tables.floats("MOTOR_LOW", all().map(|i| range(i, 0)));
    tables.floats("MOTOR_HIGH", all().map(|i| range(i, 1)));
}

fn segments(tables: &mut Tables, robot: &Robot) {
    let model = robot.model;
    let all = || robot.segments.iter().copied();
    tables.uints("SEGMENT_BODY", all().map(|g| model.geom_bodyid[g]));
    tables.vectors("SEGMENT_POS", all().map(|g| model.geom_pos[g]));
    tables.vectors("SEGMENT_HALF", all().map(|g| robot.half_axis(g)));
    tables.vectors("SEGMENT_AXIS", all().map(|g| z_axis(model.geom_quat[g])));
    tables.floats("SEGMENT_RADIUS", all().map(|g| model.geom_size[g][0]));
    tables.uints("POINT_SEGMENT", robot.points.iter().map(|point| robot.segment(point.pair.geoms[1])));
    tables.floats("POINT_SIDE", robot.points.iter().map(|point| point.side));
    tables.uints("PAIR_FIRST", robot.pairs.iter().map(|pair| robot.segment(pair.geoms[0])));
    tables.uints("PAIR_SECOND", robot.pairs.iter().map(|pair| robot.segment(pair.geoms[1])));
    tables.uints("PAIR_TWICE", robot.twice());
}
