//! Contacts with the floor (planes that do not move), without Jacobian rows.
//!
//! A contact at offset r from the tree's centre of mass keeps three numbers: the residual u = J a - aref along the
//! plane's axes. J x is the velocity at r for the body's spatial vector. In the Hessian a contact is a 6 x 6
//! stiffness A W A^T on its body, composed up the tree like inertias. In the gradient it is a wrench.

use super::{
    algebra::{M3, Spatial, V3},
    contact::Pair,
    grip::Held,
    kinematics::Kinematics,
    multipliers::{Multiplier, Stage, give_at, measure, softest},
    plane::{Plane, Point, points},
    solver::search_row,
    trace::{Ex, Trace, Var},
    tree::{Tree, own_joints},
};
use crate::physics::model::{Model, geom, joint};

/// A point of a geom that can touch a plane.
pub struct FloorContact<'t> {
    /// Index of its body.
    pub body: usize,
    /// Contact dimension, 1 or 3.
    condim: u32,
    friction: f64,
    /// Plane that it touches.
    plane: Plane,
    /// Weight D, or 0 out of reach.
    pub weight: Ex<'t>,
    /// Law of a contact whose rows are stiff.
    law: Option<Law>,
    /// Distance between the surfaces, m.
    pub dist: Ex<'t>,
    /// Position of the contact.
    pub pos: V3<'t>,
    /// Position relative to the tree's centre of mass.
    r: V3<'t>,
    /// First tangent (cos, sin) in the plane; `None` for its x axis.
    tangent: Option<[Ex<'t>; 2]>,
    /// Residual u; `None` for components that are always zero.
    residual: [Option<Var>; 3],
}

/// Law of a contact whose rows are stiff.
enum Law {
    /// A spring in series with it.
    Spring {
        give: f64,
        /// Largest compliance if springs are graded, in units of `give`.
        softest: f64,
        multiplier: Multiplier,
    },
    /// No joint moves it along its normal, so nothing but its friction enters the system. It may press with any force:
    /// 1e12 N in robots drawn at random, of which rounding of its arms would make 1e5 N.
    Held,
}

/// Returns the pairs with planes, grouped by body.
pub fn floor_pairs(pairs: &[Pair]) -> Vec<&Pair> {
    let mut floor: Vec<&Pair> = pairs.iter().filter(|pair| pair.kinds[0] == geom::PLANE).collect();
    floor.sort_by_key(|pair| pair.bodies[1]);
    floor
}

/// A robot in the state whose contacts are found.
pub struct Moving<'a, 't> {
    /// The robot.
    pub model: &'a Model,
    /// The robot's topology.
    pub tree: &'a Tree,
    /// Places of the bodies.
    pub kin: &'a Kinematics<'t>,
    /// Velocities of the bodies.
    pub velocity: &'a [Spatial<'t>],
}

impl<'t> Moving<'_, 't> {
    /// Returns whether some joint can move the point `r` of a geom along `direction`, in some state. Those cannot that
    /// slide across it, turn about it, or turn a sphere about its own centre.
    fn can_move(&self, geom: usize, r: V3<'t>, direction: V3<'t>) -> bool {
        let pull = Spatial { ang: r.cross(direction), lin: direction }.components();
        let has_moment = |axis: &Spatial<'t>| axis.components().iter().zip(pull).any(|(x, y)| !(*x * y).is_zero());
        let mut chain = self.tree.chain[self.model.geom_bodyid[geom]].iter();
        chain.any(|&dof| has_moment(&self.kin.axes[dof]) && !spins_in_place(self.model, geom, dof))
    }
}

/// Returns whether `geom` is a sphere whose centre `dof` never moves: it and the later joints of the sphere's body are
/// hinges there.
fn spins_in_place(model: &Model, geom: usize, dof: usize) -> bool {
    let body = model.geom_bodyid[geom];
    let here = |joint: usize| model.jnt_type[joint] == joint::HINGE && model.jnt_pos[joint] == model.geom_pos[geom];
    let sphere = model.geom_type[geom] == geom::SPHERE && model.dof_bodyid[dof] == body;
    sphere && own_joints(model, body).filter(|&joint| joint >= model.dof_jntid[dof]).all(here)
}

