//! Lines along which muscles, tendons and their limits pull: length, velocity and moment arms.

use super::{
    algebra::V3,
    kinematics::Kinematics,
    trace::{Ex, Trace},
    tree::Tree,
};
use crate::physics::{
    model::{Model, Vec3, transmission, wrap},
    muscle::Path,
};

/// Square of a length that counts as zero, m^2. In `f32` neither it nor its inverse overflows.
const TINY: f64 = 1e-30;

/// A line along which forces act.
#[derive(Clone)]
pub struct Line<'t> {
    /// Length, m; rad or a mixture for lines over joints.
    pub length: Ex<'t>,
    /// Rate of change of the length.
    pub velocity: Ex<'t>,
    /// Dofs that change the length, each with the moment arm: the rate of change at unit velocity.
    pub moment: Vec<(usize, Ex<'t>)>,
}

impl<'t> Line<'t> {
    fn new(length: Ex<'t>, moment: Vec<(usize, Ex<'t>)>, v: &[Ex<'t>]) -> Self {
        let velocity = moment.iter().fold(length.trace.num(0.0), |sum, (dof, moment)| sum + *moment * v[*dof]);
        Self { length, velocity, moment }
    }

    /// Adds the joint forces of `force` along the line, which is positive when it lengthens the line.
    pub fn add_force(&self, force: Ex<'t>, total: &mut [Ex<'t>]) {
        for (dof, moment) in &self.moment {
            total[*dof] = total[*dof] + *moment * force;
        }
    }

    /// Returns the same line with dofs in ascending order: each comes after those between it and the root.
    pub fn sorted(&self) -> Self {
        let mut line = self.clone();
        line.moment.sort_by_key(|(dof, _)| *dof);
        line
    }

    fn geared(mut self, gear: f64) -> Self {
        self.length = gear * self.length;
        self.velocity = gear * self.velocity;
        self.moment.iter_mut().for_each(|(_, moment)| *moment = gear * *moment);
        self
    }
}

/// Returns the lines of all tendons at a state.
pub fn tendons<'t>(
    trace: &'t Trace,
    model: &Model,
    tree: &Tree,
    kin: &Kinematics<'t>,
    (q, v): (&[Ex<'t>], &[Ex<'t>]),
) -> Vec<Line<'t>> {
    let of = |tendon: usize| {
        let entries = model.tendon_adr[tendon]..model.tendon_adr[tendon] + model.tendon_num[tendon];
        let line = if model.wrap_type[entries.start] == wrap::JOINT {
            fixed(trace, model, entries, q, v)
        } else {
            spatial(trace, model, tree, kin, entries, v)
        };
        line.length.named(&format!("tendon_{tendon}_length"));
        line.velocity.named(&format!("tendon_{tendon}_velocity"));
        line
    };
    (0..model.sizes.ntendon).map(of).collect()
}

/// Returns the dofs that change a tendon's length, in ascending order.
pub fn moved(model: &Model, tree: &Tree, tendon: usize) -> Vec<usize> {
    let objects = &model.wrap_objid[model.tendon_adr[tendon]..][..model.tendon_num[tendon]];
    let mut dofs: Vec<usize> = match model.wrap_type.get(model.tendon_adr[tendon]) {
        Some(&wrap::JOINT) => objects.iter().map(|joint| model.jnt_dofadr[*joint]).collect(),
        _ => objects.windows(2).flat_map(|sites| between(model, tree, [sites[0], sites[1]])).collect(),
    };
    dofs.sort_unstable();
    dofs.dedup();
    dofs
}

/// Returns the dofs that move only one of two sites.
fn between<'r>(model: &Model, tree: &'r Tree, sites: [usize; 2]) -> impl Iterator<Item = usize> + use<'r> {
    let [one, other] = sites.map(|site| &tree.chain[model.site_bodyid[site]]);
    let only = |one: &'r [usize], other: &'r [usize]| one.iter().copied().filter(move |dof| !other.contains(dof));
    only(one, other).chain(only(other, one))
}

/// Returns the line of a fixed tendon: a weighted sum of joint positions.
fn fixed<'t>(trace: &'t Trace, model: &Model, entries: std::ops::Range<usize>, q: &[Ex<'t>], v: &[Ex<'t>]) -> Line<'t> {
    let joints = || entries.clone().map(|at| (model.wrap_objid[at], model.wrap_prm[at]));
    let length = joints().fold(trace.num(0.0), |sum, (j, coefficient)| sum + coefficient * q[model.jnt_qposadr[j]]);
    Line::new(length, joints().map(|(j, coefficient)| (model.jnt_dofadr[j], trace.num(coefficient))).collect(), v)
}