/// Sets up all contacts with planes.
pub fn floor_contacts<'t>(trace: &'t Trace, pairs: &[Pair], robot: &Moving<'_, 't>) -> Vec<FloorContact<'t>> {
    let mut contacts = vec![];
    for pair in floor_pairs(pairs) {
        let plane = Plane::of(robot.model, pair.geoms[0]);
        for point in points(trace, robot.model, pair, &plane, robot.kin) {
            let index = contacts.len();
            contacts.push(contact(robot, pair, plane, point, index));
        }
    }
    contacts
}

fn contact<'t>(robot: &Moving<'_, 't>, pair: &Pair, plane: Plane, point: Point<'t>, index: usize) -> FloorContact<'t> {
    let &Moving { model, kin, velocity, .. } = robot;
    let (body, trace) = (pair.bodies[1], point.centre.0[2].trace);
    let label = |what: &str| format!("floor_{index}_{what}");
    let [x, y, z] = point.centre.0;
    let dist = z - point.radius;
    let gap = dist - pair.margin;
    let pos = plane.to_world(V3([x, y, 0.5 * dist]));
    let r = (pos - kin.com[body]).named(&label("r"));
    let row = pair.softness.traced(trace);
    let impedance = row.impedance(gap);
    let active = gap.less(0.0);
    let active = point.allowed.map_or(active, |allowed| active.and(allowed));
    let weight = trace.select(active, row.weight(impedance, pair.diagonal()), trace.num(0.0));
    let weight = weight.named(&label("weight"));
    let speed = plane.frame(trace).apply(velocity[body].at(r));
    let drift = [speed.0[0] * row.damping, speed.0[1] * row.damping, row.drift(impedance, gap, speed.0[2])];
    let residual = std::array::from_fn(|k| {
        let name = label(["residual_x", "residual_y", "residual_z"][k]);
        (!drift[k].is_zero()).then(|| trace.var(&name, drift[k]))
    });
    let law = pair.is_stiff().then(|| match robot.can_move(pair.geoms[1], r, plane.frame(trace).0[2]) {
        true => Law::Spring {
            give: pair.give,
            softest: softest(model),
            multiplier: Multiplier::new(trace, &label("stiff")),
        },
        false => Law::Held,
    });
    let tangent = point.axis.and_then(|axis| tangent(trace, axis));
    let (condim, friction) = (pair.condim, pair.friction);
    FloorContact { body, condim, friction, plane, weight, law, dist, pos, r, tangent, residual }
}

/// Returns the direction of a capsule's axis in the plane. `None` if the axis stays in the x-z plane, where the
/// pyramid is the same for both signs.
fn tangent<'t>(trace: &'t Trace, axis: V3<'t>) -> Option<[Ex<'t>; 2]> {
    let [x, y, _] = axis.0;
    if y.is_zero() {
        return None;
    }
    let length2 = x * x + y * y;
    let scale = length2.max(1e-30).inverse_sqrt();
    let upright = length2.less(1e-24);
    Some([trace.select(upright, trace.num(1.0), x * scale), y * scale])
}