/// Returns the line of a spatial tendon: straight segments from site to site.
fn spatial<'t>(
    trace: &'t Trace,
    model: &Model,
    tree: &Tree,
    kin: &Kinematics<'t>,
    entries: std::ops::Range<usize>,
    v: &[Ex<'t>],
) -> Line<'t> {
    let mut length = trace.num(0.0);
    let mut moment: Vec<(usize, Ex<'t>)> = vec![];
    let sites: Vec<usize> = entries.map(|at| model.wrap_objid[at]).collect();
    for pair in sites.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let bodies = [from, to].map(|site| model.site_bodyid[site]);
        if bodies[0] == bodies[1] {
            length = length + distance(model.site_pos[from], model.site_pos[to]);
            continue;
        }
        let [start, end] = [from, to].map(|site| {
            let body = model.site_bodyid[site];
            kin.pos[body] + kin.rot[body].turn(model.site_pos[site])
        });
        let (stretch, unit) = segment(trace, start, end);
        length = length + stretch;
        // a dof that moves both ends does not change their distance
        let only = |one: usize, other: usize| {
            tree.chain[bodies[one]].iter().copied().filter(move |dof| !tree.chain[bodies[other]].contains(dof))
        };
        let pull = |dof: usize, body: usize, point: V3<'t>| unit.dot(kin.axes[dof].at(point - kin.com[body]));
        let changes: Vec<_> = only(1, 0)
            .map(|dof| (dof, pull(dof, bodies[1], end)))
            .chain(only(0, 1).map(|dof| (dof, -pull(dof, bodies[0], start))))
            .collect();
        for (dof, change) in changes {
            match moment.iter_mut().find(|(known, _)| *known == dof) {
                Some((_, sum)) => *sum = *sum + change,
                None => moment.push((dof, change)),
            }
        }
    }
    moment.sort_by_key(|(dof, _)| *dof);
    Line::new(length, moment, v)
}

/// Share of the ends' distances from the origin below which `f32` cannot resolve the distance between them.
const RESOLVED: f64 = f32::EPSILON as f64;

/// Returns the length and direction from `start` to `end`. MuJoCo's direction for coincident ends is (1, 0, 0).
fn segment<'t>(trace: &'t Trace, start: V3<'t>, end: V3<'t>) -> (Ex<'t>, V3<'t>) {
    let along = end - start;
    let square = along.dot(along);
    let inverse = square.max(TINY).inverse_sqrt();
    let apart = ((RESOLVED * RESOLVED) * (start.dot(start) + end.dot(end)) + TINY).less(square);
    let same = [1.0, 0.0, 0.0].map(|x| trace.num(x));
    let unit = std::array::from_fn(|k| trace.select(apart, along.0[k] * inverse, same[k]));
    (square * inverse, V3(unit))
}

fn distance(a: Vec3, b: Vec3) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}

/// Returns the line that actuator `k` drives, including its gear.
pub fn transmission<'t>(
    trace: &'t Trace,
    model: &Model,
    k: usize,
    path: Path,
    tendons: &[Line<'t>],
    (q, v): (&[Ex<'t>], &[Ex<'t>]),
) -> Line<'t> {
    let target = usize::try_from(model.actuator_trnid[k][0]).expect("an actuator drives something");
    let line = match path {
        Path::Hinge { arms, side } => hinge(trace, model, target, arms, side, (q, v)),
        Path::Transmission if model.actuator_trntype.get(k) == Some(&transmission::TENDON) => tendons[target].clone(),
        Path::Transmission => {
            Line::new(q[model.jnt_qposadr[target]], vec![(model.jnt_dofadr[target], trace.num(1.0))], v)
        }
    };
    line.geared(model.actuator_gear[k][0])
}

/// Returns the line beside a hinge by the law of cosines. The moment arm is the derivative of the length.
fn hinge<'t>(
    trace: &'t Trace,
    model: &Model,
    joint: usize,
    [c1, c2]: [f64; 2],
    side: f64,
    (q, v): (&[Ex<'t>], &[Ex<'t>]),
) -> Line<'t> {
    let turn = trace.call("sincos", &[q[model.jnt_qposadr[joint]]]);
    let (sin, cos) = (side * turn.field("x"), turn.field("y"));
    let square = (c1 * c1 + c2 * c2) + (2.0 * c1 * c2) * sin;
    // With arms of equal length the ends can meet, where the moment arm jumps from one sign to the other. Within the
    // rounding of the square it changes continuously instead.
    let least = f64::from(f32::EPSILON) * (c1 * c1 + c2 * c2);
    let meets = (c1.abs() - c2.abs()).powi(2) < least;
    let inverse = if meets { square.max(least) } else { square }.inverse_sqrt();
    let moment = (side * c1 * c2) * cos * inverse;
    Line::new(square * inverse, vec![(model.jnt_dofadr[joint], moment)], v)
}