impl<'t> FloorContact<'t> {
    /// Returns the current residual u.
    pub fn residual(&self, trace: &'t Trace) -> V3<'t> {
        V3(std::array::from_fn(|k| self.residual[k].as_ref().map_or(trace.num(0.0), |var| trace.get(var))))
    }

    /// Returns a vector at the contact point in the contact's frame: normal, along the tangent, across it.
    fn to_contact(&self, u: V3<'t>) -> [Ex<'t>; 3] {
        let [x, y, normal] = u.0;
        match self.tangent {
            Some([cos, sin]) => [normal, cos * x + sin * y, cos * y - sin * x],
            None => [normal, x, y],
        }
    }

    /// Returns the rows n + mu t1, n - mu t1, n + mu t2, n - mu t2 (or n alone) of a vector at the contact point.
    fn rows(&self, u: V3<'t>) -> Vec<Ex<'t>> {
        if self.condim == 1 {
            return vec![u.0[2]];
        }
        let [normal, along, across] = self.to_contact(u);
        let (along, across) = (self.friction * along, self.friction * across);
        vec![normal + along, normal - along, normal + across, normal - across]
    }

    /// Turns a tangential vector from the contact's frame to the plane's axes.
    fn to_plane(&self, along: Ex<'t>, across: Ex<'t>) -> [Ex<'t>; 2] {
        match self.tangent {
            Some([cos, sin]) => [cos * along - sin * across, sin * along + cos * across],
            None => [along, across],
        }
    }

    /// Sums the numbers of the rows into normal, along and across.
    fn gather(&self, rows: &[Ex<'t>]) -> [Ex<'t>; 3] {
        let zero = rows[0].trace.num(0.0);
        match rows {
            [a, b, c, d] => [(*a + *b) + (*c + *d), self.friction * (*a - *b), self.friction * (*c - *d)],
            _ => [rows[0], zero, zero],
        }
    }

    /// Returns minus the force that the floor applies, as a wrench about the tree's centre of mass.
    pub fn wrench(&self, u: V3<'t>) -> Spatial<'t> {
        self.to_wrench(self.pull(u))
    }

    /// Returns the gradient of the cost as a wrench: [`Self::wrench`] as far as it moves the robot.
    pub fn gradient(&self, u: V3<'t>) -> Spatial<'t> {
        let [normal, along, across] = self.pull(u);
        let normal = if self.is_held() { normal.trace.num(0.0) } else { normal };
        self.to_wrench([normal, along, across])
    }

    fn is_held(&self) -> bool {
        matches!(self.law, Some(Law::Held))
    }

    /// Returns the pull along the normal and both tangents.
    fn pull(&self, u: V3<'t>) -> [Ex<'t>; 3] {
        if let Some(law) = &self.law {
            return self.grip(law, u).pull();
        }
        let pulls: Vec<_> = self.rows(u).into_iter().map(|row| self.weight * row.min(0.0)).collect();
        self.gather(&pulls)
    }

    fn to_wrench(&self, [normal, along, across]: [Ex<'t>; 3]) -> Spatial<'t> {
        let [x, y] = self.to_plane(along, across);
        let force = self.plane.frame(normal.trace).apply_transposed(V3([x, y, normal]));
        Spatial { ang: self.r.cross(force), lin: force }
    }

    /// Returns the grip of a contact with the law `law` at residual `u`.
    fn grip(&self, law: &Law, u: V3<'t>) -> Held<'t> {
        let trace = self.weight.trace;
        let [normal, along, across] = self.to_contact(u);
        let (weight, friction) = self.edge();
        let normal = match law {
            Law::Spring { multiplier, .. } => multiplier.shift(trace, normal),
            Law::Held => normal,
        };
        Held::new(weight, friction, self.give(law), [normal, along, across])
    }

    /// Returns weight and friction of an edge of the pyramid. Without friction there is one row, whose weight four
    /// edges share.
    fn edge(&self) -> (Ex<'t>, f64) {
        if self.condim == 1 { (0.25 * self.weight, 0.0) } else { (self.weight, self.friction) }
    }

    /// Returns the compliance of the law's spring.
    fn give(&self, law: &Law) -> Ex<'t> {
        let trace = self.weight.trace;
        match law {
            Law::Spring { give, softest, .. } => give_at(trace, *softest, self.edge().0, trace.num(*give)),
            Law::Held => trace.num(0.0),
        }
    }

    /// Returns the matrix W of the rows that pull: its normal entry; normal with along and across; along, across, and
    /// along with across.
    fn resistance(&self, u: V3<'t>) -> (Ex<'t>, [Ex<'t>; 2], [Ex<'t>; 3]) {
        let trace = self.weight.trace;
        let zero = trace.num(0.0);
        if let Some(law) = &self.law {
            let (normal, slant, tangential) = self.grip(law, u).resistance();
            return if self.is_held() { (zero, [zero; 2], tangential) } else { (normal, slant, tangential) };
        }
        let active = |row: Ex<'t>| trace.select(row.less(0.0), self.weight, zero);
        let weights: Vec<_> = self.rows(u).into_iter().map(active).collect();
        let [normal, along, across] = self.gather(&weights);
        let [a, b, c, d] = weights[..] else { return (normal, [zero; 2], [zero; 3]) };
        let mu2 = self.friction * self.friction;
        (normal, [along, across], [mu2 * (a + b), mu2 * (c + d), zero])
    }

    /// Returns the stiffness A W A^T about the tree's centre of mass, by rows; angular first.
    pub fn stiffness(&self, trace: &'t Trace, u: V3<'t>) -> [[Ex<'t>; 6]; 6] {
        let (normal, [along, across], tangential) = self.resistance(u);
        let [wxz, wyz] = self.to_plane(along, across);
        let [wxx, wyy, wxy] = self.tangential_to_plane(tangential);
        let frame = self.plane.frame(trace);
        let in_plane = M3([V3([wxx, wxy, wxz]), V3([wxy, wyy, wyz]), V3([wxz, wyz, normal])]);
        let half = in_plane.times(frame);
        let w: [V3; 3] = std::array::from_fn(|i| frame.column(i)).map(|axis| half.apply_transposed(axis));
        // Column k of [r] W, then [r] W [r]^T.
        let turned = w.map(|column| self.r.cross(column));
        let twice: [V3; 3] = std::array::from_fn(|i| self.r.cross(V3(std::array::from_fn(|k| turned[k].0[i]))));
        std::array::from_fn(|i| {
            std::array::from_fn(|k| match (i < 3, k < 3) {
                (true, true) => twice[i].0[k],
                (true, false) => turned[k - 3].0[i],
                (false, true) => turned[i - 3].0[k],
                (false, false) => w[i - 3].0[k - 3],
            })
        })
    }

    /// Turns the tangential block of W (along, across, along with across) to the plane's axes (xx, yy, xy).
    fn tangential_to_plane(&self, [along, across, both]: [Ex<'t>; 3]) -> [Ex<'t>; 3] {
        match self.tangent {
            Some([cos, sin]) => {
                let (cos2, sin2) = (cos * cos, sin * sin);
                let twice = 2.0 * (cos * sin * both);
                [
                    cos2 * along + sin2 * across - twice,
                    sin2 * along + cos2 * across + twice,
                    (cos * sin) * (along - across) + (cos2 - sin2) * both,
                ]
            }
            None => [along, across, both],
        }
    }

    /// Returns the change of the residual when the body's spatial acceleration changes by `step`.
    pub fn along(&self, step: Spatial<'t>) -> V3<'t> {
        let trace = step.ang.0[0].trace;
        let V3([x, y, normal]) = self.plane.frame(trace).apply(step.at(self.r));
        V3([x, y, if self.is_held() { trace.num(0.0) } else { normal }])
    }

    /// Adds the rows' slope and curvature along `change`.
    pub fn search(&self, trace: &'t Trace, change: V3<'t>) {
        let u = self.residual(trace);
        if let Some(law) = &self.law {
            let alpha = trace.atom("alpha");
            let then = V3(std::array::from_fn(|k| u.0[k] + alpha * change.0[k]));
            self.grip(law, u).search(&self.grip(law, then), self.to_contact(change));
            return;
        }
        // for planar motion the last two rows are identical
        let flat =
            [u, change].into_iter().all(|vector| matches!(self.rows(vector)[..], [_, _, c, d] if (c - d).is_zero()));
        let rows = self.rows(u).into_iter().zip(self.rows(change));
        for (number, (now, change)) in rows.enumerate().take(if flat { 3 } else { 4 }) {
            let times = if flat && number == 2 { 2.0 } else { 1.0 };
            search_row(trace, now, change, self.weight, times);
        }
    }

    /// Returns whether rows of the contact are stiff.
    pub fn is_stiff(&self) -> bool {
        self.law.is_some()
    }

    /// Moves the multiplier, if there is one.
    pub fn multiply(&self, trace: &'t Trace, stage: Stage) {
        let Some(law @ Law::Spring { give, multiplier, .. }) = &self.law else { return };
        match stage {
            Stage::Aim => {
                let [normal, ..] = self.grip(law, self.residual(trace)).pull();
                multiplier.aim(trace, self.give(law) * normal);
            }
            Stage::Go => multiplier.go(trace),
            Stage::Measure => measure(trace, self.edge().0, trace.num(*give)),
            Stage::Reset => multiplier.reset(trace),
        }
    }

    /// Moves the residual by `alpha` along `change`.
    pub fn update(&self, trace: &'t Trace, change: V3<'t>, alpha: Ex<'t>) {
        for (var, change) in self.residual.iter().zip(change.0) {
            if let Some(var) = var {
                trace.add_to(var, alpha * change);
            }
        }
    }
}
